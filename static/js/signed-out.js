// When a session has ended, what a page asks for by itself is answered with the way to sign in. A page with a form that
// somebody fills in stays, and beside it they sign in: a form of theirs from before that is kept, and offered once more.
import { announce } from "./announce.js";
import { is_unsaved } from "./unsaved.js";
import { phrase } from "./words.js";

const FORM = "main form[method=post]";

// Lead to the sign-in page at `address`, or say near `asker` that the session has ended.
export function signed_out(asker, address) {
  const form = asker.closest(FORM) ?? [...document.querySelectorAll(FORM)].find(is_unsaved);
  if (!form) return location.assign(address ?? "/");
  announce(phrase("session_ended"));
  if (document.querySelector("[data-signed-out]")) return;
  const notice = Object.assign(document.createElement("p"), { className: "notice", textContent: `${phrase("session_ended")} ` });
  notice.append(Object.assign(document.createElement("a"), { href: address ?? "/", target: "_blank", textContent: phrase("sign_in_beside") }));
  notice.dataset.level = "warning";
  notice.dataset.signedOut = "";
  const field = asker.closest("main .field");
  if (field) field.append(notice);
  else form.prepend(notice);
}

// htmx follows the way to sign in by itself, unless it is told not to.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.status !== 401) return;
  event.preventDefault();
  signed_out(event.target, event.detail.xhr.getResponseHeader("HX-Redirect"));
});
