// A tooltip for each <time datetime>, on hover and on focus: the time in UTC and how far away it is. Tab reaches one
// time of a table or list, the arrow keys move from there to the others; Escape hides the tooltip.
import { language, moment } from "./localized.js";

const TIMES = "time[datetime]";
const TOGETHER = "table, dl, ul, ol";
const PAUSE = 250;
const EDGE = 4;
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3_600], ["minute", 60]];

const tip = Object.assign(document.createElement("div"), { id: "moment-tip", className: "tip", popover: "manual" });
tip.setAttribute("role", "tooltip");
// Inside main, so that it belongs to a landmark.
document.querySelector("main").append(tip);
let told = null;
let waiting = null;

function words(time) {
  const date = new Date(time.dateTime);
  if (Number.isNaN(date.valueOf())) return "";
  const utc = moment(date, "UTC");
  // If the page shows UTC itself, do not repeat it.
  return [...(time.textContent.trim().startsWith(utc) ? [] : [`${utc} UTC`]), away(date)].join(" · ");
}

function away(date) {
  const seconds = (date - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["minute", 60];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

function tell(time) {
  hide();
  if (!time.isConnected) return;
  const text = words(time);
  if (!text) return;
  told = { time, title: time.title };
  // The browser would show the title as a second tooltip.
  time.removeAttribute("title");
  time.setAttribute("aria-describedby", tip.id);
  tip.textContent = text;
  tip.showPopover();
  place();
}

function place() {
  const { time } = told;
  const { left, top, bottom } = time.getBoundingClientRect();
  const most = document.documentElement.clientWidth - tip.offsetWidth - EDGE;
  tip.style.left = `${Math.max(EDGE, Math.min(left, most))}px`;
  tip.style.top = `${bottom + tip.offsetHeight < innerHeight ? bottom : top - tip.offsetHeight}px`;
}

function hide() {
  clearTimeout(waiting);
  if (!told) return;
  const { time, title } = told;
  told = null;
  tip.hidePopover();
  time.removeAttribute("aria-describedby");
  if (title) time.title = title;
}

// Makes one time of each table or list reachable by Tab.
function reach(place) {
  const groups = new Map();
  for (const time of place.querySelectorAll(TIMES)) {
    const group = time.closest(TOGETHER) ?? time;
    if (!groups.has(group)) groups.set(group, time);
  }
  for (const [group, first] of groups) {
    if (!group.matches("[tabindex='0']") && !group.querySelector(`${TIMES}[tabindex="0"]`)) first.tabIndex = 0;
  }
}

function next(time, key) {
  const cell = time.closest("td");
  if (cell && (key === "ArrowDown" || key === "ArrowUp")) {
    const rows = [...cell.closest("table").querySelectorAll("tbody tr")];
    const row = rows[rows.indexOf(cell.parentElement) + STEPS[key]];
    return row?.cells[cell.cellIndex]?.querySelector(TIMES);
  }
  const times = [...time.closest(TOGETHER).querySelectorAll(TIMES)];
  return times[times.indexOf(time) + STEPS[key]];
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const time = event.target.closest?.(TIMES);
  if (!time || !(event.key in STEPS) || !time.closest(TOGETHER)) return;
  event.preventDefault();
  const other = next(time, event.key);
  if (!other) return;
  time.tabIndex = -1;
  other.tabIndex = 0;
  other.focus();
});

document.addEventListener("focusin", ({ target }) => {
  if (target.matches(TIMES)) tell(target);
  // Its rows may have been loaded after the page.
  else if (target.matches(".scroller")) reach(target);
});
document.addEventListener("focusout", hide);
// An element that is replaced under the pointer fires no `pointerout`.
document.addEventListener("htmx:afterSwap", () => { if (told && !told.time.isConnected) hide(); });

document.addEventListener("pointerover", ({ target }) => {
  const time = target.closest?.(TIMES);
  if (!time || time === told?.time) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => tell(time), PAUSE);
});
document.addEventListener("pointerout", ({ target, relatedTarget }) => {
  const from = target.closest?.(TIMES) ?? (target === tip && told?.time);
  // The pointer may move onto the tooltip itself.
  if (from && relatedTarget !== tip && !from.contains(relatedTarget) && document.activeElement !== from) hide();
});
document.addEventListener("scroll", () => told && place(), { capture: true, passive: true });

reach(document);
document.addEventListener("htmx:load", ({ target }) => reach(target));
