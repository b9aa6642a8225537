// <moment-box data-zone>: the buttons that write common values into a box for a date and time, in the time zone of the
// box. The server still parses the text, so a time that DST skips is reported as usual.
const WAYS = {
  now: ({ date, time }) => `${date} ${time}`,
  today: ({ date }) => `${date} 00:00`,
  end_of_month: ({ date }) => `${date.slice(0, 8)}${last_day(date)} 23:59:59`,
};

function last_day(date) {
  const [year, month] = date.split("-").map(Number);
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

// The Swedish format is 2026-01-31 14:30.
function now_in(timeZone) {
  const parts = { dateStyle: "short", timeStyle: "short", timeZone };
  const [date, time] = new Intl.DateTimeFormat("sv-SE", parts).format().split(" ");
  return { date, time };
}

class MomentBox extends HTMLElement {
  connectedCallback() {
    if (this.listens) return;
    this.listens = true;
    const box = this.querySelector("input");
    const label = box.labels[0];
    if (label) label.id ||= `${box.id}_label`;
    for (const button of this.querySelectorAll("[data-way]")) button.setAttribute("aria-describedby", `${box.id}_label`);
    this.addEventListener("click", ({ target }) => {
      const { way, fill } = target.closest("button")?.dataset ?? {};
      if (way) this.write(WAYS[way](now_in(this.dataset.zone)));
      // A suggestion by the server below the box, for a time that DST skips or repeats.
      else if (fill) this.write(fill);
    });
  }

  write(text) {
    const box = this.querySelector("input");
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  }
}

customElements.define("moment-box", MomentBox);
