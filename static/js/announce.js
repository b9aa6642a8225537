// Announces a text to screen readers.
export function announce(words) {
  let region = document.querySelector("#spoken");
  if (!region) {
    region = Object.assign(document.createElement("div"), { id: "spoken", className: "spoken" });
    region.setAttribute("aria-live", "polite");
    document.body.append(region);
  }
  region.textContent = words;
}
