// <copy-text><code>...</code></copy-text>: a button that copies the text, and says so.
import { announce } from "./announce.js";
import { phrase } from "./words.js";

customElements.define("copy-text", class extends HTMLElement {
  connectedCallback() {
    if (!navigator.clipboard || this.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = phrase("copy");
    button.setAttribute("aria-label", phrase("copy_this", { text: this.textContent.trim() }));
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(this.querySelector("code").textContent);
      button.textContent = phrase("copied");
      announce(phrase("copied"));
      setTimeout(() => { button.textContent = phrase("copy"); }, 2000);
    });
    this.append(button);
  }
});
