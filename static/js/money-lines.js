// <money-line>: what the integer in the box next to it means in the currency of the form; for an amount typed in major
// units, the integer that will be sent.
// <running-total data-field="amount_in_cents" data-noun="line item" data-nouns="line items">: the sum of this field over
// the rows of its group; data-label is a name for the sum.
// The decimals of each currency and the text for an integer in it are data attributes of the currency select, or of the
// picker of the invoice that has a currency (resources/money.py).
import { amount, count } from "./localized.js";
import { read } from "./major-units.js";
import { phrase } from "./words.js";

const WHOLE = /^[+-]?(\d+)$/;
const MOST_DIGITS = 15;
// Names of phrases, by the decimals of the currency.
const SENT = { 0: "sent_whole", 2: "sent", 3: "sent_in_hundredths" };

const TELLS = "[data-decimals]";

// Returns the currency (empty if unknown), its decimals, whether it is chosen in this form, and `sentence`, the text
// for an integer in it.
function currency_of(form) {
  const teller = form.querySelector(TELLS);
  const chosen = teller.matches("select");
  const currency = chosen ? teller.value : teller.dataset.currency;
  const odd = JSON.parse(teller.dataset.decimals);
  const decimals = Object.hasOwn(odd, currency) ? odd[currency] : 2;
  return { currency, decimals, chosen, sentence: JSON.parse(teller.dataset.words)[decimals] };
}

function words(form, number) {
  const { currency, chosen, sentence } = currency_of(form);
  if (!currency) return chosen ? `${number} = ${amount(number)}` : phrase("in_currency_of_invoice", { n: number, a: amount(number) });
  return sentence.replaceAll("{n}", number).replaceAll("{c}", currency).replaceAll("{a}", amount(number));
}

// Returns `number`, the integer to be sent for the text in the box, or `problem`, why it cannot be read as an amount.
function read_from(box, form) {
  if ("inUnits" in box.dataset) {
    const { currency, decimals } = currency_of(form);
    return read(box.value, decimals, currency);
  }
  const typed = box.value.trim().replace("\u2212", "-");
  const digits = WHOLE.exec(typed)?.[1];
  if (!digits) return { problem: phrase("no_cents") };
  return digits.length > MOST_DIGITS ? { problem: phrase("amount_too_large") } : { number: BigInt(typed) };
}

function sent_words(form, number) {
  const { currency, decimals, chosen } = currency_of(form);
  const values = { n: number, c: currency, a: decimals === 0 ? count(number / 100n) : amount(number) };
  if (!currency) return phrase(chosen ? "sent_without_currency" : "sent_elsewhere", values);
  return phrase(SENT[decimals] ?? "sent", values);
}

// "restored": a script has put values into the form.
const EVENTS = ["input", "change", "rows", "restored", "picked"];

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
    if (other?.matches && other !== box && !other.matches("form") && !other.closest(TELLS)) return;
    const in_units = "inUnits" in box.dataset;
    if (in_units) this.note();
    const { number, problem = "" } = box.value.trim() ? read_from(box, this.form) : {};
    this.classList.toggle("problem", problem !== "");
    if (number === undefined) this.textContent = problem;
    else this.textContent = (in_units ? sent_words : words)(this.form, number);
  }

  note() {
    const { currency } = currency_of(this.form);
    this.parentElement.querySelector(".note").textContent = phrase(currency ? "in_units_of" : "in_units", { currency });
  }
});

customElements.define("running-total", class extends Live {
  update() {
    const boxes = [...this.closest("row-group").querySelectorAll(`.rows [name$="-${this.dataset.field}"]`)];
    const numbers = boxes.map((box) => read_from(box, this.form).number).filter((number) => number !== undefined);
    const sum = numbers.reduce((total, number) => total + number, 0n);
    const { noun, nouns, label } = this.dataset;
    const said = label ? "sum_called" : numbers.length > 1 ? "sum_of_many" : "sum_of_one";
    // A sum with a label, such as that of taxes, is shown only if it is not 0.
    const shown = label ? sum !== 0n : numbers.length > 0;
    this.textContent = shown ? phrase(said, { count: numbers.length, noun, nouns, label, sum: words(this.form, sum) }) : "";
  }
});
