// Amounts typed in major units, 1,234.50, as resources/major_units.py reads them: a BigInt in hundredths, or null for
// what is no amount of a currency with so many decimals or could be read in two ways.
import { separators } from "./localized.js";

const MOST_DIGITS = 13;
const spaced = (text) => text.replaceAll(/[\u00a0\u202f\u2009]/g, " ");
const [GROUP, DECIMAL] = [separators.group, separators.decimal].map((sign) => spaced(sign).replaceAll(/[^ \w]/g, "\\$&"));
const AMOUNT = new RegExp(`^([+-]?)(\\d+|[1-9]\\d{0,2}(?:${GROUP}\\d{3})+)(?:${DECIMAL}(\\d+))?$`);

export function hundredths(text, decimals) {
  const match = AMOUNT.exec(spaced(text).trim().replaceAll("\u2212", "-"));
  if (!match) return null;
  const [, sign, whole, fraction = ""] = match;
  const digits = whole.replaceAll(/\D/g, "");
  const ambiguous = fraction ? fraction.length === 3 && /^[1-9]\d{0,2}$/.test(whole) : decimals === 3 && /^\d{1,3}[^\d ]\d{3}$/.test(whole);
  if (ambiguous || digits.length > MOST_DIGITS || fraction.length > decimals || /[^0]/.test(fraction.slice(2))) return null;
  return BigInt(`${digits}${fraction.slice(0, 2).padEnd(2, "0")}`) * (sign === "-" ? -1n : 1n);
}
