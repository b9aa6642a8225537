// <load-all data-from data-most data-things data-zone>: loads a list as a whole into the table of the page, stretch by
// stretch, with a counter and Stop. What was loaded stays, whatever happens; then it can be sorted (sorted-table.js).
import { announce } from "./announce.js";
import { count } from "./localized.js";

// A longer wait than this is a person's to decide on.
const LONGEST_WAIT = 30;

customElements.define("load-all", class extends HTMLElement {
  connectedCallback() {
    if (this.button) return;
    this.most = Number(this.dataset.most);
    this.table = document.querySelector("sorted-table");
    this.status = Object.assign(document.createElement("span"), { className: "counter" });
    this.button = Object.assign(document.createElement("button"), { type: "button" });
    this.button.addEventListener("click", () => this.action());
    this.offer(`Load all (up to ${count(this.most)})`, () => this.begin());
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
    this.offer("Stop", () => this.stopping.abort());
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
    if (!body) throw new Error("The answer holds no rows; you may have been signed out.");
    const rows = [...body.rows].slice(0, this.most - this.loaded);
    // What stands there is a part of what comes.
    if (this.loaded === 0) this.table.begin();
    this.next = body.dataset.next;
    if (rows.length < body.rows.length) this.next ||= "cut";
    this.loaded += rows.length;
    this.notice = body.dataset.notice;
    this.table.add(rows);
    this.tell();
    // The page stays usable between two stretches.
    await new Promise((resolve) => { setTimeout(resolve); });
    this.stopping.signal.throwIfAborted();
  }

  async ask() {
    const { signal } = this.stopping;
    for (;;) {
      const response = await fetch(this.next, { signal, headers: { "HX-Request": "true" } });
      if (response.ok && !response.redirected) return response.text();
      const { message = `The server answered ${response.status}.`, retry_after: wait } = await response.json().catch(() => ({}));
      if (response.status !== 429 || wait === null || wait === undefined || wait > LONGEST_WAIT) throw new Error(message);
      await this.wait(Math.max(1, Math.ceil(wait)), signal);
    }
  }

  async wait(seconds, signal) {
    for (let left = seconds; left > 0; left -= 1) {
      this.say(`${this.so_far()}; ChartMogul is limiting requests, goes on in ${left} s`);
      await new Promise((resolve) => { setTimeout(resolve, 1000); });
      signal.throwIfAborted();
    }
  }

  finished() {
    const whole = !this.next && !this.notice;
    const things = this.dataset.things;
    if (whole) this.close(`${count(this.loaded)} ${things}, all there are`);
    else if (this.next) this.close(`${count(this.loaded)} ${things}: the limit, more follow`);
    else this.close(`At least ${count(this.loaded)} ${things}. ${this.notice}`);
    this.button.hidden = true;
    announce(this.status.textContent);
  }

  stopped(error) {
    const by_hand = this.stopping.signal.aborted;
    if (this.loaded) this.close(`${count(this.loaded)} ${this.dataset.things} loaded, more follow`);
    this.say(by_hand ? `Stopped: ${this.so_far()}; more follow` : `Not complete: ${this.so_far()}. ${error.message}`);
    this.offer(by_hand ? "Go on" : "Retry", () => (this.loaded ? this.load() : this.begin()));
    announce(this.status.textContent);
  }

  // From here on the table is what was loaded, and not a page of the list.
  close(words) {
    this.say(words);
    this.table.end(`${words}. Times in ${this.dataset.zone}.`);
    this.parentElement.querySelector("nav.pages")?.setAttribute("hidden", "");
  }

  so_far() {
    return `${count(this.loaded)} loaded`;
  }

  tell() {
    this.say(this.so_far());
  }

  say(words) {
    this.status.textContent = words;
  }
});
