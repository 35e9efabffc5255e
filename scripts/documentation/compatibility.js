"use strict";
const form = document.getElementById("filters");
const count = document.getElementById("count");
const rows = [...document.querySelectorAll("tbody tr")];

/** Compares versions such as 550.54.14 number by number. */
function compare(one, other) {
  const [a, b] = [one, other].map((text) => text.split(".").map(Number));
  for (let place = 0; place < Math.max(a.length, b.length); place += 1) {
    const difference = (a[place] || 0) - (b[place] || 0);
    if (difference) return difference;
  }
  return 0;
}

const fits = {
  gpu: (wanted, has) => has.split(" ").includes(wanted),
  python: (wanted, has) => has.split(" ").includes(wanted),
  transformers: (wanted, has) => has.split(" ").includes(wanted),
  torch: (wanted, has) => has === wanted,
  proven: (wanted, has) => has === wanted,
  rank: (wanted, has) => Number(has) >= Number(wanted),
  driver: (wanted, has) => !/^\d+(\.\d+)*$/.test(wanted) || compare(wanted, has) >= 0,
};

function show() {
  const wishes = [...new FormData(form)].filter(([, value]) => value.trim());
  let shown = 0;
  for (const row of rows) {
    row.hidden = !wishes.every(([name, value]) => fits[name](value.trim(), row.dataset[name]));
    shown += row.hidden ? 0 : 1;
  }
  count.textContent = shown === rows.length ? `${shown} releases` : `${shown} of ${rows.length} releases`;
  // The address holds the choice, so that it can be sent to somebody.
  history.replaceState(null, "", `#${new URLSearchParams(wishes)}`);
}

for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
  const field = form.elements[name];
  if (field && field.type === "checkbox") field.checked = value === field.value;
  else if (field) field.value = value;
}
form.hidden = false;
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(show));
show();
