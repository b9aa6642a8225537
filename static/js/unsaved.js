// Leaving a page asks first where something was typed and not sent. What counts is what stands in the form: what was
// typed back to what it was is nothing to lose. Forms that sign people in are left freely (data-leave-freely).
const FORMS = "form:is(.operation, .send)[method=post]:not([data-leave-freely])";
const known = new WeakMap();

// What a person can fill in. Hidden inputs are the page's own, but for the one in which a picker keeps its choice.
export function controls(form) {
  return [...form.querySelectorAll("input, select, textarea")].filter(
    (control) => control.name && (control.type !== "hidden" || control.closest(".picker")),
  );
}

export function value_of(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked && control.value;
  return control.multiple ? [...control.selectedOptions].map((option) => option.value) : control.value;
}

// What the page came with, whatever the browser has put back since then.
function came_with(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.defaultChecked && control.value;
  if (control.options) {
    const chosen = [...control.options].filter((option) => option.defaultSelected).map((option) => option.value);
    return control.multiple ? chosen : chosen.at(-1) ?? control.options[0]?.value;
  }
  const box = control.type === "hidden" ? control.closest(".picker").querySelector("[aria-controls]") : control;
  // As a box of its kind shows it, some of which drop line ends and blanks.
  return Object.assign(box.cloneNode(), { value: box.defaultValue }).value;
}

function text(form, read) {
  return JSON.stringify(controls(form).map((control) => [control.name, read(control)]));
}

export function now(form) {
  return text(form, value_of);
}

export function at_first(form) {
  return text(form, came_with);
}

// A number that stands for the text, so that none of it is kept where signing out does not clear it.
function digest(text) {
  return [...text].reduce((sum, sign) => (Math.imul(sum, 31) + sign.codePointAt(0)) | 0, 0);
}

// Whether something stands in the form that the page did not come with and that was not sent.
export function is_unsaved(form) {
  const saved = known.get(form) ?? [digest(at_first(form))];
  return form.isConnected && !saved.includes(digest(now(form)));
}

const forms = [...document.querySelectorAll(FORMS)];
for (const form of forms) {
  // Text that a page shows once more is kept nowhere else.
  const shown_again = form.closest("[data-unsaved]") && controls(form).some((control) => !control.options && value_of(control));
  // On the way back a browser fills in what was sent.
  known.set(form, [history.state?.sent, shown_again ? null : digest(at_first(form))]);
}

addEventListener("beforeunload", (event) => {
  if (forms.some(is_unsaved)) event.preventDefault();
});

// Last of all that listen, for they may keep it from being sent.
addEventListener("submit", (event) => {
  if (event.defaultPrevented || !forms.includes(event.target)) return;
  const sent = digest(now(event.target));
  known.get(event.target).push(sent);
  // The way back to a form that came as the answer to another opens the record again, without sending anything anew.
  history.replaceState({ ...history.state, sent }, "", event.target.dataset.address ?? "");
});
