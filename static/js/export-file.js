// <export-file data-things>: downloads the file that its form requests within the page, with a counter and Stop, and
// checks whether it is complete before saving it. Without this script the browser downloads the file itself.
import { announce } from "./announce.js";
import { count } from "./localized.js";
import { phrase } from "./words.js";

const QUOTE = 34;
const LINE_FEED = 10;
// The server appends this mark and the result to the file: a transfer that was cut off may look like a whole file.
const MARK_BYTES = 16;
const END = /^ (complete|incomplete) (\d+)$/;

const random_mark = () => [...crypto.getRandomValues(new Uint8Array(MARK_BYTES))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

customElements.define("export-file", class extends HTMLElement {
  connectedCallback() {
    if (this.status) return;
    this.form = this.querySelector("form");
    this.button = this.form.querySelector("button[type=submit]");
    this.stop = Object.assign(document.createElement("button"), { type: "button", textContent: phrase("stop"), hidden: true });
    this.status = Object.assign(document.createElement("span"), { className: "counter" });
    this.button.after(this.stop);
    this.form.querySelector(".actions").append(this.status);
    this.stop.addEventListener("click", () => this.stopping.abort());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.stop.hidden) return;
      this.mark = random_mark();
      this.load(`${location.pathname}?${new URLSearchParams(new FormData(this.form))}&mark=${this.mark}`);
    });
  }

  disconnectedCallback() {
    this.stopping?.abort();
  }

  async load(address) {
    this.is_csv = new FormData(this.form).get("format") !== "json";
    this.stopping = new AbortController();
    this.busy(true);
    this.begin();
    try {
      const response = await fetch(address, { signal: this.stopping.signal });
      const name = response.headers.get("Content-Disposition")?.match(/filename="([^"]+)"/)?.[1];
      if (!name) return this.refused(await response.text());
      await this.take(response.body);
      const file = new Blob(this.pieces, { type: response.headers.get("Content-Type") });
      const { size, whole, rows } = await this.end_of(file);
      this.save(name, file.slice(0, size, file.type));
      this.say(phrase(whole ? "export_done" : "export_incomplete", this.values(rows)));
    } catch {
      this.say(phrase(this.stopping.signal.aborted ? "export_stopped" : "export_broken", this.values()));
    }
    this.busy(false);
    announce(this.status.textContent);
  }

  // Shows the alert of the page that came instead of the file. A page without one is the sign-in page: reload.
  refused(page) {
    this.busy(false);
    this.say("");
    const alert = new DOMParser().parseFromString(page, "text/html").querySelector("main [role=alert]");
    if (!alert) return location.reload();
    this.before(alert);
    alert.focus();
  }

  begin() {
    for (const alert of document.querySelectorAll("main [role=alert]")) alert.remove();
    this.pieces = [];
    this.lines = 0;
    this.quoted = false;
    this.say(phrase("export_rows", this.values()));
  }

  async take(body) {
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.pieces.push(value);
      this.count_lines(value);
      this.say(phrase("export_rows", this.values()));
    }
  }

  // In CSV a quoted value may contain line breaks. The first line, the header, is subtracted in values().
  count_lines(bytes) {
    for (const byte of bytes) {
      if (byte === QUOTE && this.is_csv) this.quoted = !this.quoted;
      else if (byte === LINE_FEED && !this.quoted) this.lines += 1;
    }
  }

  values(rows = Math.max(0, this.lines - (this.is_csv ? 1 : 0))) {
    return { count: count(rows), things: this.dataset.things };
  }

  // Returns the size of the file without the appended mark, and the result after the mark. Throws if it was cut off.
  async end_of(file) {
    const last = await file.slice(-100).text();
    const at = last.lastIndexOf(this.mark);
    const [said, came, rows] = END.exec(last.slice(at + this.mark.length)) ?? [];
    if (at < 0 || !said) throw new Error("cut");
    return { size: file.size - this.mark.length - said.length, whole: came === "complete", rows: Number(rows) };
  }

  save(name, file) {
    const address = URL.createObjectURL(file);
    Object.assign(document.createElement("a"), { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  busy(is_busy) {
    this.stop.hidden = !is_busy;
    this.button.setAttribute("aria-disabled", is_busy);
    if (is_busy) this.stop.focus();
    else if (document.activeElement === document.body || document.activeElement === this.stop) this.button.focus();
  }

  say(words) {
    this.status.textContent = words;
  }
});
