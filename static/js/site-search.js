// <site-search>: the search box of every page. The server sends hits as links, grouped by kind, which become the
// options of a listbox; a click with Ctrl or the middle button opens a tab as with any link.
import { Combobox } from "./combobox.js";
import { are_on, is_single } from "./shortcuts.js";
import { phrase } from "./words.js";

// Milliseconds before ChartMogul is searched, which costs calls: the person may type on.
const BEFORE_ASKING = 400;

class SiteSearch extends Combobox {
  static pause = 150;
  failed = phrase("search_failed");

  adopt() {
    this.form = this.querySelector("form");
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"]]) {
      this.box.setAttribute(name, value);
    }
    const tell = () => this.box.setAttribute("aria-keyshortcuts", `${are_on() ? "/ " : ""}Control+K Meta+K`);
    document.addEventListener("shortcuts", tell);
    tell();
    this.box.addEventListener("focus", (event) => {
      if (!this.popup.contains(event.relatedTarget)) this.before = event.relatedTarget;
    });
    this.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.contains(event.relatedTarget)) this.close();
    });
    document.addEventListener("mousedown", (event) => {
      if (!this.contains(event.target)) this.close();
    });
    document.addEventListener("keydown", (event) => this.shortcut(event));
    this.querySelector(".search-link").addEventListener("click", (event) => {
      event.preventDefault();
      this.begin();
    });
    // A page from the back/forward cache is as it was left.
    addEventListener("pageshow", () => this.close());
  }

  shortcut(event) {
    const control_k = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    if (control_k ? document.querySelector(":modal") : event.key !== "/" || !is_single(event)) return;
    event.preventDefault();
    this.begin();
  }

  begin() {
    this.classList.add("open");
    this.box.focus();
    this.box.select();
    this.search();
  }

  address() {
    const address = new URL(this.form.action);
    address.searchParams.set("q", this.box.value.trim());
    return address;
  }

  typed() {
    // The hits are now those of earlier text: Enter waits for the new ones.
    this.shown = false;
    super.typed();
  }

  search(address) {
    this.shown = false;
    return super.search(address);
  }

  show(answer) {
    this.list.replaceChildren(...answer.querySelectorAll("section"));
    for (const group of this.list.children) {
      group.setAttribute("role", "group");
      for (const part of group.querySelectorAll("h2, ul, li")) part.setAttribute("role", "presentation");
    }
    this.list.querySelectorAll("a").forEach((link, index) => {
      Object.assign(link, { id: `${this.list.id}_${index}`, tabIndex: -1 });
      link.setAttribute("role", "option");
      link.setAttribute("aria-selected", "false");
    });
    this.list.hidden = !this.options.length;
    const { ask } = answer.querySelector(".note").dataset;
    this.note.replaceChildren(...answer.querySelector(".note").childNodes);
    this.shown = !ask;
    if (!this.contains(document.activeElement)) return;
    this.open();
    this.list.scrollTop = 0;
    if (this.box.value.trim() && this.options.length) this.point_at(this.options[0]);
    if (this.entered && this.shown && this.active) this.choose(this.active);
    if (this.shown) this.entered = false;
    if (ask) this.search_in(this.entered ? 0 : BEFORE_ASKING, ask);
  }

  key(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      if (this.shown && this.active) return this.choose(this.active, event);
      if (!this.box.value.trim()) return;
      this.entered = true;
      // A running request continues; one that waits for a pause in typing starts now.
      if (!this.box.hasAttribute("aria-busy")) this.search();
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.close();
      // If nothing had the focus before, nothing gets it.
      if (this.before?.isConnected) this.before.focus();
      else this.box.blur();
    } else super.key(event);
  }

  // A click on a link navigates by itself.
  choose(option, event) {
    if (event?.type !== "click") option?.click();
    else if (option && !event.ctrlKey && !event.metaKey) this.close();
  }

  close() {
    this.entered = this.shown = false;
    this.classList.remove("open");
    super.close();
  }
}

customElements.define("site-search", SiteSearch);
