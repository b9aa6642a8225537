// A text box with choices that the server finds while typing, following the WAI-ARIA authoring practices (combobox with
// list autocomplete). Below it: a .popup with the [role=listbox] and a .note. Subclasses define what is requested
// (`address`), how an answer is shown (`show`) and what choosing does (`choose`).
import { fetched } from "./connection.js";
import { signed_out } from "./signed-out.js";

export class Combobox extends HTMLElement {
  static pause = 250;

  connectedCallback() {
    if (this.box) return;
    this.popup = this.querySelector(".popup");
    this.list = this.querySelector("[role=listbox]");
    this.note = this.querySelector(".note");
    this.box = this.querySelector("[aria-controls]");
    const typed_early = document.activeElement === this.box && this.box.value !== this.box.defaultValue;
    this.adopt();

    this.box.addEventListener("input", () => this.typed());
    this.box.addEventListener("click", () => this.search());
    this.box.addEventListener("keydown", (event) => this.key(event));
    // A press on the list must not take the focus from the box, or leaving it would close the list first.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]"), event));
    // The person may have started typing before this script was loaded.
    if (typed_early) this.typed();
  }

  get options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  get active() {
    return this.list.querySelector("[aria-selected=true]");
  }

  typed() {
    this.search_in(this.constructor.pause);
  }

  search_in(milliseconds, address) {
    // Otherwise an answer to earlier text that arrives meanwhile would be taken for the answer to this text.
    this.stop();
    this.timer = setTimeout(() => this.search(address), milliseconds);
  }

  // Ask the server, and abort an earlier request.
  async search(address = this.address()) {
    this.stop();
    const request = this.request = new AbortController();
    this.box.setAttribute("aria-busy", "true");
    try {
      const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
      const answer = await fetched(address, { signal: request.signal, headers }, () => this.tell(this.failed));
      if (answer.status === 401) {
        this.close();
        return signed_out(this, answer.headers.get("HX-Redirect"));
      }
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const hits = await answer.text();
      // It may have been aborted after its last byte arrived: the answer is for earlier text.
      if (request.signal.aborted) return;
      this.show(new DOMParser().parseFromString(hits, "text/html"));
    } catch (error) {
      if (error.name === "AbortError") return;
      this.tell(this.failed);
    } finally {
      if (request === this.request) this.box.removeAttribute("aria-busy");
    }
  }

  // Show a text instead of choices.
  tell(words) {
    const answer = new DOMParser().parseFromString('<p class="note"></p>', "text/html");
    answer.querySelector(".note").textContent = words;
    this.show(answer);
  }

  stop() {
    clearTimeout(this.timer);
    this.request?.abort();
  }

  open() {
    this.popup.hidden = false;
    this.box.setAttribute("aria-expanded", String(this.options.length > 0));
    this.box.removeAttribute("aria-activedescendant");
  }

  close() {
    this.stop();
    this.popup.hidden = true;
    this.box.setAttribute("aria-expanded", "false");
    this.box.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const open = !this.popup.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (open) this.move(event.key === "ArrowDown" ? 1 : -1);
      else this.search();
    } else if (event.key === "Enter" && open && this.active) {
      event.preventDefault();
      this.choose(this.active, event);
    } else if (event.key === "Escape") {
      if (open) event.preventDefault();
      // This also aborts a running request, whose answer would open the list again.
      this.close();
    }
  }

  move(step) {
    const options = this.options;
    if (!options.length) return;
    const from = options.indexOf(this.active);
    this.point_at(options[from < 0 && step < 0 ? options.length - 1 : (from + step + options.length) % options.length]);
  }

  point_at(option) {
    for (const other of this.options) other.setAttribute("aria-selected", String(other === option));
    option.scrollIntoView({ block: "nearest" });
    this.box.setAttribute("aria-activedescendant", option.id);
  }
}
