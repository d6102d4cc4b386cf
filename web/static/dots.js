// How many dots of a ballot are left, shown while they are spread and said in the status line once a field is left.
// Law: without this file the page says how many there are, and the node refuses too many.

const told = document.querySelector("[data-dots]");

function count(form) {
  const given = [...form.querySelectorAll("input[type=number]")].reduce((sum, box) => sum + (Number(box.value) || 0), 0);
  const place = form.querySelector("[data-dots]");
  const left = Number(place.dataset.dots) - given;
  const words = (left < 0 ? told.dataset.over : told.dataset.left).replace("{n}", String(Math.abs(left)));
  place.querySelector("[data-dots-left]").textContent = words;
  return words;
}

function onForm(name, act) {
  document.addEventListener(name, (event) => {
    const form = event.target.closest("form");
    if (form?.querySelector("[data-dots]")) act(form);
  });
}

if (told) {
  count(told.closest("form"));
  onForm("input", count);
  onForm("change", (form) => { document.getElementById("status").textContent = count(form); });
}
