// <money-line>: what the integer in the box beside it is in the currency of the form.
// <running-total data-field="amount_in_cents">: what the rows of its group come to.
// The words and the decimals of each currency come with the select of the currency (resources/money.py).
import { amount } from "./localized.js";

const WHOLE = /^[+-]?\d{1,15}$/;

function words(form, number) {
  const select = form?.querySelector("[data-currency]");
  if (!select?.value) return `${number} = ${amount(number)}${select ? "" : " in the currency of the invoice"}`;
  const decimals = JSON.parse(select.dataset.decimals)[select.value] ?? 2;
  const sentence = JSON.parse(select.dataset.words)[decimals];
  return sentence.replaceAll("{n}", number).replaceAll("{c}", select.value).replaceAll("{a}", amount(number));
}

function integer(text) {
  const typed = text.trim().replace("\u2212", "-");
  return WHOLE.test(typed) ? BigInt(typed) : null;
}

// "restored": the form has got other values by itself.
const EVENTS = ["input", "change", "rows", "restored"];

class Live extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.update = this.update.bind(this);
    for (const event of EVENTS) this.form?.addEventListener(event, this.update);
    this.update();
  }

  disconnectedCallback() {
    for (const event of EVENTS) this.form?.removeEventListener(event, this.update);
  }
}

customElements.define("money-line", class extends Live {
  update(event) {
    const box = this.parentElement.querySelector("input");
    const other = event?.target;
    if (other?.matches && other !== box && !other.matches("form, [data-currency]")) return;
    const number = integer(box.value);
    this.textContent = number === null ? "" : words(this.form, number);
  }
});

customElements.define("running-total", class extends Live {
  update() {
    const boxes = [...this.closest("row-group").querySelectorAll(`.rows [name$="-${this.dataset.field}"]`)];
    const numbers = boxes.map((box) => integer(box.value)).filter((number) => number !== null);
    const sum = numbers.reduce((total, number) => total + number, 0n);
    this.textContent = numbers.length ? `Sum of ${numbers.length} ${this.dataset.noun}${numbers.length > 1 ? "s" : ""}: ${words(this.form, sum)}` : "";
  }
});
