// If a section that is loaded after the page cannot be loaded, says so in it; its heading still links to its own page.
import { phrase } from "./words.js";

for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    const words = event.target.closest("[data-part]")?.querySelector("[data-loading]");
    if (words) words.textContent = phrase("part_failed");
  });
}
