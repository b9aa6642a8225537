// Fills in an input with data-filled-from, the names of other fields in its row, from data-fill-url once those have
// values. What the person typed into it is kept; a filled-in value is updated when the other fields change.
import { announce } from "./announce.js";
import { phrase } from "./words.js";

const filled = new WeakMap();

async function fill(input) {
  if (input.disabled || (input.value && input.value !== filled.get(input))) return;
  const row = input.closest(".row") ?? input.form;
  const address = new URL(input.dataset.fillUrl, location.origin);
  for (const name of input.dataset.filledFrom.split(" ")) {
    const value = row.querySelector(`[name="${name}"], [name$="-${name}"]`)?.value.trim();
    if (!value) return;
    address.searchParams.set(name, value);
  }
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const { value, why } = await answer.json();
  if (!value || value === input.value || (input.value && input.value !== filled.get(input))) return;
  filled.set(input, value);
  input.value = value;
  // Typing replaces it, as if it had been there when the input was focused.
  if (document.activeElement === input) input.select();
  input.dispatchEvent(new Event("input", { bubbles: true }));
  announce(phrase("filled_in", { field: input.labels[0]?.textContent.trim(), value, why }));
}

function follow(event) {
  const row = event.target.closest?.(".row, form");
  for (const input of row?.querySelectorAll("[data-filled-from]") ?? []) {
    const from = input.dataset.filledFrom.split(" ");
    const own = event.target.querySelector?.("input[type=hidden]")?.name ?? event.target.name ?? "";
    if (from.some((name) => own === name || own.endsWith(`-${name}`))) fill(input);
  }
}

document.addEventListener("change", follow);
document.addEventListener("picked", follow);
