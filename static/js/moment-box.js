// <moment-box data-zone>: buttons beside a box for a date and time that write what is often meant, in the zone of the box.
// What is typed stays a text that the server reads: a time that a change of the clocks skipped is told as ever.
import { phrase } from "./words.js";

const WAYS = [
  [phrase("now"), ({ date, time }) => `${date} ${time}`],
  [phrase("today"), ({ date }) => `${date} 00:00`],
  [phrase("end_of_month"), ({ date }) => `${date.slice(0, 8)}${last_day(date)} 23:59:59`],
];

function last_day(date) {
  const [year, month] = date.split("-").map(Number);
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

// Sweden writes 2026-01-31 14:30.
function now_in(timeZone) {
  const parts = { dateStyle: "short", timeStyle: "short", timeZone };
  const [date, time] = new Intl.DateTimeFormat("sv-SE", parts).format().split(" ");
  return { date, time };
}

class MomentBox extends HTMLElement {
  connectedCallback() {
    if (this.ways) return;
    const box = this.querySelector("input");
    // Those of the row that this one is a copy of listen to nothing.
    this.querySelector(".ways")?.remove();
    // What the server offers below the box, for a time that was skipped or happened twice.
    this.addEventListener("click", ({ target }) => {
      const offered = target.closest("[data-fill]");
      if (offered) this.write(offered.dataset.fill);
    });
    if (box.disabled) return;
    const ways = this.ways = Object.assign(document.createElement("div"), { className: "ways" });
    for (const [words, value] of WAYS) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: words });
      button.setAttribute("aria-describedby", `${box.id}_label`);
      button.addEventListener("click", () => this.write(value(now_in(this.dataset.zone))));
      ways.append(button);
    }
    const label = box.labels[0];
    if (label) label.id ||= `${box.id}_label`;
    this.querySelector(".with-unit").after(ways);
  }

  write(text) {
    const box = this.querySelector("input");
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  }
}

customElements.define("moment-box", MomentBox);
