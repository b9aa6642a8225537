// <retry-countdown data-seconds="40">: counts down to when ChartMogul may be asked again.
customElements.define("retry-countdown", class extends HTMLElement {
  connectedCallback() {
    let left = Number(this.dataset.seconds);
    this.timer = setInterval(() => {
      left -= 1;
      this.textContent = left > 0 ? `Try again in ${left} s.` : "It may be tried again now.";
      if (left <= 0) clearInterval(this.timer);
    }, 1000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }
});
