// <row-group>: adds, removes, duplicates and moves rows within the page, and shows in each row only the fields that
// apply to what was chosen in it. Without this script the same buttons post the form, and the server returns it.
import { announce } from "./announce.js";
import { phrase } from "./words.js";

// The attributes that contain the number of a row. Values that people typed are not changed, whatever they look like.
const NUMBERED = ["id", "name", "for", "aria-describedby", "aria-controls", "hx-include", "hx-trigger"];

customElements.define("row-group", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button[name=rows]");
      if (!button) return;
      event.preventDefault();
      this[`${button.value.split(":")[1]}_row`](button.closest(".row"), button);
    });
    this.addEventListener("change", (event) => {
      if (event.target.matches("[data-decides]")) this.show_fields(event.target.closest(".row"));
    });
    this.arrange();
    // On back navigation a browser restores choices and amounts without firing events.
    addEventListener("pageshow", () => this.arrange());
  }

  arrange() {
    for (const row of this.rows.children) this.show_fields(row);
    this.tell();
  }

  tell() {
    this.dispatchEvent(new CustomEvent("rows", { bubbles: true }));
  }

  get rows() {
    return this.querySelector(".rows");
  }

  add_row() {
    this.rows.append(this.querySelector("template").content.cloneNode(true));
    this.begin(this.rows.lastElementChild);
  }

  // Sets the number of rows, for values that are then restored.
  resize(count) {
    while (this.rows.children.length > count) this.rows.lastElementChild.remove();
    const first = this.rows.children.length;
    while (this.rows.children.length < count) this.rows.append(this.querySelector("template").content.cloneNode(true));
    this.changed();
    for (const row of [...this.rows.children].slice(first)) globalThis.htmx?.process(row);
  }

  copy_row(row) {
    const copy = row.cloneNode(true);
    const originals = row.querySelectorAll("select");
    copy.querySelectorAll("select").forEach((select, index) => { select.value = originals[index].value; });
    for (const input of copy.querySelectorAll("[data-not-copied]")) input.value = "";
    row.after(copy);
    this.begin(copy);
    announce(phrase("row_copied", { row: copy.querySelector("legend").textContent.trim() }));
  }

  begin(row) {
    this.changed();
    this.show_fields(row);
    globalThis.htmx?.process(row);
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }

  remove_row(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.changed();
    (next?.querySelector("button[value*=':remove:']") ?? this.querySelector(":scope > fieldset button[value$=':add']")).focus();
  }

  up_row(row, button) {
    row.previousElementSibling?.before(row);
    this.moved(row, button);
  }

  down_row(row, button) {
    row.nextElementSibling?.after(row);
    this.moved(row, button);
  }

  moved(row, button) {
    this.changed();
    row.scrollIntoView({ block: "nearest" });
    button.focus({ preventScroll: true });
    // In the first and last row this button is hidden: focus the one for the other direction.
    if (document.activeElement !== button) row.querySelector(`button[value*=':${button.value.includes(":up:") ? "down" : "up"}:']`).focus();
    announce(phrase("row_moved", { row: row.querySelector("legend").textContent.trim(), count: this.rows.children.length }));
  }

  // Renumbers the rows, which are posted as name-0-field, name-1-field, ...: contiguous, in the order of the page.
  changed() {
    const pattern = new RegExp(`${this.dataset.name}([-:](?:[a-z]+:)?)(?:\\d+|__index__)`, "g");
    [...this.rows.children].forEach((row, index) => {
      row.querySelector(".number").textContent = index + 1;
      for (const element of [row, ...row.querySelectorAll("*")]) {
        const names = element.matches("button[name=rows]") ? ["value"] : NUMBERED;
        for (const name of names.filter((each) => element.hasAttribute(each))) {
          element.setAttribute(name, element.getAttribute(name).replaceAll(pattern, `${this.dataset.name}$1${index}`));
        }
      }
    });
    this.tell();
  }

  // A field that does not apply is not submitted, but keeps what was typed, in case the choice was a mistake.
  show_fields(row) {
    const decided = row.querySelector("[data-decides]")?.value;
    if (decided === undefined) return;
    for (const input of row.querySelectorAll("[data-only-for]")) {
      const field = input.closest(".field");
      const belongs = input.dataset.onlyFor.split(" ").includes(decided);
      field.hidden = !belongs;
      for (const each of field.querySelectorAll("input, select, textarea")) each.disabled = !belongs;
    }
  }
});
