// Says something to people who hear the page. The region is made once, so that its changes are spoken.
export function announce(words) {
  let region = document.querySelector("#spoken");
  if (!region) {
    region = Object.assign(document.createElement("div"), { id: "spoken", className: "spoken" });
    region.setAttribute("aria-live", "polite");
    document.body.append(region);
  }
  region.textContent = words;
}
