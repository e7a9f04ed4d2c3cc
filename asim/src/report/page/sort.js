"use strict";
// Tables that sort and filter. Without this script they are tables like others.
(() => {
  // A number counts as it is, not as it is shown. What is not known comes last, whichever way one sorts.
  const keyOf = (cell) => {
    if (!cell) return null;
    if (!("value" in cell.dataset)) return cell.textContent.trim() || null;
    const text = cell.dataset.value;
    if (text === "NaN") return null;
    return text.endsWith("inf") ? (text[0] === "-" ? -Infinity : Infinity) : Number(text);
  };
  const names = new Intl.Collator(undefined, { numeric: true });
  const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b
    : names.compare(String(a), String(b));

  const sort = (table, rows, column, direction) => {
    const body = table.tBodies[0];
    const keyed = rows.map((row) => [keyOf(row.cells[column]), row]);
    if (direction !== "none") {
      const sign = direction === "ascending" ? 1 : -1;
      // The sort is stable: rows that are equal keep the order in which they were made.
      keyed.sort(([a], [b]) => a === null || b === null ? (a === null) - (b === null) : sign * compare(a, b));
    }
    body.append(...keyed.map(([, row]) => row));
  };

  const addButtons = (table) => {
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.tagName !== "TH") return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        // Numbers begin with the largest, names with the first; then the other way round; then as they were.
        const order = head.classList.contains("n") ? ["none", "descending", "ascending"]
          : ["none", "ascending", "descending"];
        const next = order[(order.indexOf(head.getAttribute("aria-sort")) + 1) % 3];
        for (const other of heads) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", next);
        sort(table, rows, column, next);
      });
    });
  };

  const addFilter = (table) => {
    const rows = [...table.tBodies[0].rows];
    const label = document.createElement("label");
    const field = document.createElement("input");
    const found = document.createElement("output");
    label.className = "filter";
    field.type = "search";
    label.append("Only names with ", field, " ", found);
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) {
        row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
        if (!row.hidden) shown += 1;
      }
      found.textContent = wanted === "" ? "" : `${shown} of ${rows.length}`;
    });
    table.parentElement.before(label);
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const table of document.querySelectorAll("table.sorts")) {
      addButtons(table);
      if ("filters" in table.dataset) addFilter(table);
    }
    // A table that does not fit scrolls in its box, which the keyboard has to reach.
    const boxes = document.querySelectorAll("div.table");
    const reach = () => boxes.forEach((box) => {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
    reach();
    window.addEventListener("resize", reach);
    // What is folded has no width until somebody opens it.
    document.addEventListener("toggle", reach, true);
  });
})();
