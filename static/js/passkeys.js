// Buttons that request a passkey from the browser: [data-passkey] is the purpose, and their form has a field
// `credential` for the result. The options are in the page, in #js_data; those for signing in are fetched.
// webauthn-json.js, which such a page loads, converts between bytes and text.
import { phrase } from "./words.js";

const REASONS = {
  AbortError: "passkey_cancelled",
  InvalidStateError: "passkey_known",
  NotAllowedError: "passkey_cancelled",
  SecurityError: "passkey_by_name",
};

function from_page() {
  return JSON.parse(document.querySelector("#js_data").textContent);
}

const ASK = {
  add(form) {
    const { creation_options: options } = from_page();
    const alone = form.elements.passwordless.checked;
    const wanted = options.publicKey.authenticatorSelection;
    wanted.residentKey = alone ? "required" : "discouraged";
    wanted.requireResidentKey = alone;
    if (alone) wanted.userVerification = "required";
    return window.webauthnJSON.create(options);
  },
  use() {
    return window.webauthnJSON.get(from_page().request_options);
  },
  async sign_in(form) {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return window.webauthnJSON.get((await answer.json()).request_options);
  },
};

function tell(problem) {
  document.querySelector("[data-passkey-problem]")?.remove();
  const words = phrase(REASONS[problem.name] ?? "passkey_failed");
  const notice = Object.assign(document.createElement("p"), { className: "notice", textContent: words });
  notice.dataset.level = "error";
  notice.dataset.passkeyProblem = "";
  notice.setAttribute("role", "alert");
  document.querySelector("main h1").after(notice);
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  button.hidden = false;
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    try {
      button.form.elements.credential.value = JSON.stringify(await ASK[button.dataset.passkey](button.form));
      button.form.requestSubmit();
    } catch (problem) {
      tell(problem);
    }
  });
}
