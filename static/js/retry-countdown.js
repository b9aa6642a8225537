// <retry-countdown data-seconds="40">: counts down to when ChartMogul may be asked again.
import { phrase } from "./words.js";

customElements.define("retry-countdown", class extends HTMLElement {
  connectedCallback() {
    let left = Number(this.dataset.seconds);
    this.timer = setInterval(() => {
      left -= 1;
      this.textContent = left > 0 ? phrase("try_again_in", { seconds: left }) : phrase("try_again_now");
      if (left <= 0) clearInterval(this.timer);
    }, 1000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }
});
