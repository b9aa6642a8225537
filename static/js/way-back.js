// On the way back to a form that was sent the browser fills its boxes in again, but for those that it is to suggest nothing
// for, rows that were added and what pickers keep beside their boxes. All of it is kept here, where signing out clears it,
// and for whoever sent it alone: a session may have ended by itself.
import { amounts_in, is_ready, restore, state_of } from "./form-state.js";

const SENT = "sent";
const form = document.querySelector("form.operation:not([data-leave-freely])");
const person = document.body.dataset.person;

function kept() {
  try {
    const sent = JSON.parse(sessionStorage.getItem(SENT));
    return sent?.at === location.href && sent.person === person && sent.state.amounts_in === amounts_in(form) ? sent : null;
  } catch {
    // The browser lets nothing be kept.
    return null;
  }
}

const sent = form && performance.getEntriesByType("navigation")[0]?.type === "back_forward" && kept();
if (sent) {
  // It goes on with its draft, which need not be offered.
  if (sent.draft_id) form.dataset.draftId = sent.draft_id;
  // By then whatever listens to it is there, and the browser is done.
  addEventListener("pageshow", () => is_ready(form).then(() => restore(form, sent.state)), { once: true });
}

addEventListener("submit", ({ target, defaultPrevented }) => {
  if (defaultPrevented || target !== form) return;
  try {
    const draft_id = form.elements.draft_id?.value;
    sessionStorage.setItem(SENT, JSON.stringify({ at: location.href, person, draft_id, state: state_of(form) }));
  } catch {
    // The browser keeps nothing, or no more.
  }
});
