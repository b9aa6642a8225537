// <money-line>: what the integer in the box beside it is in the currency of the form; of an amount that is typed in
// major units, the integer that will be sent.
// <running-total data-field="amount_in_cents">: what the rows of its group come to.
// The words and the decimals of each currency come with the select of the currency, and those of major units with the
// button that chooses them (resources/money.py).
import { amount, count } from "./localized.js";
import { hundredths } from "./major-units.js";

const WHOLE = /^[+-]?\d{1,15}$/;

const select_of = (form) => form?.querySelector("[data-currency]");

function decimals_of(select) {
  return select?.value ? JSON.parse(select.dataset.decimals)[select.value] ?? 2 : 2;
}

function words(form, number) {
  const select = select_of(form);
  if (!select?.value) return `${number} = ${amount(number)}${select ? "" : " in the currency of the invoice"}`;
  const sentence = JSON.parse(select.dataset.words)[decimals_of(select)];
  return sentence.replaceAll("{n}", number).replaceAll("{c}", select.value).replaceAll("{a}", amount(number));
}

// What is sent for what stands in a box; null where no amount can be read from it.
function integer(box, form) {
  if ("inUnits" in box.dataset) return hundredths(box.value, decimals_of(select_of(form)));
  const typed = box.value.trim().replace("\u2212", "-");
  return WHOLE.test(typed) ? BigInt(typed) : null;
}

function sent_words(form, number) {
  const { dataset } = form.querySelector("[data-sent]");
  if (number === null) return dataset.unread;
  const select = select_of(form);
  const decimals = decimals_of(select);
  const sentence = JSON.parse(dataset.sent)[select ? select.value && decimals : "elsewhere"];
  const said = decimals === 0 ? count(number / 100n) : amount(number);
  return sentence.replaceAll("{n}", number).replaceAll("{c}", select?.value).replaceAll("{a}", said);
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
    const number = integer(box, this.form);
    if ("inUnits" in box.dataset) this.say_units(box, number);
    else this.textContent = number === null ? "" : words(this.form, number);
  }

  say_units(box, number) {
    const currency = select_of(this.form)?.value;
    const { of, inUnits } = this.form.querySelector("[data-sent]").dataset;
    this.closest(".field").querySelector(".note-beside").textContent = currency ? of.replaceAll("{c}", currency) : inUnits;
    this.classList.toggle("problem", number === null);
    this.textContent = box.value.trim() ? sent_words(this.form, number) : "";
  }
});

customElements.define("running-total", class extends Live {
  update() {
    const boxes = [...this.closest("row-group").querySelectorAll(`.rows [name$="-${this.dataset.field}"]`)];
    const numbers = boxes.map((box) => integer(box, this.form)).filter((number) => number !== null);
    const sum = numbers.reduce((total, number) => total + number, 0n);
    this.textContent = numbers.length ? `Sum of ${numbers.length} ${this.dataset.noun}${numbers.length > 1 ? "s" : ""}: ${words(this.form, sum)}` : "";
  }
});
