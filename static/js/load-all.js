// <load-all data-from data-most data-things data-zone>: loads a whole list into the table of the page, one stretch
// after another, with a counter and Stop. Loaded rows stay, whatever happens, and can then be sorted (sorted-table.js).
import { announce } from "./announce.js";
import { fetched } from "./connection.js";
import { count } from "./localized.js";
import { signed_out } from "./signed-out.js";
import { phrase } from "./words.js";

// Seconds. A longer wait is for the person to decide.
const LONGEST_WAIT = 30;

customElements.define("load-all", class extends HTMLElement {
  connectedCallback() {
    if (this.button) return;
    this.most = Number(this.dataset.most);
    this.table = document.querySelector("sorted-table");
    this.status = Object.assign(document.createElement("span"), { className: "counter" });
    this.button = Object.assign(document.createElement("button"), { type: "button" });
    this.button.addEventListener("click", () => this.action());
    this.offer(phrase("load_all", { count: count(this.most) }), () => this.begin());
    this.replaceChildren(this.button, this.status);
  }

  disconnectedCallback() {
    this.stopping?.abort();
  }

  offer(words, action) {
    this.button.textContent = words;
    this.action = action;
  }

  begin() {
    this.loaded = 0;
    this.next = this.dataset.from;
    this.load();
  }

  async load() {
    this.stopping = new AbortController();
    this.offer(phrase("stop"), () => this.stopping.abort());
    this.table.busy(true);
    this.tell();
    try {
      while (this.next && this.loaded < this.most) await this.stretch();
      this.finished();
    } catch (error) {
      this.stopped(error);
    }
    this.table.busy(false);
  }

  async stretch() {
    const answer = await this.ask();
    const template = document.createElement("template");
    template.innerHTML = answer;
    const body = template.content.querySelector("tbody");
    if (!body) throw new Error(phrase("no_rows"));
    const rows = [...body.rows].slice(0, this.most - this.loaded);
    // The rows of the page are among those that were loaded.
    if (this.loaded === 0) this.table.begin();
    this.next = body.dataset.next;
    if (rows.length < body.rows.length) this.next ||= "cut";
    this.loaded += rows.length;
    this.notice = body.dataset.notice;
    this.table.add(rows);
    this.tell();
    // Keeps the page usable between two stretches.
    await new Promise((resolve) => { setTimeout(resolve); });
    this.stopping.signal.throwIfAborted();
  }

  async ask() {
    const { signal } = this.stopping;
    for (;;) {
      const waits = () => this.say(phrase("no_connection", { count: count(this.loaded) }));
      const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
      const response = await fetched(this.next, { signal, headers }, waits);
      if (response.ok && !response.redirected) return response.text();
      if (response.status === 401) {
        signed_out(this, response.headers.get("HX-Redirect"));
        throw new Error(phrase("signed_out"));
      }
      const { message = phrase("server_answered", response), retry_after: wait, reason } = await response.json().catch(() => ({}));
      if (response.status !== 429 || wait === null || wait === undefined || wait > LONGEST_WAIT) throw new Error(message);
      await this.wait(Math.max(1, Math.ceil(wait)), reason, signal);
    }
  }

  async wait(seconds, reason, signal) {
    for (let left = seconds; left > 0; left -= 1) {
      this.say(phrase("held_up", { count: count(this.loaded), why: reason, seconds: left }));
      await new Promise((resolve) => { setTimeout(resolve, 1000); });
      signal.throwIfAborted();
    }
  }

  finished() {
    const whole = !this.next && !this.notice;
    const name = whole ? "all_loaded" : this.next ? "limit_reached" : "at_least";
    this.close(phrase(name, { count: count(this.loaded), things: this.dataset.things, notice: this.notice }));
    // Move the focus to the loaded rows: hiding the button would move it to the top of the page.
    if (document.activeElement === this.button) this.table.querySelector(".scroller").focus({ preventScroll: true });
    this.button.hidden = true;
    announce(this.status.textContent);
  }

  stopped(error) {
    const by_hand = this.stopping.signal.aborted;
    const values = { count: count(this.loaded), things: this.dataset.things, why: error.message };
    if (this.loaded) this.close(phrase("some_loaded", values));
    this.say(phrase(by_hand ? "stopped" : "not_complete", values));
    this.offer(phrase(by_hand ? "go_on" : "retry"), () => (this.loaded ? this.load() : this.begin()));
    announce(this.status.textContent);
  }

  // From now on the table shows the loaded rows, not a page of the list.
  close(words) {
    this.say(words);
    const { zone } = this.dataset;
    this.table.end(zone ? phrase("times_in", { rows: words, zone }) : `${words}.`);
    this.parentElement.querySelector("nav.pages")?.setAttribute("hidden", "");
  }

  tell() {
    this.say(phrase("loaded", { count: count(this.loaded) }));
  }

  say(words) {
    this.status.textContent = words;
  }
});
