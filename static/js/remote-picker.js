// <remote-picker>: a text box that finds records on the server while typing. The box shows the name; a hidden input
// holds the UUID, or the typed text as long as nothing was chosen, so that a pasted UUID is used as is.
import { Combobox } from "./combobox.js";
import { phrase } from "./words.js";

const UUID = /^(?:[a-z]{2,5}_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

// Milliseconds for which the choices for earlier text stay visible, so that a quick answer causes no flicker.
const BEARABLE = 150;

export class RemotePicker extends Combobox {
  failed = phrase("picker_failed");

  connectedCallback() {
    if (this.box) return;
    this.picked = this.querySelector(".picked");
    super.connectedCallback();
    this.box.addEventListener("focus", () => this.focused());
    this.box.addEventListener("blur", () => this.close());
    this.popup.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get name() {
    return (this.value ?? this.box).name;
  }

  // All its values, to be restored later.
  get state() {
    return [this.value.value, this.box.value, this.dataset.name, this.picked.textContent, this.dataset.currency];
  }

  set state([value, shown, name, picked, currency]) {
    this.value.value = value;
    this.box.value = shown;
    if (name) this.dataset.name = name;
    this.picked.textContent = picked;
    this.currency = currency;
  }

  // The currency of the chosen record, if the amounts of the form are in it.
  set currency(currency) {
    if ("currency" in this.dataset) this.dataset.currency = currency ?? "";
  }

  // Take over from the plain input that the page was rendered with.
  adopt() {
    this.value = this.querySelector("input[type=hidden]");
    // A copy of a picker already has its hidden input, and the choices of the original.
    if (this.value) return this.list.replaceChildren();
    this.value = Object.assign(document.createElement("input"), { type: "hidden", name: this.box.name, value: this.box.value });
    this.box.removeAttribute("name");
    this.append(this.value);
    if (this.dataset.name && this.box.value === this.box.defaultValue) this.box.value = this.dataset.name;
  }

  focused() {
    this.box.select();
  }

  typed() {
    this.value.value = this.box.value.trim();
    this.picked.textContent = "";
    this.currency = "";
    super.typed();
  }

  key(event) {
    // Close before the focus moves: browsers would move it to the scrollable list, and lose it when that is hidden.
    if (event.key === "Tab") this.close();
    else super.key(event);
  }

  address() {
    const address = new URL(this.dataset.url, location.origin);
    // The name of the chosen record is not a search text: opening shows the first choices.
    if (this.box.value !== this.dataset.name) address.searchParams.set("q", this.box.value.trim());
    for (const name of this.dataset.narrowedBy?.split(" ") ?? []) {
      const narrowing = this.closest("form")?.elements[name];
      if (narrowing?.value) address.searchParams.set(name, narrowing.value);
    }
    return address;
  }

  // Once a new search starts, the choices belong to earlier text: they stay visible for a moment, but cannot be chosen.
  get options() {
    return this.list.inert ? [] : super.options;
  }

  search_in(milliseconds, address) {
    super.search_in(milliseconds, address);
    this.outdate();
  }

  search(address) {
    const answered = super.search(address);
    this.outdate();
    this.patience = setTimeout(() => this.tell(phrase("searching")), BEARABLE);
    return answered;
  }

  outdate() {
    this.active?.setAttribute("aria-selected", "false");
    this.list.inert = true;
    this.box.setAttribute("aria-expanded", "false");
    this.box.removeAttribute("aria-activedescendant");
  }

  stop() {
    super.stop();
    clearTimeout(this.patience);
  }

  show(answer) {
    clearTimeout(this.patience);
    this.list.inert = false;
    const found = [...answer.querySelectorAll("[role=option]")];
    const options = this.offered(found);
    options.forEach((option, index) => { option.id = `${this.list.id}_${index}`; });
    this.list.replaceChildren(...options);
    this.list.hidden = options.length === 0;
    const all_chosen = found.length && !options.length ? `${phrase("all_chosen")} ` : "";
    const said = answer.querySelector(".note");
    // Keep the link of the note; it opens in another tab.
    const link = said?.querySelector("a");
    link?.remove();
    this.note.textContent = all_chosen + (said?.textContent.replace(/\s+/g, " ").trim() ?? "");
    if (link) this.note.append(" ", link);
    this.note.hidden = this.note.textContent === "";
    if (document.activeElement !== this.box) return;
    // A complete UUID is used as is, so its one choice must not cover the next field of the form.
    this.popup.classList.toggle("above", UUID.test(this.box.value.trim()));
    this.open();
  }

  // Returns the options to show of those that the server found.
  offered(options) {
    return options;
  }

  choose(option) {
    if (!option) return;
    const { value, name, detail, currency } = option.dataset;
    this.value.value = value;
    this.box.value = this.dataset.name = name;
    this.picked.textContent = [detail, value].filter(Boolean).join(" · ");
    this.currency = currency;
    this.close();
    this.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: { value } }));
  }
}

customElements.define("remote-picker", RemotePicker);

// An update form loads the values of the chosen record, unless it has them already. If that would discard changes, only
// pressing the button itself loads them.
document.addEventListener("picked", (event) => {
  const load = event.target.closest("form")?.querySelector("[data-load]");
  if (load?.value !== "1" || load.dataset.load === event.detail.value) return;
  if (event.target.closest(".field")?.nextElementSibling === load) load.click();
});
