// <multi-picker>: a remote picker for several records. Each choice becomes a chip: a checked checkbox with the UUID, as
// the server renders it, and a button that removes it. The text in the box is submitted too: a typed name or UUID
// counts.
import { announce } from "./announce.js";
import { RemotePicker } from "./remote-picker.js";
import { phrase } from "./words.js";

customElements.define("multi-picker", class extends RemotePicker {
  adopt() {
    this.chips = this.querySelector(".chosen");
    this.chip = this.querySelector("template").content.firstElementChild;
    this.uuid = new RegExp(`^(?:${this.dataset.uuid})$`);
    this.chips.addEventListener("click", (event) => {
      // A click on the name would uncheck the checkbox, which is hidden.
      event.preventDefault();
      this.remove_chip(event.target.closest("button")?.closest("li"));
    });
    this.chips.addEventListener("keydown", (event) => {
      if (event.key !== "Backspace" && event.key !== "Delete") return;
      event.preventDefault();
      this.remove_chip(event.target.closest("li"));
    });
    this.box.addEventListener("paste", (event) => this.pasted(event));
    this.count();
  }

  get state() {
    const records = [...this.chips.children].map((chip) => [chip.querySelector("input").value, chip.querySelector(".name").textContent]);
    return [this.box.value, records];
  }

  set state([typed, records]) {
    this.chips.replaceChildren();
    this.take(records);
    this.box.value = typed;
  }

  get chosen() {
    return new Set([...this.chips.querySelectorAll("input")].map((input) => input.value));
  }

  // UUIDs that were pasted before become chips, so that the next paste does not replace them.
  focused() {
    const uuids = this.uuids_in(this.box.value);
    if (uuids.length) this.take(uuids.map((uuid) => [uuid, ""]));
    else super.focused();
  }

  typed() {
    this.search_in(this.constructor.pause);
  }

  offered(options) {
    const chosen = this.chosen;
    return options.filter((option) => !chosen.has(option.dataset.value));
  }

  key(event) {
    const uuids = this.uuids_in(this.box.value);
    if (event.key === "Backspace" && this.box.value === "") {
      this.remove_chip(this.chips.lastElementChild, this.box);
    } else if (event.key === "Enter" && !this.active && uuids.length) {
      event.preventDefault();
      this.take(uuids.map((uuid) => [uuid, ""]));
    } else {
      super.key(event);
    }
  }

  // A single-line input would drop the line breaks of a column of UUIDs, so they are read from the clipboard.
  pasted(event) {
    const uuids = this.uuids_in(event.clipboardData.getData("text"));
    if (this.box.value !== "" || uuids.length < 2) return;
    event.preventDefault();
    this.take(uuids.map((uuid) => [uuid, ""]));
  }

  uuids_in(text) {
    const pieces = text.split(/[\s,;]+/).filter(Boolean);
    return pieces.every((piece) => this.uuid.test(piece)) ? pieces : [];
  }

  choose(option) {
    if (option) this.take([[option.dataset.value, option.dataset.name]]);
  }

  take(records) {
    const chosen = this.chosen;
    const fresh = new Map(records.filter(([uuid]) => !chosen.has(uuid)));
    for (const [uuid, name] of fresh) {
      const chip = this.chip.cloneNode(true);
      chip.querySelector("input").value = uuid;
      chip.querySelector(".name").textContent = name;
      chip.querySelector("code").textContent = uuid;
      chip.querySelector("button").setAttribute("aria-label", phrase("remove", { name: name || uuid }));
      this.chips.append(chip);
    }
    this.chips.lastElementChild?.scrollIntoView({ block: "nearest" });
    this.box.value = "";
    this.close();
    const names = [...fresh].map(([uuid, name]) => name || uuid);
    const news = names.length > 3 ? "added_many" : names.length ? "added" : "chosen_already";
    this.count(phrase(news, { count: names.length, names: names.join(", ") }));
  }

  // Moves the focus to `focus` if given, else to the next chip, the previous one or the box.
  remove_chip(chip, focus) {
    if (!chip) return;
    const neighbour = (chip.nextElementSibling ?? chip.previousElementSibling)?.querySelector("button");
    const name = chip.querySelector(".name").textContent || chip.querySelector("input").value;
    chip.remove();
    (focus ?? neighbour ?? this.box).focus();
    this.count(phrase("removed", { name }));
  }

  count(news = "") {
    this.picked.textContent = phrase("chosen", { count: this.chips.childElementCount });
    if (news) this.dispatchEvent(new Event("change", { bubbles: true }));
    if (news) announce(`${news}. ${this.picked.textContent}.`);
  }
});
