// Small features of every page, and the loading of the modules for the elements that a page has. Every page works
// without scripts. Modules that must listen from the start are imported.
import { announce } from "./announce.js";
import "./connection.js";
import "./parts.js";
import "./signed-out.js";
import "./unsaved.js";

// Pixels of the menu that stay visible below its current entry.
const BELOW = 48;
const MODULES = {
  "column-choice": import.meta.resolve("./column-choice.js"),
  "copy-text": import.meta.resolve("./copy-text.js"),
  "[data-draft], [data-ends-draft]": import.meta.resolve("./drafts.js"),
  "export-file": import.meta.resolve("./export-file.js"),
  "[data-filled-from]": import.meta.resolve("./filled-in.js"),
  "json-tree": import.meta.resolve("./json-tree.js"),
  "keyboard-shortcuts": import.meta.resolve("./shortcuts.js"),
  "load-all": import.meta.resolve("./load-all.js"),
  "moment-box": import.meta.resolve("./moment-box.js"),
  "time[datetime]": import.meta.resolve("./moment-tips.js"),
  "money-line, running-total": import.meta.resolve("./money-lines.js"),
  "multi-picker": import.meta.resolve("./multi-picker.js"),
  "[data-passkey]": import.meta.resolve("./passkeys.js"),
  "remote-picker": import.meta.resolve("./remote-picker.js"),
  "retry-countdown": import.meta.resolve("./retry-countdown.js"),
  "row-group": import.meta.resolve("./row-group.js"),
  "site-search": import.meta.resolve("./site-search.js"),
  "sorted-table": import.meta.resolve("./sorted-table.js"),
};

// As script elements, not by import(), so that the page's load event waits for them too.
function load(address) {
  document.head.append(Object.assign(document.createElement("script"), { type: "module", src: address }));
}

function load_modules() {
  const places = [document, ...[...document.querySelectorAll("template")].map((template) => template.content)];
  for (const [selector, address] of Object.entries(MODULES)) {
    if (!places.some((place) => place.querySelector(selector))) continue;
    delete MODULES[selector];
    load(address);
  }
}
load_modules();
document.addEventListener("htmx:load", load_modules);

// Delete what other people typed (drafts.js, way-back.js): after a session expired, somebody else may sign in.
const { person } = document.body.dataset;
try {
  const of_others = (key) => /^(draft|sent) /.test(key) && key.split(" ")[1] !== person;
  if (person) for (const key of Object.keys(sessionStorage).filter(of_others)) sessionStorage.removeItem(key);
} catch {
  // The browser blocks storage.
}

// Needed by people who return to a form, and by those who fill one in and may return: loaded on the first focus in a
// form, because it must be there when the form is submitted.
const WAY_BACK = import.meta.resolve("./way-back.js");
const arrived = performance.getEntriesByType("navigation")[0]?.type;
if (arrived === "back_forward") load(WAY_BACK);
else document.querySelector("form.operation")?.addEventListener("focusin", () => load(WAY_BACK), { once: true });

// The menu is longer than most windows. Scroll only the menu, not the page.
const entry = document.querySelector(".menu [aria-current]");
const menu = entry?.closest(".menu");
menu?.scrollBy({ top: Math.max(0, entry.getBoundingClientRect().bottom + BELOW - menu.getBoundingClientRect().bottom) });

// The line of tabs is wider than a narrow window. Scroll only the tabs, not the page.
const tab = document.querySelector(".tabs [aria-current]");
tab?.parentElement.scrollBy({ left: tab.getBoundingClientRect().right - tab.parentElement.getBoundingClientRect().right });

// Focus the error summary. If a record was just loaded, which is requested from the form's own page, focus the first
// field after its picker.
const alert = document.querySelector("[data-focus]");
const had_it_loaded = arrived === "navigate" && document.referrer.split("?")[0] === location.origin + location.pathname;
if (alert) alert.focus();
else if (had_it_loaded) {
  document.querySelector("[data-load]:not([data-load='']) ~ .field :is(input:not([type=hidden]), select, textarea):enabled")?.focus();
  const told = document.querySelector("#filled-in");
  if (told) announce(told.textContent);
}

// A changed field is no longer marked as invalid; its error message stays until the form is validated again.
for (const event of ["input", "change", "picked"]) {
  document.addEventListener(event, ({ target }) => {
    const field = target.closest(".field.invalid");
    field?.classList.remove("invalid");
    for (const box of field?.querySelectorAll("[aria-invalid]") ?? []) box.removeAttribute("aria-invalid");
  });
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.parentElement.remove();
});

// A second press of a submit button does nothing; the button stays focusable.
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("[data-once]");
  if (event.defaultPrevented || !button || event.submitter?.name) return;
  if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
  if (event.defaultPrevented) return;
  button.setAttribute("aria-disabled", "true");
  const told = event.target.querySelector(".while-sending");
  if (told) announce(told.textContent);
});

// The back/forward cache restores the page as it was left, with its button still disabled.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[data-once]")) button.removeAttribute("aria-disabled");
});
