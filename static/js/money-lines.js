// <money-line>: what the integer in the box beside it is in the currency of the form; of an amount that is typed in
// major units, the integer that will be sent.
// <running-total data-field="amount_in_cents">: what the rows of its group come to.
// The decimals of each currency, and the words for an integer of it, come with the select of the currency
// (resources/money.py).
import { amount, count } from "./localized.js";
import { hundredths } from "./major-units.js";
import { phrase } from "./words.js";

const WHOLE = /^[+-]?\d{1,15}$/;
// By the decimals of the currency.
const SENT = { 0: "sent_whole", 2: "sent", 3: "sent_in_hundredths" };

const select_of = (form) => form?.querySelector("[data-currency]");

function decimals_of(select) {
  return select?.value ? JSON.parse(select.dataset.decimals)[select.value] ?? 2 : 2;
}

function words(form, number) {
  const select = select_of(form);
  if (!select) return phrase("in_currency_of_invoice", { n: number, a: amount(number) });
  if (!select.value) return `${number} = ${amount(number)}`;
  const sentence = JSON.parse(select.dataset.words)[decimals_of(select)];
  return sentence.replaceAll("{n}", number).replaceAll("{c}", select.value).replaceAll("{a}", amount(number));
}

// What is sent for what stands in a box; null where no amount can be read from it.
function integer(box, form) {
  if ("inUnits" in box.dataset) return hundredths(box.value, decimals_of(select_of(form)));
  const typed = box.value.trim().replace("\u2212", "-");
  return WHOLE.test(typed) ? BigInt(typed) : null;
}

function why_unread(form, box) {
  const select = select_of(form);
  const is_too_fine = decimals_of(select) === 0 && hundredths(box.value, 2) !== null;
  return is_too_fine ? phrase("no_decimals", { currency: select.value }) : phrase("no_amount");
}

function sent_words(form, number) {
  const select = select_of(form);
  const decimals = decimals_of(select);
  const values = { n: number, c: select?.value, a: decimals === 0 ? count(number / 100n) : amount(number) };
  if (!select) return phrase("sent_elsewhere", values);
  return phrase(select.value ? SENT[decimals] ?? "sent" : "sent_without_currency", values);
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
    this.parentElement.querySelector(".note").textContent = phrase(currency ? "in_units_of" : "in_units", { currency });
    this.classList.toggle("problem", number === null);
    if (!box.value.trim()) this.textContent = "";
    else this.textContent = number === null ? why_unread(this.form, box) : sent_words(this.form, number);
  }
});

customElements.define("running-total", class extends Live {
  update() {
    const boxes = [...this.closest("row-group").querySelectorAll(`.rows [name$="-${this.dataset.field}"]`)];
    const numbers = boxes.map((box) => integer(box, this.form)).filter((number) => number !== null);
    const sum = numbers.reduce((total, number) => total + number, 0n);
    const values = { count: numbers.length, noun: this.dataset.noun, sum: words(this.form, sum) };
    this.textContent = numbers.length ? phrase(numbers.length > 1 ? "sum_of_many" : "sum_of_one", values) : "";
  }
});
