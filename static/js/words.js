// The texts of the scripts in the language of the page, which contains them (resources/templatetags/script_words.py).
const WORDS = JSON.parse(document.querySelector("#words").content.textContent);

// Returns the text with this name, with `values` in place of the names in braces.
export function phrase(name, values = {}) {
  return WORDS[name].replaceAll(/\{(\w+)\}/g, (_, key) => values[key]);
}
