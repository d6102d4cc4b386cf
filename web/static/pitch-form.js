// What a form can say while it is filled in: the own share as the sums change, and in words who will hold it.
// Law: arithmetic shown here is a help; the node decides by the same rule (own × (100 − p) ≥ asked × p).
//
// Marks in the page:
//   [data-own-share]            where it is shown, and said in the status line once a field is left; data-percent,
//                               data-currency, data-yes, data-no ("{gap}"), data-total ("{total}", "{employer}"); where own
//                               hours may stand for it data-hours-instead and data-hours-words
//   [data-hours="<prefix>"]     a quantity that counts as own hours when <prefix>.kind is time and <prefix>.unit hour
//   [data-sum="own|employer|total"]    amounts by hand;  [data-sum="asked"] amounts that add up
//   [data-sum-unit="<name>"]    on an asked amount: counts only while the field of that name holds the currency
//   select|input [data-audience] with options carrying data-words;  [data-audience-words] the output

function amount(field, exponent) {
  const bare = field.value.replace(/[^\d.,]/g, "").replace(/[.,](?=\d{3}(\D|$))/g, "").replace(",", ".");
  const value = Math.round(parseFloat(bare || "0") * 10 ** exponent);
  return Number.isFinite(value) ? value : 0;
}

function counts(field, currency) {
  const unit = field.dataset.sumUnit && document.getElementsByName(field.dataset.sumUnit)[0];
  return !unit || unit.value === currency || unit.value === "money";
}

function ownHours() {
  const value = (name) => document.getElementsByName(name)[0]?.value;
  return [...document.querySelectorAll("[data-hours]")]
    .filter((field) => value(`${field.dataset.hours}.kind`) === "time" && value(`${field.dataset.hours}.unit`) === "hour")
    .reduce((hours, field) => hours + (parseInt(field.value.replace(/\s/g, ""), 10) || 0), 0);
}

function ownShare(output) {
  const percent = Number(output.dataset.percent);
  const typed = document.querySelector("[data-sum-currency]")?.value.trim().toUpperCase() || "";
  const currency = /^[A-Z]{3}$/.test(typed) ? typed : output.dataset.currency;
  const money = new Intl.NumberFormat(document.documentElement.lang + "-CA", { style: "currency", currency });
  const exponent = money.resolvedOptions().maximumFractionDigits;
  const sum = (kind) => [...document.querySelectorAll(`[data-sum="${kind}"]`)]
    .filter((field) => counts(field, currency))
    .reduce((total, field) => total + amount(field, exponent), 0);
  const asked = sum("asked");
  if (!asked) { output.textContent = ""; return; }
  const needed = Math.ceil((asked * percent) / (100 - percent));
  const gap = needed - sum("own");
  const say = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => money.format(values[name] / 10 ** exponent));
  const instead = Number(output.dataset.hoursInstead || 0);
  const byTime = instead > 0 && ownHours() >= instead;
  const employer = sum("employer");
  const first = gap <= 0 ? output.dataset.yes : byTime ? output.dataset.hoursWords : say(output.dataset.no, { gap });
  const total = output.dataset.total ? say(output.dataset.total, { total: asked + sum("own") + employer, employer }) : "";
  output.textContent = `${first} ${total}`.trim();
}

const share = document.querySelector("[data-own-share]");
if (share) {
  const tell = () => ownShare(share);
  const form = share.closest("form");
  form.addEventListener("input", tell);
  form.addEventListener("change", () => { document.getElementById("status").textContent = share.textContent; });
  tell();
}

const audience = document.querySelectorAll("[data-audience]");
const words = document.querySelector("[data-audience-words]");
if (audience.length && words) {
  const tell = () => {
    const chosen = [...audience].flatMap((field) => (field.tagName === "SELECT" ? [...field.selectedOptions] : field.checked ? [field] : []));
    words.textContent = chosen.map((option) => option.dataset.words || "").join(" ");
  };
  audience.forEach((field) => field.addEventListener("change", tell));
  tell();
}
