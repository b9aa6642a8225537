// Keeps what is typed into a form with data-draft in the session of this tab, so that neither a reload nor a closed tab
// that is opened again loses it, and offers it where the form opens empty. data-draft says whose, in which connection and
// of which operation. A draft has an id, which goes along with the form: the page that says that ChartMogul accepted it
// (data-ends-draft) ends this draft and no other one.
import { announce } from "./announce.js";
import { is_connected } from "./connection.js";
import { moment, time } from "./localized.js";
import { at_first, controls, now, value_of } from "./unsaved.js";
import { phrase } from "./words.js";

const SECRETS = "[type=password], [autocomplete=one-time-code]";
const PAUSE = 400;

const read = (slot) => JSON.parse(sessionStorage.getItem(slot));
const slots = () => Object.keys(sessionStorage).filter((key) => key.startsWith("draft "));

// What holds a value: a picker is one, with the boxes that are part of it.
function holders(form) {
  return new Set(controls(form).filter((each) => !each.matches(SECRETS)).map((each) => each.closest(".picker") ?? each));
}

function state_of(holder) {
  return holder.matches(".picker") ? holder.state : value_of(holder);
}

function put_back(holder, state) {
  if (holder.matches(".picker")) holder.state = state;
  else if (holder.type === "checkbox" || holder.type === "radio") holder.checked = state !== false;
  else if (holder.multiple) for (const option of holder.options) option.selected = state.includes(option.value);
  else holder.value = state;
}

class Draft {
  constructor(form) {
    this.form = form;
    this.slot = form.dataset.draft;
    const { draftId } = form.dataset;
    this.id = Object.assign(document.createElement("input"), { type: "hidden", name: "draft_id", value: draftId ?? Date.now() });
    form.append(this.id);
    this.comes_back = Boolean(draftId);
    const kept = read(this.slot);
    // A form that comes back goes on with its own.
    if (kept && kept.id !== draftId) this.offer(kept);
    for (const event of ["input", "change", "rows", "picked"]) form.addEventListener(event, () => this.typed());
    addEventListener("pagehide", () => this.timer && this.keep());
  }

  get is_as_it_came() {
    return !this.comes_back && now(this.form) === at_first(this.form);
  }

  // What amounts are typed in: what was typed in one is never read as the other.
  get amounts_in() {
    return this.form.elements.amounts_in?.value ?? "cents";
  }

  typed() {
    // What is offered is not overwritten before somebody has decided.
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
    const rows = [...this.form.querySelectorAll("row-group")].map((group) => [group.dataset.name, group.rows.children.length]);
    const values = [...holders(this.form)].map((holder) => [holder.name, state_of(holder)]);
    try {
      const kept = { id: this.id.value, at: Date.now(), amounts_in: this.amounts_in, rows: Object.fromEntries(rows), values };
      sessionStorage.setItem(this.slot, JSON.stringify(kept));
    } catch {
      // The browser keeps nothing, or no more: then the draft is as old as it is.
    }
  }

  offer(kept) {
    this.kept = kept;
    this.when = when(kept.at);
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

  // The server converts what was typed in the other unit. Where it cannot, the form stays as it is, and so does the draft:
  // amounts that stand in the boxes of the other unit would be read as others.
  async resume() {
    if ((this.kept.amounts_in ?? "cents") === this.amounts_in) return this.restore();
    const typed = now(this.form);
    const connected = await is_connected();
    // It may have been decided on, or typed on, meanwhile.
    if (!this.notice || now(this.form) !== typed) return;
    if (connected) {
      this.restore();
      this.convert();
    } else {
      this.said.textContent = phrase("draft_needs_connection");
      announce(phrase("draft_needs_connection"));
    }
  }

  restore() {
    const given = new URLSearchParams(location.search);
    const groups = this.form.querySelectorAll("row-group");
    for (const group of groups) group.resize(this.kept.rows[group.dataset.name] ?? 0);
    const states = Map.groupBy(this.kept.values, ([name]) => name);
    for (const holder of holders(this.form)) {
      const [, state] = states.get(holder.name)?.shift() ?? [];
      // What the address asks for goes before it.
      if (state !== undefined && !given.has(holder.name)) put_back(holder, state);
    }
    for (const group of groups) group.arrange();
    this.form.dispatchEvent(new Event("restored"));
    this.id.value = this.kept.id;
    this.comes_back = true;
    this.decided(phrase("draft_back", { when: this.when }));
  }

  // By the button that changes in what amounts are typed, as if it had been pressed where the draft was typed.
  convert() {
    const button = this.form.querySelector("button[name=amounts]");
    button.value = this.amounts_in;
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

// A time of today; of another day with its date.
function when(at) {
  const date = new Date(at);
  return new Date().toDateString() === date.toDateString() ? time(date) : moment(date);
}

const ended = document.querySelector("[data-ends-draft]")?.dataset.endsDraft;
for (const slot of slots()) if (read(slot).id === ended) sessionStorage.removeItem(slot);

for (const form of document.querySelectorAll("[data-draft]")) {
  // Whoever signed in after a session that ended has no use for what somebody else typed.
  const [word, person] = form.dataset.draft.split(" ");
  for (const slot of slots()) if (!slot.startsWith(`${word} ${person} `)) sessionStorage.removeItem(slot);
  Promise.all([...form.querySelectorAll(":not(:defined)")].map((each) => customElements.whenDefined(each.localName))).then(() => new Draft(form));
}
