"use strict";
// Sorting and the switch of colours; the page is whole without either.
(() => {
  const number = (cell) => (cell.dataset.order === undefined ? NaN : Number(cell.dataset.order));
  const compare = (a, b) => {
    const [x, y] = [number(a), number(b)];
    if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
    if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
    return a.textContent.trim().localeCompare(b.textContent.trim(), "en", { numeric: true });
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const falling = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", falling ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => {
          const [x, y] = [a.cells[column], b.cells[column]];
          // what has no figure stays below, whichever way
          if (Number.isNaN(number(x)) !== Number.isNaN(number(y))) return compare(x, y);
          return falling ? -compare(x, y) : compare(x, y);
        });
        table.tBodies[0].append(...rows);
      });
    });
  }
  const themes = ["auto", "light", "dark"];
  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(button.dataset.theme) + 1) % themes.length];
    button.dataset.theme = next;
    button.textContent = `Colours: ${next}`;
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
  });
})();
