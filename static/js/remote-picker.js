// <remote-picker>: a text box that finds records on the server while typing. The box shows the name; a hidden input
// carries the UUID, or, as long as nothing was chosen, what was typed, so that a pasted UUID counts as it is.
import { Combobox } from "./combobox.js";
import { phrase } from "./words.js";

const UUID = /^(?:[a-z]{2,5}_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

// Milliseconds for which the choices of earlier text may still be seen, so that a quick answer makes nothing flicker.
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

  // All that stands in it, to be put back later.
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

  // Of the record that is chosen, where the amounts of the form are in it.
  set currency(currency) {
    if ("currency" in this.dataset) this.dataset.currency = currency ?? "";
  }

  // Take over from the plain box that the page came with.
  adopt() {
    this.value = this.querySelector("input[type=hidden]");
    // A copy of a picker has its hidden input already, and the choices of the other.
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
    // Before the focus leaves: browsers give it to a list that scrolls, and would lose it with that.
    if (event.key === "Tab") this.close();
    else super.key(event);
  }

  address() {
    const address = new URL(this.dataset.url, location.origin);
    // What stands there as the choice is no search text: opening shows the first choices.
    if (this.box.value !== this.dataset.name) address.searchParams.set("q", this.box.value.trim());
    for (const name of this.dataset.narrowedBy?.split(" ") ?? []) {
      const narrowing = this.closest("form")?.elements[name];
      if (narrowing?.value) address.searchParams.set(name, narrowing.value);
    }
    return address;
  }

  // As soon as something else is asked, what stands there belongs to other text: it can be seen for a moment, not chosen.
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
    // It stays a link, which opens beside the form.
    const link = said?.querySelector("a");
    link?.remove();
    this.note.textContent = all_chosen + (said?.textContent.replace(/\s+/g, " ").trim() ?? "");
    if (link) this.note.append(" ", link);
    this.note.hidden = this.note.textContent === "";
    if (document.activeElement !== this.box) return;
    // A whole UUID counts as it is, so its one choice must not cover what comes next in the form.
    this.popup.classList.toggle("above", UUID.test(this.box.value.trim()));
    this.open();
  }

  // Which of the options that the server found are shown.
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

// An update starts from the values of the record that was chosen, unless it has them already. What would be dropped with
// that is only dropped by the button itself.
document.addEventListener("picked", (event) => {
  const load = event.target.closest("form")?.querySelector("[data-load]");
  if (load?.value !== "1" || load.dataset.load === event.detail.value) return;
  if (event.target.closest(".field")?.nextElementSibling === load) load.click();
});
