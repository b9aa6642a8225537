// Asks before leaving a page if something was typed and not submitted. It compares the values of the form: input that
// was changed back is nothing to lose. Forms for signing in can be left freely (data-leave-freely).
const FORMS = "form:is(.operation, .send)[method=post]:not([data-leave-freely])";
const known = new WeakMap();

// The controls that a person can fill in: no hidden inputs, except the one in which a picker keeps its choice.
export function controls(form) {
  return [...form.querySelectorAll("input, select, textarea")].filter(
    (control) => control.name && (control.type !== "hidden" || control.closest(".picker")),
  );
}

export function value_of(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked && control.value;
  return control.multiple ? [...control.selectedOptions].map((option) => option.value) : control.value;
}

// The value that the page was rendered with, whatever the browser has restored since then.
function came_with(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.defaultChecked && control.value;
  if (control.options) {
    const chosen = [...control.options].filter((option) => option.defaultSelected).map((option) => option.value);
    return control.multiple ? chosen : chosen.at(-1) ?? control.options[0]?.value;
  }
  const box = control.type === "hidden" ? control.closest(".picker").querySelector("[aria-controls]") : control;
  // As an input of its type holds it: some types drop line breaks and blanks.
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

// A hash of the text, so that the text itself is not stored in the history state, which signing out does not clear.
function digest(text) {
  return [...text].reduce((sum, sign) => (Math.imul(sum, 31) + sign.codePointAt(0)) | 0, 0);
}

// Whether the form has input that the page was not rendered with and that was not submitted.
export function is_unsaved(form) {
  const saved = known.get(form) ?? [digest(at_first(form))];
  return form.isConnected && !saved.includes(digest(now(form)));
}

const forms = [...document.querySelectorAll(FORMS)];
for (const form of forms) {
  // Text that the server put back into a form is stored nowhere else, so it counts as unsaved.
  const shown_again = form.closest("[data-unsaved]") && controls(form).some((control) => !control.options && value_of(control));
  // On back navigation a browser fills in what was submitted.
  known.set(form, [history.state?.sent, shown_again ? null : digest(at_first(form))]);
}

addEventListener("beforeunload", (event) => {
  if (forms.some(is_unsaved)) event.preventDefault();
});

// On window, so that it runs after all other listeners, which may prevent the submit.
addEventListener("submit", (event) => {
  if (event.defaultPrevented || !forms.includes(event.target)) return;
  const sent = digest(now(event.target));
  known.get(event.target).push(sent);
  // Going back to a form that was the response to a POST opens this address instead, so that nothing is sent again.
  history.replaceState({ ...history.state, sent }, "", event.target.dataset.address ?? "");
});
