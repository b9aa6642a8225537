// What the tests ask a page about itself; tests/browser/looking.py says what the answers have to be.
const shifts = [];
const keep = (list) => shifts.push(...list.filter((shift) => !shift.hadRecentInput));
const watch = new PerformanceObserver((list) => keep(list.getEntries()));
watch.observe({ type: "layout-shift", buffered: true });

const frame = () => new Promise((done) => requestAnimationFrame(done));
const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex='-1'])";
const described = (element) => element.outerHTML.slice(0, 120);
const seen = (element) => !element.disabled && element.checkVisibility({ visibilityProperty: true });

// Whether a line of an element is in sight at its middle height, or else what is there. Somewhere in its width is enough:
// Chromium brings in sideways only what it shows less than 32 pixels of. So is any height of what is high, for names may be
// longer than a small window.
function shown(element) {
  const spread = (from, to, room) => {
    const [first, last] = [Math.max(from, 0), Math.min(to, room)];
    return [0.1, 0.3, 0.5, 0.7, 0.9].map((part) => first + (last - first) * part);
  };
  const hits = [...element.getClientRects()].flatMap(({ left, right, top, bottom }) => {
    const ys = bottom - top < innerHeight / 3 ? [(top + bottom) / 2] : spread(top, bottom, innerHeight);
    return spread(left, right, innerWidth).flatMap((x) => ys.map((y) => document.elementFromPoint(x, y)));
  });
  const own = (hit) => hit && (element.contains(hit) || hit.contains(element) || [...(element.labels ?? [])].some((label) => label.contains(hit)));
  return hits.some(own) || hits[0];
}

window.looking = {
  // Once what loads by itself is there and has been painted.
  async settled() {
    while (document.querySelector("[data-loading]")) await frame();
    await frame();
    await frame();
  },

  // Ids that more than one element has: labels, errors and links lead to the first of them only.
  repeated() {
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
  },

  // How much of the page jumped while it loaded, and what.
  shifted() {
    keep(watch.takeRecords());
    const what = shifts.flatMap(({ value, sources }) => sources.map(({ node }) => `${value.toFixed(3)} ${node?.outerHTML?.slice(0, 80)}`));
    return { sum: shifts.reduce((sum, { value }) => sum + value, 0), what };
  },

  // Bytes, packed, of everything that the page loaded besides itself.
  loaded() {
    return Object.fromEntries(performance.getEntriesByType("resource").map(({ name, encodedBodySize }) => [name, encodedBodySize]));
  },

  // What has to come before anything is painted.
  blocking() {
    return performance.getEntriesByType("resource").filter((entry) => entry.renderBlockingStatus === "blocking").map(({ name }) => name);
  },

  // What would move though no motion is wanted. What follows the scrolling of the person moves by itself no more than the
  // page does.
  moving() {
    const goesByTime = ({ animationName, animationTimeline }) => animationName !== "none" && animationTimeline === "auto";
    const moves = (style) =>
      /[1-9]/.test(style.transitionDuration) || goesByTime(style) || style.scrollBehavior === "smooth";
    const styles = (element) => [null, "::before", "::after"].map((part) => getComputedStyle(element, part));
    return [...document.querySelectorAll("*")].filter((element) => styles(element).some(moves)).map(described);
  },

  // What a keyboard does not come to, and what has the focus without showing it or where nobody sees it. From the end to
  // the beginning: going up, what gets the focus is brought in just below the upper edge, where the header stands.
  unfocusable() {
    const problems = [];
    for (const element of [...document.querySelectorAll(CONTROLS)].reverse()) {
      if (!seen(element)) continue;
      const complain = (words) => problems.push(`${words}: ${described(element)}`);
      if (element.tabIndex < 0) complain("not reached by Tab");
      element.focus();
      if (document.activeElement !== element) {
        complain("takes no focus");
        continue;
      }
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) complain("the focus does not show");
      const hit = shown(element);
      if (hit !== true) complain(`hidden behind ${hit ? described(hit) : "the edge of the window"}`);
    }
    return problems;
  },
};
