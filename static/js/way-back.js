// On the way back to a form that was sent the browser fills its boxes in again, but for those that it is to suggest nothing
// for, rows that were added and what pickers keep beside their boxes. All of it is kept here, where signing out clears it,
// with a number that the page's place in the history has too: only on the way to that place is it put back.
import { amounts_in, is_ready, restore, state_of } from "./form-state.js";

// What the boxes were filled in against. A page that comes anew was opened with what is so now: with that, what somebody
// else has changed meanwhile would pass for a change of one's own.
const OPENED_WITH = ["opened", "opened_with"];
const form = document.querySelector("form.operation:not([data-leave-freely])");
const slot = `sent ${document.body.dataset.person}`;

function kept() {
  try {
    const sent = JSON.parse(sessionStorage.getItem(slot));
    return sent && sent.number === history.state?.way_back && sent.state.amounts_in === amounts_in(form) ? sent : null;
  } catch {
    // The browser lets nothing be kept.
    return null;
  }
}

function put_back({ state, opened }) {
  for (const [name, value] of Object.entries(opened)) if (form.elements[name]) form.elements[name].value = value;
  restore(form, state);
}

const sent = form && performance.getEntriesByType("navigation")[0]?.type === "back_forward" && kept();
if (sent) {
  // It goes on with its draft, which need not be offered.
  if (sent.draft_id) form.dataset.draftId = sent.draft_id;
  // By then whatever listens to it is there, and the browser is done.
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
    // The browser keeps nothing, or no more.
  }
});
