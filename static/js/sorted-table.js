// <sorted-table>: a table whose rows can be sorted by a column once all of them are there: the page was rendered with
// all (data-sortable), or load-all.js loaded them. Sorts by value, not by the text shown; equal rows keep their order.
// The column and the direction are kept in the history state of the page, for back navigation.
import { announce } from "./announce.js";
import { phrase } from "./words.js";

// Rows per part (tbody) of a long table. The browser lays out only the parts in view (css/list.css).
const PART = 200;
const words = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });

customElements.define("sorted-table", class extends HTMLElement {
  connectedCallback() {
    this.table = this.querySelector("table");
    this.heads = [...this.querySelectorAll("thead th")];
    if (this.hasAttribute("data-sortable")) this.end();
  }

  busy(on) {
    this.table.setAttribute("aria-busy", String(on));
  }

  // Removes the rows, because others will replace them.
  begin() {
    for (const body of [...this.table.tBodies]) body.remove();
  }

  add(rows) {
    const body = document.createElement("tbody");
    body.append(...rows);
    this.table.append(body);
    if (!this.is_fixed) this.fix_columns();
  }

  // Fixes the columns at the width of the first rows plus some room: with automatic widths, each added row would lay
  // out all rows again.
  fix_columns() {
    this.is_fixed = true;
    const room = (head) => (head.matches(".right") ? 64 : 24);
    const widths = this.heads.map((head) => `${Math.ceil(head.getBoundingClientRect().width) + room(head)}px`);
    this.table.style.setProperty("--columns", widths.join(" "));
    this.table.classList.add("in-parts");
  }

  end(caption) {
    this.rows = [...this.table.tBodies].flatMap((body) => [...body.rows]);
    if (caption) this.querySelector("caption > span").textContent = caption;
    if (!this.rows.length) return;
    if (!this.querySelector("th button")) this.add_buttons();
    const { index, down } = history.state?.sorted ?? {};
    if (this.heads[index]) this.sort(index, down);
  }

  add_buttons() {
    this.heads.forEach((head, index) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "sort" });
      button.append(...head.childNodes);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        this.sort(index, down);
        history.replaceState({ ...history.state, sorted: { index, down } }, "");
        announce(phrase(down ? "sorted_down" : "sorted_up", { column: head.textContent.trim() }));
      });
      head.append(button);
    });
  }

  sort(index, down) {
    const head = this.heads[index];
    for (const each of this.heads) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const keyed = this.rows.map((row) => [key_of(row.cells[index]), row]);
    keyed.sort(([one], [other]) => compared(one, other, down ? -1 : 1));
    this.rows = keyed.map(([, row]) => row);
    this.lay_out();
  }

  lay_out() {
    if (this.rows.length > PART && !this.is_fixed) {
      this.fix_columns();
      this.begin();
    }
    for (let at = 0; at < this.rows.length; at += PART) {
      const rows = this.rows.slice(at, at + PART);
      const body = this.table.tBodies[at / PART];
      if (body) body.replaceChildren(...rows);
      else this.add(rows);
    }
  }
});

// Returns the sort key of a cell: null if it is empty, else its `value`, and as `unit` the currency of an amount.
function key_of(cell) {
  if (cell.querySelector(":scope > .blank")) return null;
  const { sort, unit = "" } = cell.dataset;
  if (sort === undefined) return { unit: "", value: (cell.querySelector("bdi, code, .status") ?? cell).textContent.trim() };
  return { unit, value: Number(sort) };
}

function compared(one, other, direction) {
  // Empty cells come last in both directions.
  if (!one || !other) return (one ? 0 : 1) - (other ? 0 : 1);
  if (one.unit !== other.unit) return words.compare(one.unit, other.unit) * direction;
  if (typeof one.value === "number" && typeof other.value === "number") return (one.value - other.value) * direction;
  return words.compare(String(one.value), String(other.value)) * direction;
}
