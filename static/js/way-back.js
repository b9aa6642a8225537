// On back navigation to a submitted form the browser restores its inputs, except those with autocomplete off, added
// rows and the hidden values of pickers. So all of it is kept in sessionStorage, which signing out clears, with a
// number that is also in the page's history state: it is restored only on the way to that history entry.
import { amounts_in, is_ready, restore, state_of } from "./form-state.js";

// The values on which the edit was based. A reloaded page has the current ones: compared with those, what somebody else
// has changed meanwhile would look like the person's own change.
const OPENED_WITH = ["opened", "opened_with"];
const form = document.querySelector("form.operation:not([data-leave-freely])");
const slot = `sent ${document.body.dataset.person}`;

function kept() {
  try {
    const sent = JSON.parse(sessionStorage.getItem(slot));
    return sent && sent.number === history.state?.way_back && sent.state.amounts_in === amounts_in(form) ? sent : null;
  } catch {
    // The browser blocks storage.
    return null;
  }
}

function put_back({ state, opened }) {
  for (const [name, value] of Object.entries(opened)) if (form.elements[name]) form.elements[name].value = value;
  restore(form, state);
}

const sent = form && performance.getEntriesByType("navigation")[0]?.type === "back_forward" && kept();
if (sent) {
  // It continues its draft, which need not be offered.
  if (sent.draft_id) form.dataset.draftId = sent.draft_id;
  // By then all listeners are attached, and the browser has restored what it does.
  addEventListener("pageshow", () => is_ready(form).then(() => put_back(sent)), { once: true });
}

addEventListener("submit", ({ target, defaultPrevented }) => {
  if (defaultPrevented || target !== form) return;
  const number = Date.now();
  const opened = Object.fromEntries(OPENED_WITH.flatMap((name) => (form.elements[name] ? [[name, form.elements[name].value]] : [])));
  try {
    const draft_id = form.elements.draft_id?.value;
    sessionStorage.setItem(slot, JSON.stringify({ number, draft_id, opened, state: state_of(form) }));
    history.replaceState({ ...history.state, way_back: number }, "");
  } catch {
    // Storage is blocked or full.
  }
});
