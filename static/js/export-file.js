// <export-file data-things data-incomplete>: loads the file that its form asks for in the page, with a counter and Stop, and
// says whether it is complete before it is saved. Without it the browser loads the file by itself.
import { announce } from "./announce.js";
import { count } from "./localized.js";
import { phrase } from "./words.js";

const QUOTE = 34;
const LINE_FEED = 10;
// Enough to hold the end of a file, where it says that it is not complete.
const TAIL = 2000;
// Lines of a file that are no rows: those that come first, and those that follow the rows of one that is complete.
const OTHER_LINES = { csv: [1, 0], json: [0, 2] };

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
      this.load(`${location.pathname}?${new URLSearchParams(new FormData(this.form))}`);
    });
  }

  disconnectedCallback() {
    this.stopping?.abort();
  }

  async load(address) {
    this.kind = new FormData(this.form).get("format").split("-")[0];
    this.stopping = new AbortController();
    this.busy(true);
    this.begin();
    try {
      const response = await fetch(address, { signal: this.stopping.signal });
      const name = response.headers.get("Content-Disposition")?.match(/filename="([^"]+)"/)?.[1];
      if (!name) return this.refused(await response.text(), address);
      await this.take(response.body);
      this.save(name, response.headers.get("Content-Type"));
      const whole = this.is_whole();
      this.say(phrase(whole ? "export_done" : "export_incomplete", this.values(whole)));
    } catch {
      this.say(phrase(this.stopping.signal.aborted ? "export_stopped" : "export_broken", this.values()));
    }
    this.busy(false);
    announce(this.status.textContent);
  }

  // Why there is no file stands on the page that came instead; one that says nothing of it asks for signing in.
  refused(page, address) {
    this.busy(false);
    this.say("");
    const alert = new DOMParser().parseFromString(page, "text/html").querySelector("main [role=alert]");
    if (!alert) return location.assign(address);
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

  // Within the quotes of CSV a line may break.
  count_lines(bytes) {
    for (const byte of bytes) {
      if (byte === QUOTE && this.kind === "csv") this.quoted = !this.quoted;
      else if (byte === LINE_FEED && !this.quoted) this.lines += 1;
    }
  }

  // The rows that came; at the end of the file, and where that is not complete, without what it says of that.
  values(whole = null) {
    const [before, after] = OTHER_LINES[this.kind];
    const last = whole === null ? 0 : this.kind === "csv" && !whole ? 1 : after;
    return { count: count(Math.max(0, this.lines - before - last)), things: this.dataset.things };
  }

  is_whole() {
    const tail = new TextDecoder().decode(new Uint8Array(this.pieces.slice(-3).flatMap((piece) => [...piece.slice(-TAIL)])));
    if (this.kind === "json") return tail.includes('], "complete": true');
    return !tail.trimEnd().split("\n").at(-1).replace(/^"/, "").startsWith(`${this.dataset.incomplete}:`);
  }

  save(name, type) {
    const address = URL.createObjectURL(new Blob(this.pieces, { type }));
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
