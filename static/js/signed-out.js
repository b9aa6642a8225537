// After a session has ended, requests by scripts are answered with 401 and the address of the sign-in page. A page with
// a form that is being filled in stays, with a link to sign in in another tab: the server keeps a form that is posted
// from before the sign-in and offers it again.
import { announce } from "./announce.js";
import { is_unsaved } from "./unsaved.js";
import { phrase } from "./words.js";

const FORM = "main form[method=post]";

// Go to the sign-in page at `address`, or, if a form is being filled in, say near `asker` that the session has ended.
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

// By default htmx follows HX-Redirect to the sign-in page.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.status !== 401) return;
  event.preventDefault();
  signed_out(event.target, event.detail.xhr.getResponseHeader("HX-Redirect"));
});
