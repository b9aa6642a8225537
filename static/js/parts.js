// A section that loads by itself and gets no answer says so; its heading still leads to the page of it.
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    const words = event.target.closest("[data-part]")?.querySelector("[data-loading]");
    if (words) words.textContent = "This could not be loaded. The heading leads to it.";
  });
}
