// Amounts typed in major units, 1,234.50, as resources/major_units.py reads them.
import { amount, separators } from "./localized.js";
import { phrase } from "./words.js";

const MOST_DIGITS = 13;
const spaced = (text) => text.replaceAll(/[\u00a0\u202f\u2009]/g, " ");
const [GROUP, DECIMAL] = [separators.group, separators.decimal].map((sign) => spaced(sign).replaceAll(/[^ \w]/g, "\\$&"));
const AMOUNT = new RegExp(`^([+-]?)(\\d+|[1-9]\\d{0,2}(?:${GROUP}\\d{3})+)(?:${DECIMAL}(\\d+))?$`);

// Parses an amount in a currency with so many decimals: returns `number`, a BigInt in hundredths, or `problem`, why it
// cannot be read.
export function read(text, decimals, currency) {
  const match = AMOUNT.exec(spaced(text).trim().replaceAll("\u2212", "-"));
  if (!match) return { problem: phrase("no_amount", { example: amount(123450n) }) };
  const [, sign, whole, fraction = ""] = match;
  const digits = whole.replaceAll(/\D/g, "");
  if (digits.length > MOST_DIGITS) return { problem: phrase("amount_too_large") };
  if (is_ambiguous(whole, fraction, decimals)) return { problem: ambiguous(text.trim(), digits + fraction, decimals, currency) };
  if (fraction && decimals === 0) return { problem: phrase("no_decimals", { currency }) };
  if (fraction.length > decimals) return { problem: phrase("most_decimals", { n: decimals }) };
  if (/[^0]/.test(fraction.slice(2))) return { problem: phrase("third_decimal", { currency }) };
  return { number: BigInt(`${digits}${fraction.slice(0, 2).padEnd(2, "0")}`) * (sign === "-" ? -1n : 1n) };
}

function is_ambiguous(whole, fraction, decimals) {
  return fraction ? fraction.length === 3 && decimals < 3 && /^[1-9]\d{0,2}$/.test(whole) : /^\d{1,3}[^\d ]\d{3}$/.test(whole);
}

function ambiguous(typed, whole, decimals, currency) {
  const [units, rest] = [whole.slice(0, -3), whole.slice(-3, -1)];
  const ways = { typed, whole, amount: `${whole}${separators.decimal}00`, fraction: `${units}${separators.decimal}${rest}`, currency };
  return phrase(decimals ? "ambiguous" : "ambiguous_whole", ways);
}
