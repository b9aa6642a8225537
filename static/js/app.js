// Small things of every page, and the custom elements. Each page works without any of it.
import "./column-choice.js";
import "./copy-text.js";
import "./filled-in.js";
import "./load-all.js";
import "./moment-box.js";
import "./money-lines.js";
import "./multi-picker.js";
import "./parts.js";
import "./passkeys.js";
import "./remote-picker.js";
import "./retry-countdown.js";
import "./row-group.js";
import "./signed-out.js";
import "./site-search.js";
import "./sorted-table.js";

// The summary of errors is where the person goes on from.
document.querySelector("[data-focus]")?.focus();

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.parentElement.remove();
});

// A second press of a button that sends does nothing; the button stays focusable.
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("[data-once]");
  if (event.defaultPrevented || !button || event.submitter?.name) return;
  if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
  button.setAttribute("aria-disabled", "true");
});

// The way back brings the page as it was left, with its button still off.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[data-once]")) button.removeAttribute("aria-disabled");
});
