// Saves what is typed into a form with data-draft in the sessionStorage of this tab, so that it survives a reload and a
// closed and reopened tab, and offers it when the form is opened again. data-draft names the person, the connection and
// the operation. A draft has an id that is submitted with the form: the page that reports that ChartMogul accepted it
// (data-ends-draft) deletes this draft and no other. A draft continues as a whole, at the address where it was typed: as
// JSON or in the fields, and for the customer, or from the earlier invoice, that this address names.
import { announce } from "./announce.js";
import { is_connected } from "./connection.js";
import { amounts_in, is_ready, restore, state_of } from "./form-state.js";
import { moment, time } from "./localized.js";
import { at_first, now } from "./unsaved.js";
// It must run first: it sets the draft that a form continues.
import "./way-back.js";
import { phrase } from "./words.js";

const PAUSE = 400;
// What the address of a page asks for with the id of a draft: that it goes on there.
const RESUME = "resume";

const read = (slot) => JSON.parse(sessionStorage.getItem(slot));
const slots = () => Object.keys(sessionStorage).filter((key) => key.startsWith("draft "));

class Draft {
  constructor(form) {
    this.form = form;
    this.slot = form.dataset.draft;
    this.address = path(form.dataset.address ?? location.href);
    const { draftId } = form.dataset;
    this.id = Object.assign(document.createElement("input"), { type: "hidden", name: "draft_id", value: draftId ?? Date.now() });
    form.append(this.id);
    this.comes_back = Boolean(draftId);
    const kept = read(this.slot);
    // A form that the server returned continues its own draft.
    const is_resumed = kept?.id === resumed;
    if (kept && (kept.id !== draftId || is_resumed)) this.offer(kept);
    this.is_there = is_resumed;
    if (is_resumed) this.resume();
    for (const event of ["input", "change", "rows", "picked"]) form.addEventListener(event, () => this.typed());
    addEventListener("pagehide", () => this.timer && this.keep());
  }

  get is_as_it_came() {
    return !this.comes_back && now(this.form) === at_first(this.form);
  }

  typed() {
    // Do not overwrite an offered draft before the person has decided.
    if (this.notice) return this.tell();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), PAUSE);
  }

  keep() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.is_as_it_came) {
      if (read(this.slot)?.id === this.id.value) sessionStorage.removeItem(this.slot);
      return;
    }
    try {
      const kept = { id: this.id.value, at: Date.now(), address: this.address, ...state_of(this.form) };
      sessionStorage.setItem(this.slot, JSON.stringify(kept));
      // A page that came as an answer is not asked for anew: on the way back it opens where the draft is offered.
      if (this.form.dataset.address) history.replaceState(history.state, "", this.address);
    } catch {
      // Storage is blocked or full: the draft stays as it was last saved.
    }
  }

  offer(kept) {
    this.kept = kept;
    this.when = when(kept.at, this.form.dataset.zone);
    this.notice = Object.assign(document.createElement("section"), { className: "notice offer" });
    this.notice.setAttribute("aria-label", phrase("draft"));
    this.go_on = button("", () => this.resume());
    this.drop = button(phrase("draft_throw_away"), () => this.throw_away());
    const actions = Object.assign(document.createElement("div"), { className: "actions" });
    actions.append(this.go_on, this.drop);
    this.said = Object.assign(document.createElement("p"), { textContent: phrase("draft_kept") });
    this.notice.append(this.said, actions);
    this.form.before(this.notice);
    this.tell();
    announce(phrase("draft_found", { when: this.when }));
  }

  tell() {
    this.go_on.textContent = phrase(this.is_as_it_came ? "draft_go_on" : "draft_go_on_instead", { when: this.when });
  }

  // The server has the page where the draft was typed, and converts amounts that were typed in the other unit. If it cannot
  // be reached, form and draft stay as they are: amounts put into boxes of the other unit would be read as different ones.
  async resume() {
    const is_here = this.is_there || (this.kept.address ?? this.address) === this.address;
    if (is_here && (this.kept.amounts_in ?? "cents") === amounts_in(this.form)) return this.restore();
    const typed = now(this.form);
    const connected = await is_connected();
    // Meanwhile the person may have decided, or typed on.
    if (!this.notice || now(this.form) !== typed) return;
    if (!connected) {
      this.said.textContent = phrase("draft_needs_connection");
      announce(phrase("draft_needs_connection"));
    } else if (is_here) {
      this.restore();
      this.convert();
    } else {
      const there = new URL(this.kept.address, location);
      there.searchParams.set(RESUME, this.kept.id);
      location.assign(there);
    }
  }

  restore() {
    restore(this.form, this.kept);
    this.id.value = this.kept.id;
    this.comes_back = true;
    this.decided(phrase("draft_back", { when: this.when }));
  }

  // Presses the button that switches the unit of amounts, as if in the form in which the draft was typed.
  convert() {
    const button = this.form.querySelector("button[name=amounts]");
    button.value = amounts_in(this.form);
    this.form.elements.amounts_in?.remove();
    if (this.kept.amounts_in === "units") this.form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "amounts_in", value: "units" }));
    this.form.requestSubmit(button);
  }

  throw_away() {
    sessionStorage.removeItem(this.slot);
    this.decided(phrase("draft_gone", { when: this.when }));
    this.keep();
  }

  decided(words) {
    this.notice.remove();
    this.notice = null;
    this.form.querySelector("input:not([type=hidden]), select, textarea").focus();
    announce(words);
  }
}

function button(words, action) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: words });
  made.addEventListener("click", action);
  return made;
}

// Formats a time in the time zone of the page, with the date unless it is today.
function when(at, zone) {
  const day = (date) => moment(date, zone).slice(0, -time(date, zone).length);
  const date = new Date(at);
  return day(date) === day(new Date()) ? time(date, zone) : moment(date, zone);
}

// Two addresses with the same parameters are the same, however these are escaped.
function path(address) {
  const { pathname, searchParams } = new URL(address, location);
  return `${pathname}?${searchParams}`;
}

const here = new URL(location);
const resumed = here.searchParams.get(RESUME);
if (resumed) {
  here.searchParams.delete(RESUME);
  history.replaceState(history.state, "", here);
}

const ended = document.querySelector("[data-ends-draft]")?.dataset.endsDraft;
for (const slot of slots()) if (read(slot).id === ended) sessionStorage.removeItem(slot);

for (const form of document.querySelectorAll("[data-draft]")) {
  is_ready(form).then(() => new Draft(form));
}
