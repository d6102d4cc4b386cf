// Keeps a draft of a long form while it is filled in.
// Law: fields, focus and selection stay as they are; all that shows is when it was kept, and nobody is interrupted to
// hear it. Without this file a button does the same. What was published is not kept again.
//
// Marks in the page: form[data-draft]; [data-draft-said] with the words, "{time}" in them.

const QUIET = 3_000; // milliseconds without a key before it is kept

const form = document.querySelector("form[data-draft]");
const said = document.querySelector("[data-draft-said]");
let waiting = 0;
let sending = null;

function body() {
  const fields = new URLSearchParams(new FormData(form));
  fields.set("do", "autosave");
  return fields;
}

function number(draft) {
  let field = form.elements.namedItem("draft");
  if (!field) {
    field = Object.assign(document.createElement("input"), { type: "hidden", name: "draft" });
    form.append(field);
  }
  field.value = draft;
  history.replaceState(null, "", `${location.pathname}?draft=${draft}`);
}

async function keep() {
  sending = new AbortController();
  try {
    const answer = await fetch(form.action, { method: "POST", body: body(), signal: sending.signal });
    if (!answer.ok) return;
    number((await answer.json()).draft);
    const time = new Date().toLocaleTimeString(`${document.documentElement.lang}-CA`, { hour: "2-digit", minute: "2-digit" });
    said.textContent = said.dataset.draftSaid.replace("{time}", time);
  } catch {
    // The node is away for a moment; the next pause keeps it.
  } finally {
    sending = null;
  }
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(() => (sending ? soon() : keep()), QUIET);
}

if (form && said) {
  form.addEventListener("input", soon);
  form.addEventListener("submit", () => { clearTimeout(waiting); sending?.abort(); });
}
