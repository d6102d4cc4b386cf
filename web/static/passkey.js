// Passkeys: shown where the browser can. Law: the node's options go to the device unchanged, the device's answer goes into
// the form, and the form is sent as any other; without this file the password beside it does the same.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

function asked(options) {
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  if (options.excludeCredentials) options.excludeCredentials = known(options.excludeCredentials);
  if (options.allowCredentials) options.allowCredentials = known(options.allowCredentials);
  return { publicKey: options };
}

function answered(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

async function ask(box, form, say) {
  const answer = await fetch(box.dataset.passkey, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const told = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
  if (answer.ok) return told;
  say(told.problem || box.dataset.failed);
  form.elements[told.field]?.focus();
  return null;
}

async function use(box) {
  const form = box.closest("form");
  const say = (words) => { box.querySelector("[role=alert]").textContent = words; };
  say("");
  try {
    const options = await ask(box, form, say);
    if (!options) return;
    const credential = await navigator.credentials[box.dataset.kind](asked(options));
    form.elements.passkey.value = answered(credential);
    form.submit();
  } catch (error) {
    say(error.name === "NotAllowedError" ? box.dataset.cancelled : box.dataset.failed);
  }
}

if (window.PublicKeyCredential) {
  for (const box of document.querySelectorAll("[data-passkey]")) {
    box.hidden = false;
    box.querySelector("button").addEventListener("click", () => use(box));
  }
}
