// What the scripts say, in the language of the page, which it comes with (resources/templatetags/script_words.py).
const WORDS = JSON.parse(document.querySelector("#words").content.textContent);

// The text of this name; `values` fills in what stands in braces.
export function phrase(name, values = {}) {
  return WORDS[name].replaceAll(/\{(\w+)\}/g, (_, key) => values[key]);
}
