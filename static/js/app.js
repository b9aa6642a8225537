// Small things of every page, and the modules that a page needs for what it holds. Each page works without any of it.
// What listens from the first moment on is imported.
import { announce } from "./announce.js";
import "./connection.js";
import "./parts.js";
import "./signed-out.js";
import "./unsaved.js";

// Of the menu, pixels that are seen below its current entry.
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

// As elements, not by import(): the page counts as loaded once they are there too.
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

// Whoever signed in after a session that ended by itself has no use for what somebody else typed (drafts.js, way-back.js).
const { person } = document.body.dataset;
try {
  const of_others = (key) => /^(draft|sent) /.test(key) && key.split(" ")[1] !== person;
  if (person) for (const key of Object.keys(sessionStorage).filter(of_others)) sessionStorage.removeItem(key);
} catch {
  // The browser lets nothing be kept.
}

// Of use to whoever comes back to a form, and to whoever fills one in and may come back: from the first box on, for it has to
// be there when the form is sent.
const WAY_BACK = import.meta.resolve("./way-back.js");
const arrived = performance.getEntriesByType("navigation")[0]?.type;
if (arrived === "back_forward") load(WAY_BACK);
else document.querySelector("form.operation")?.addEventListener("focusin", () => load(WAY_BACK), { once: true });

// The menu is longer than most windows. It alone is scrolled, not the page.
const entry = document.querySelector(".menu [aria-current]");
const menu = entry?.closest(".menu");
menu?.scrollBy({ top: Math.max(0, entry.getBoundingClientRect().bottom + BELOW - menu.getBoundingClientRect().bottom) });

// The line of tabs is wider than a narrow window. It alone is scrolled, not the page.
const tab = document.querySelector(".tabs [aria-current]");
tab?.parentElement.scrollBy({ left: tab.getBoundingClientRect().right - tab.parentElement.getBoundingClientRect().right });

// The summary of errors is where the person goes on from; whoever has just loaded a record, which is asked for on the page
// of the form itself, goes on behind its picker.
const alert = document.querySelector("[data-focus]");
const had_it_loaded = arrived === "navigate" && document.referrer.split("?")[0] === location.origin + location.pathname;
if (alert) alert.focus();
else if (had_it_loaded) {
  document.querySelector("[data-load]:not([data-load='']) ~ .field :is(input:not([type=hidden]), select, textarea):enabled")?.focus();
  const told = document.querySelector("#filled-in");
  if (told) announce(told.textContent);
}

// What was changed is not marked as wrong any more; what was said of it stays until it is looked at anew.
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

// A second press of a button that sends does nothing; the button stays focusable.
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("[data-once]");
  if (event.defaultPrevented || !button || event.submitter?.name) return;
  if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
  if (event.defaultPrevented) return;
  button.setAttribute("aria-disabled", "true");
  const told = event.target.querySelector(".while-sending");
  if (told) announce(told.textContent);
});

// The way back brings the page as it was left, with its button still off.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[data-once]")) button.removeAttribute("aria-disabled");
});
