// Attachments with progress: each file goes in pieces, and one that was interrupted goes on where it stopped when it is
// chosen again. Law: without this file the form sends its files itself; with it the file field is empty when the form
// is sent. Dropping is a shortcut for choosing; start and end are said, the way between is a <progress>.

const PIECE = 1024 * 1024;
const MOST = 64 * 1024 * 1024;
const zone = document.querySelector("[data-uploads]");
const status = document.getElementById("status");
let turn = Promise.resolve();
let pending = 0;

const words = (key, values) => zone.dataset[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

async function post(address, body, headers = {}) {
  const answer = await fetch(address, { method: "POST", body, headers, credentials: "same-origin" });
  if (!answer.ok) {
    const why = await answer.json().then((told) => told.refused, () => ""); // a page of ours says nothing to a script
    throw Object.assign(new Error(why || ""), { refused: answer.status < 500 });
  }
  return answer.json();
}

async function send(file, told) {
  const about = new URLSearchParams({ name: file.name, size: file.size, type: file.type, day: file.lastModified });
  let part = await post("/uploads", about);
  while (!part.hash) {
    told(part.here / part.size);
    const query = new URLSearchParams({ at: part.here, name: file.name, type: file.type });
    part = await post(`/uploads/${part.id}?${query}`, file.slice(part.here, part.here + PIECE), { "Content-Type": "application/octet-stream" });
  }
  return part;
}

function line(file) {
  const list = zone.querySelector("[data-progress]");
  const item = document.createElement("li");
  const text = document.createElement("p");
  const bar = Object.assign(document.createElement("progress"), { className: "meter", max: 1000, value: 0 });
  bar.setAttribute("aria-label", file.name);
  item.append(text, bar);
  list.append(item);
  list.hidden = false;
  const say = (sentence) => { text.textContent = sentence; status.textContent = sentence; };
  return {
    share(part) {
      bar.value = part * 1000;
      text.textContent = words("sending", { name: file.name, percent: `${Math.round(part * 100)} %` });
    },
    end(key, why = "") { bar.remove(); say(`${words(key, { name: file.name })} ${why}`.trim()); },
    gone() { item.remove(); list.hidden = !list.childElementCount; status.textContent = words("sent", { name: file.name }); },
  };
}

function describe(part) {
  const rows = document.getElementById(zone.dataset.uploads);
  const number = Number(rows.dataset.next);
  rows.dataset.next = number + 1;
  const row = document.importNode(document.getElementById(zone.dataset.template).content, true).firstElementChild;
  for (const element of row.querySelectorAll("[id], [name], [for], [aria-describedby]")) {
    for (const name of ["id", "name", "for", "aria-describedby"]) {
      if (element.hasAttribute(name)) element.setAttribute(name, element.getAttribute(name).replaceAll("NEXT", number));
    }
  }
  for (const name of ["hash", "size", "media_type", "name"]) row.querySelector(`[name="files.${number}.${name}"]`).value = part[name];
  row.querySelector("[data-name]").textContent = part.name;
  if (part.notes) row.querySelector("[data-notes]").append(...new DOMParser().parseFromString(part.notes, "text/html").body.childNodes);
  if (!/^(audio|video)\//.test(part.media_type)) row.querySelector("select")?.closest(".field").remove();
  rows.append(row);
}

async function take(file) {
  const shown = line(file);
  if (file.size > MOST) { shown.end("large"); return; }
  try {
    const part = await send(file, shown.share);
    describe(part);
    shown.gone();
  } catch (error) {
    if (error.refused) shown.end("refused", error.message); else shown.end("stopped");
  }
}

function takeAll(files) {
  for (const file of files) {
    pending += 1;
    turn = turn.then(() => take(file)).finally(() => { pending -= 1; });
  }
}

if (zone) {
  const field = zone.querySelector("input[type=file]");
  zone.querySelector("button").hidden = true;
  field.addEventListener("change", () => { takeAll([...field.files]); field.value = ""; });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("dropping", kind === "dragover");
      if (kind === "drop") takeAll([...event.dataTransfer.files]);
    });
  }
  field.form.addEventListener("submit", (event) => {
    if (!pending) return;
    event.preventDefault();
    status.textContent = zone.querySelector("[data-progress] p")?.textContent ?? "";
  });
}
