// Numbers and times in the language of the page, as connections/localized.py writes them.
export const language = document.documentElement.lang || "en";
const numbers = new Intl.NumberFormat(language, { useGrouping: "always" });
const parts = Object.fromEntries(new Intl.NumberFormat(language, { useGrouping: "always" }).formatToParts(-12345.6).map(({ type, value }) => [type, value]));
export const separators = { group: parts.group ?? "", decimal: parts.decimal };

export function count(number) {
  return numbers.format(number);
}

// Formats an integer in hundredths, a BigInt.
export function amount(hundredths) {
  const size = hundredths < 0n ? -hundredths : hundredths;
  return `${hundredths < 0n ? "-" : ""}${count(size / 100n)}${separators.decimal}${String(size % 100n).padStart(2, "0")}`;
}

// English times use the Swedish format, 2026-01-31 14:30: English formats can be read in two ways.
const locale = language.split("-")[0] === "en" ? "sv-SE" : language;

export function moment(date, timeZone) {
  return new Intl.DateTimeFormat(locale, { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", timeZone }).format(date);
}

export function time(date, timeZone) {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone }).format(date);
}
