// <row-group>: adds and removes rows in the page. Without it the same buttons post the form and come back with it.
customElements.define("row-group", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button[name=rows]");
      if (!button) return;
      const verb = button.value.split(":")[1];
      if (verb === "add") this.add();
      else if (verb === "remove") this.remove_row(button.closest(".row"));
      else return;
      event.preventDefault();
    });
  }

  get rows() {
    return this.querySelector(".rows");
  }

  add() {
    this.rows.append(this.querySelector("template").content.cloneNode(true));
    this.renumber();
    const row = this.rows.lastElementChild;
    globalThis.htmx?.process(row);
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }

  remove_row(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.renumber();
    (next?.querySelector("button[name=rows]") ?? this.querySelector(":scope > fieldset > button")).focus();
  }

  // Rows are posted as name-0-field, name-1-field, ...: contiguous, in the order of the page.
  renumber() {
    const name = this.dataset.name;
    const pattern = new RegExp(`(${name}[-:](?:remove:)?)(?:\\d+|__index__)`);
    [...this.rows.children].forEach((row, index) => {
      row.querySelector(".number").textContent = index + 1;
      for (const element of row.querySelectorAll("*")) {
        for (const attribute of element.attributes) {
          if (pattern.test(attribute.value)) {
            element.setAttribute(attribute.name, attribute.value.replaceAll(new RegExp(pattern, "g"), `$1${index}`));
          }
        }
      }
    });
  }
});
