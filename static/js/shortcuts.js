// <keyboard-shortcuts>: the list of shortcuts, opened by its button or "?", and the key sequences of its links
// (data-keys="g c"). All shortcuts that begin with a single character can be switched off, for people who use speech
// input or press keys by accident (WCAG 2.1.4).
const STORED = "single-key shortcuts";
// Milliseconds within which the second key of two must follow.
const PATIENCE = 1500;

export function are_on() {
  return localStorage.getItem(STORED) !== "off";
}

// Whether a key is meant as a single-character shortcut, and not as text or for an open dialog.
export function is_single(event) {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  return are_on() && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && !document.querySelector(":modal");
}

customElements.define("keyboard-shortcuts", class extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.querySelector("button").addEventListener("click", () => this.dialog.showModal());
    this.box = this.querySelector("input[type=checkbox]");
    this.box.addEventListener("change", () => {
      if (this.box.checked) localStorage.removeItem(STORED);
      else localStorage.setItem(STORED, "off");
      this.tell();
    });
    document.addEventListener("keydown", (event) => this.key(event));
    // A page from the back/forward cache is as it was left; another tab may have switched the shortcuts since.
    for (const event of ["pageshow", "storage"]) addEventListener(event, () => this.tell());
    this.tell();
  }

  tell() {
    this.box.checked = are_on();
    document.documentElement.toggleAttribute("data-no-single-keys", !are_on());
    document.dispatchEvent(new Event("shortcuts"));
  }

  key(event) {
    const { key, at } = this.first ?? {};
    this.first = null;
    if (event.defaultPrevented || !is_single(event)) return;
    const both = performance.now() - at < PATIENCE ? `${key} ${event.key}` : "";
    const links = [...this.querySelectorAll("[data-keys]")];
    const link = links.find(({ dataset }) => dataset.keys === both);
    if (link) link.click();
    else if (event.key === "?") this.dialog.showModal();
    else if (links.some(({ dataset }) => dataset.keys.startsWith(`${event.key} `))) this.first = { key: event.key, at: performance.now() };
    else return;
    event.preventDefault();
  }
});
