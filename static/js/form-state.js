// All that a person has entered in a form, to be saved in sessionStorage and restored: `amounts_in`, the unit of
// amounts; `rows`, the number of rows of each group; and `values`, pairs of the name and value of what holds them.
import { controls, value_of } from "./unsaved.js";

const SECRETS = "[type=password], [autocomplete=one-time-code]";

// The elements that hold a value, without secrets. A picker is one of them, instead of the inputs inside it.
function holders(form) {
  return new Set(controls(form).filter((each) => !each.matches(SECRETS)).map((each) => each.closest(".picker") ?? each));
}

// The unit of amounts: what was typed in one unit must never be read as the other.
export function amounts_in(form) {
  return form.elements.amounts_in?.value ?? "cents";
}

export function state_of(form) {
  const rows = [...form.querySelectorAll("row-group")].map((group) => [group.dataset.name, group.rows.children.length]);
  const values = [...holders(form)].map((holder) => [holder.name, holder.matches(".picker") ? holder.state : value_of(holder)]);
  return { amounts_in: amounts_in(form), rows: Object.fromEntries(rows), values };
}

// Resolves when all custom elements in the form, such as pickers and rows, are defined.
export function is_ready(form) {
  return Promise.all([...form.querySelectorAll(":not(:defined)")].map((each) => customElements.whenDefined(each.localName)));
}

// The server's text for a restored time is requested only when it comes near the viewport: a long invoice has hundreds.
const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    target.dispatchEvent(new Event("restored"));
  }
}, { rootMargin: "100%" });

// Restores a state.
export function restore(form, { rows, values }) {
  const groups = form.querySelectorAll("row-group");
  for (const group of groups) group.resize(rows[group.dataset.name] ?? 0);
  const states = Map.groupBy(values, ([name]) => name);
  for (const holder of holders(form)) {
    const [, state] = states.get(holder.name)?.shift() ?? [];
    if (state !== undefined) put_back(holder, state);
  }
  for (const group of groups) group.arrange();
  form.dispatchEvent(new Event("restored"));
}

function put_back(holder, state) {
  if (holder.matches(".picker")) holder.state = state;
  else if (holder.type === "checkbox" || holder.type === "radio") holder.checked = state !== false;
  else if (holder.multiple) for (const option of holder.options) option.selected = state.includes(option.value);
  else if (holder.value !== state) {
    holder.value = state;
    const moment = holder.closest("moment-box");
    if (moment) near.observe(moment);
  }
}
