// Keeps an open page true. The stream of /live says that something changed; the page is then fetched again and only
// the regions marked data-live whose HTML changed are put in place.
// Law: never replace what has focus or holds unsent words: a button offers it instead. One polite announcement.
// Over HTTP/1.1 a browser opens six connections to a host and a stream keeps one for itself: the windows of a browser
// share STREAMS seats (Web Locks, which need TLS), and a hidden page gives up its seat. Who has none asks every 30 seconds
// and takes the next seat that is given up.

const POLL = 30_000;
const STREAMS = 4; // leaves two connections for pages, pictures and forms
const RECENT = 5_000; // a new stream is told what changed up to ten seconds ago
const SETTLE = 250; // several records of one change arrive together

const main = document.getElementById("main");
const status = document.getElementById("status");
const topics = (main?.dataset.topics || "").trim();
const served = new Map(); // id → the HTML the server last sent for the region on show
const waiting = new Map(); // id → the element not yet shown
let stream = null;
let queue = null; // an AbortController while this window waits for a seat
let leave = null; // gives up the seat of this window
let settling = 0;
let polling = 0;
let fetching = false;
let again = false;
let missed = false; // the stream was away: something may have changed meanwhile
let owed = false; // a change was told and the page could not be fetched: asked again until it can

const regions = (root) => root.querySelectorAll("[data-live][id]");

function isBusy(region) {
  const focus = document.activeElement;
  if (focus && focus !== document.body && region.contains(focus)) return true;
  return [...region.querySelectorAll("input, textarea, select")].some(isTyped);
}

function isTyped(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (control.type === "file") return control.files.length > 0;
  if (control.tagName === "SELECT") return [...control.options].some((o) => o.selected !== o.defaultSelected) && control.selectedIndex > 0;
  return control.type !== "hidden" && control.value !== control.defaultValue;
}

function say(words) {
  status.textContent = words;
  uncover(document.activeElement);
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { status.textContent = ""; }, 6000);
}

function uncover(focus) {
  const [bar, box] = [status, focus].map((one) => one.getBoundingClientRect());
  if (![main, document.body].includes(focus) && box.top < bar.bottom && box.bottom > bar.top) focus.scrollIntoView({ block: "nearest" });
}

function put(region, fresh) {
  const open = [...region.querySelectorAll("details")].map((details) => details.open);
  [...fresh.querySelectorAll("details")].forEach((details, n) => { details.open = open[n] ?? details.open; });
  region.replaceWith(fresh);
  fresh.classList.add("renewed");
}

function countNew(region, fresh) {
  const known = new Set([...region.querySelectorAll("[data-item]")].map((item) => item.dataset.item));
  const items = [...fresh.querySelectorAll("[data-item]")].map((item) => item.dataset.item);
  return Math.max(1, items.filter((item) => !known.has(item)).length);
}

function offer(region, fresh) {
  const id = region.id;
  waiting.set(id, fresh);
  let button = document.querySelector(`[data-fresh="${CSS.escape(id)}"]`);
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet fresh";
    button.dataset.fresh = id;
    button.addEventListener("click", () => show(id, button));
    region.before(button);
  }
  button.textContent = status.dataset.show.replace("{n}", countNew(region, fresh));
}

function show(id, button) {
  const fresh = waiting.get(id);
  const region = document.getElementById(id);
  waiting.delete(id);
  if (fresh && region) put(region, fresh);
  const next = document.getElementById(id);
  button.remove();
  if (next) { next.tabIndex = -1; next.focus(); }
}

function renew(page) {
  let shown = 0;
  let held = 0;
  for (const fresh of regions(page)) {
    const region = document.getElementById(fresh.id);
    if (!region || served.get(fresh.id) === fresh.outerHTML) continue;
    served.set(fresh.id, fresh.outerHTML);
    const copy = document.importNode(fresh, true);
    if (isBusy(region)) { offer(region, copy); held += 1; } else { put(region, copy); shown += 1; }
  }
  if (held) say(status.dataset.held);
  else if (shown) say(status.dataset.renewed);
}

async function refetch() {
  if (fetching) { again = true; return; }
  fetching = true;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store", headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) renew(new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (owed && stream?.readyState === EventSource.OPEN) poll(false);
    owed = false;
  } catch {
    owed = true; // the node is away for a moment, though the stream may still stand
    if (!polling) poll(true);
  } finally {
    fetching = false;
  }
  if (again) { again = false; refetch(); }
}

function changed() {
  settling ||= setTimeout(() => { settling = 0; refetch(); }, SETTLE); // a busy stream delays nothing further
}

function poll(on) {
  clearInterval(polling);
  polling = on ? setInterval(ask, POLL) : 0;
}

function ask() {
  if (leave && !stream) listen(); // the node, or what stands before it, had refused it
  refetch();
}

function listen() {
  stream = new EventSource(`/live?topics=${encodeURIComponent(topics)}`);
  stream.addEventListener("changed", changed);
  stream.addEventListener("open", () => {
    poll(false);
    if (missed) changed();
    missed = false;
  });
  stream.addEventListener("error", () => {
    missed = true;
    if (!polling) poll(true);
    if (stream?.readyState === EventSource.CLOSED) stream = null;
  });
}

function sit(asked, since) {
  if (queue !== asked) return undefined; // this window has another seat by now, or is hidden
  queue = null;
  asked.abort();
  missed ||= performance.now() - since > RECENT;
  listen();
  return new Promise((resolve) => { leave = resolve; });
}

function open() {
  if (leave || queue || document.hidden) return;
  poll(true);
  if (!("EventSource" in window && navigator.locks)) return;
  const asked = queue = new AbortController();
  const since = performance.now();
  for (let seat = 0; seat < STREAMS; seat += 1) {
    navigator.locks.request(`live-${seat}`, { signal: asked.signal }, () => sit(asked, since)).catch(() => {}); // aborted
  }
}

function close() {
  queue?.abort();
  stream?.close();
  leave?.();
  queue = stream = leave = null;
  poll(false);
}

if (topics) {
  for (const region of regions(document)) served.set(region.id, region.outerHTML);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { close(); } else { open(); changed(); }
  });
  addEventListener("online", changed);
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) { open(); changed(); } });
  open();
}
