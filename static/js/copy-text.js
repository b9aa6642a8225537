// <copy-text><code>...</code></copy-text>: adds a button that copies the text and announces it.
import { announce } from "./announce.js";
import { phrase } from "./words.js";

const MOST_SAID = 100;

// A list has hundreds of these, and a person sees only some: each gets its button when it comes near the viewport.
const coming = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    coming.unobserve(target);
    target.offer();
  }
}, { rootMargin: "100%", scrollMargin: "100%" });

customElements.define("copy-text", class extends HTMLElement {
  connectedCallback() {
    if (navigator.clipboard && !this.querySelector("button")) coming.observe(this);
  }

  disconnectedCallback() {
    coming.unobserve(this);
  }

  offer() {
    const button = document.createElement("button");
    button.type = "button";
    button.title = phrase("copy");
    const text = this.textContent.trim();
    button.setAttribute("aria-label", text.length > MOST_SAID ? button.title : phrase("copy_this", { text }));
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(this.querySelector("code").textContent);
      } catch {
        button.title = phrase("not_copied");
        announce(button.title);
        return;
      }
      button.className = "done";
      announce(phrase("copied"));
      setTimeout(() => { button.className = ""; }, 2000);
    });
    this.append(button);
  }
});
