// What a form can say while it is filled in: the own share as the sums change, and in words who will hold it.
// Law: arithmetic shown here is a help; the node decides by the same rule (own × (100 − p) ≥ asked × p).
//
// Marks in the page:
//   [data-own-share]            the output; data-percent, data-exponent, data-currency, data-yes, data-no ("{gap}")
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

function ownShare(output) {
  const exponent = Number(output.dataset.exponent);
  const percent = Number(output.dataset.percent);
  const currency = document.querySelector("[data-sum-currency]")?.value || output.dataset.currency;
  const sum = (kind) => [...document.querySelectorAll(`[data-sum="${kind}"]`)]
    .filter((field) => counts(field, currency))
    .reduce((total, field) => total + amount(field, exponent), 0);
  const asked = sum("asked");
  const needed = Math.ceil((asked * percent) / (100 - percent));
  const gap = needed - sum("own");
  if (!asked) { output.textContent = ""; return; }
  const money = new Intl.NumberFormat(document.documentElement.lang + "-CA", { style: "currency", currency });
  const words = gap <= 0 ? output.dataset.yes : output.dataset.no;
  output.textContent = words.replace("{gap}", money.format(gap / 10 ** exponent));
}

const share = document.querySelector("[data-own-share]");
if (share) {
  const tell = () => ownShare(share);
  share.closest("form").addEventListener("input", tell);
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
