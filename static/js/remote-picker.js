// <remote-picker>: a text box that finds records on the server while typing. A combobox with list autocomplete,
// after the WAI-ARIA authoring practices. The box shows the name; a hidden input carries the UUID, or, as long as
// nothing was chosen, what was typed, so that a pasted UUID counts as it is.
export const PAUSE = 250;
const UUID = /^(?:[a-z]{2,5}_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export class RemotePicker extends HTMLElement {
  connectedCallback() {
    if (this.box) return;
    this.box = this.querySelector("[role=combobox]");
    this.popup = this.querySelector(".popup");
    this.list = this.querySelector("[role=listbox]");
    this.note = this.querySelector(".note");
    this.picked = this.querySelector(".picked");
    this.adopt();

    this.box.addEventListener("input", () => this.typed());
    this.box.addEventListener("focus", () => this.box.select());
    this.box.addEventListener("click", () => this.search());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("blur", () => this.close());
    // A press on the list must not take the focus from the box, or blur would close the list first.
    this.popup.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]")));
  }

  // Take over from the plain box that the page came with.
  adopt() {
    this.value = this.querySelector("input[type=hidden]");
    // A copy of a picker has its hidden input already, and the choices of the other.
    if (this.value) return this.list.replaceChildren();
    this.value = Object.assign(document.createElement("input"), { type: "hidden", name: this.box.name, value: this.box.value });
    this.box.removeAttribute("name");
    this.append(this.value);
    if (this.dataset.name) this.box.value = this.dataset.name;
  }

  get options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  get active() {
    return this.list.querySelector("[aria-selected=true]");
  }

  typed() {
    this.value.value = this.box.value.trim();
    this.picked.textContent = "";
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.search(), PAUSE);
  }

  async search() {
    clearTimeout(this.pause);
    this.request?.abort();
    const request = this.request = new AbortController();
    const address = new URL(this.dataset.url, location.origin);
    // What stands there as the choice is no search text: opening shows the first choices.
    if (this.box.value !== this.dataset.name) address.searchParams.set("q", this.box.value.trim());
    for (const name of this.dataset.narrowedBy?.split(" ") ?? []) {
      const narrowing = this.closest("form")?.elements[name];
      if (narrowing?.value) address.searchParams.set(name, narrowing.value);
    }
    this.box.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { signal: request.signal, headers: { "HX-Request": "true" } });
      if (answer.status === 401) location.assign(answer.headers.get("HX-Redirect") ?? "/");
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      this.show(await answer.text());
    } catch (error) {
      if (error.name === "AbortError") return;
      this.show('<p class="note">The search failed. A pasted UUID still works.</p>');
    } finally {
      if (request === this.request) this.box.removeAttribute("aria-busy");
    }
  }

  show(html) {
    const answer = new DOMParser().parseFromString(html, "text/html");
    const found = [...answer.querySelectorAll("[role=option]")];
    const options = this.offered(found);
    options.forEach((option, index) => { option.id = `${this.list.id}_${index}`; });
    this.list.replaceChildren(...options);
    this.list.hidden = options.length === 0;
    const all_chosen = found.length && !options.length ? "All of these are chosen already. " : "";
    this.note.textContent = all_chosen + (answer.querySelector(".note")?.textContent.replace(/\s+/g, " ").trim() ?? "");
    this.note.hidden = this.note.textContent === "";
    if (document.activeElement !== this.box) return;
    // A whole UUID counts as it is, so its one choice must not cover what comes next in the form.
    this.popup.classList.toggle("above", UUID.test(this.box.value.trim()));
    this.popup.hidden = false;
    this.box.setAttribute("aria-expanded", String(options.length > 0));
    this.box.removeAttribute("aria-activedescendant");
  }

  // Which of the options that the server found are shown.
  offered(options) {
    return options;
  }

  close() {
    clearTimeout(this.pause);
    this.request?.abort();
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
      this.choose(this.active);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      this.close();
    }
  }

  move(step) {
    const options = this.options;
    if (!options.length) return;
    const from = options.indexOf(this.active);
    const to = from < 0 && step < 0 ? options.length - 1 : (from + step + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === to)));
    options[to].scrollIntoView({ block: "nearest" });
    this.box.setAttribute("aria-activedescendant", options[to].id);
  }

  choose(option) {
    if (!option) return;
    const { value, name, detail } = option.dataset;
    this.value.value = value;
    this.box.value = this.dataset.name = name;
    this.picked.textContent = [detail, value].filter(Boolean).join(" · ");
    this.close();
    this.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: { value } }));
  }
}

customElements.define("remote-picker", RemotePicker);

// An update starts from the values of the record that was chosen.
document.addEventListener("picked", (event) => {
  const load = event.target.closest("form")?.querySelector("[data-load]");
  if (load && event.target.closest(".field")?.nextElementSibling === load) load.click();
});
