// Search as you type, on lists whose filter form is marked data-find="<id of the results>".
// Law: the form works by its button without this file; what is shown is what the server renders for the same address,
// so the address bar always tells what is on the page. One polite word says how much was found.

const form = document.querySelector("form[data-find]");
const status = document.getElementById("status");
const REST = 250; // a pause in typing
let resting = 0;
let asked = null;

function address() {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
  return query.size ? `${form.action}?${query}` : form.action;
}

async function find() {
  const wanted = address();
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(wanted, { signal: asked.signal, credentials: "same-origin", headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    show(new DOMParser().parseFromString(await answer.text(), "text/html"), wanted);
  } catch {
    // A newer question took its place, or the node is away: the button still works.
  }
}

function show(page, wanted) {
  const fresh = page.getElementById(form.dataset.find);
  const here = document.getElementById(form.dataset.find);
  if (!fresh || !here) return;
  here.replaceChildren(...document.importNode(fresh, true).childNodes);
  history.replaceState(null, "", wanted);
  status.textContent = here.querySelector("[data-found]")?.textContent.trim() ?? "";
}

function later() {
  clearTimeout(resting);
  resting = setTimeout(find, REST);
}

form?.addEventListener("input", later);
form?.addEventListener("submit", () => clearTimeout(resting));
