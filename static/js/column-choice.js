// <column-choice>: moves columns within the page. Without this script the buttons request the page again.
import { announce } from "./announce.js";
import { phrase } from "./words.js";

customElements.define("column-choice", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button[name=move]");
      if (!button) return;
      event.preventDefault();
      const item = button.closest("li");
      if (button.value.startsWith("up:")) item.previousElementSibling?.before(item);
      else item.nextElementSibling?.after(item);
      button.focus();
      const items = [...item.parentElement.children];
      const column = item.querySelector("label").textContent.trim();
      announce(phrase("column_moved", { column, place: items.indexOf(item) + 1, count: items.length }));
    });
  }
});
