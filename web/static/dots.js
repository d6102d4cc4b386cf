// How many dots of a ballot are left, said while they are spread. Law: without this file the page says how many there
// are, and the node refuses too many.

const told = document.querySelector("[data-dots]");

function count(form) {
  const given = [...form.querySelectorAll("input[type=number]")].reduce((sum, box) => sum + (Number(box.value) || 0), 0);
  const left = Number(form.querySelector("[data-dots]").dataset.dots) - given;
  const words = left < 0 ? told.dataset.over : told.dataset.left;
  form.querySelector("[data-dots] output").textContent = words.replace("{n}", String(Math.abs(left)));
}

if (told) {
  count(told.closest("form"));
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form");
    if (form?.querySelector("[data-dots]")) count(form);
  });
}
