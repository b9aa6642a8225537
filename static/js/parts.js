// A section that loads by itself and gets no answer says so; its heading still leads to the page of it.
import { phrase } from "./words.js";

for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    const words = event.target.closest("[data-part]")?.querySelector("[data-loading]");
    if (words) words.textContent = phrase("part_failed");
  });
}
