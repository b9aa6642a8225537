// When this server cannot be reached, because the laptop slept, the network is gone or the server starts anew: says so in
// a notice, asks the server now and then until it answers, and has what failed meanwhile asked for once more. A form that
// is sent in vain stays as it is; sending it again is for the person to decide.
import { phrase } from "./words.js";

const LONGEST_PAUSE = 30;
// Seconds until no answer counts as none. What is asked for does no work.
const PATIENCE = 10;
const STAYS = 6;
// What fails again so soon does not fail for want of a connection.
const SOON = 10;
const FORM = "main form[method=post]";
// While somebody types, what was found out counts for so long.
const FRESH = 5;

let coming = null;
let away = false;
let looking = false;
let looked = -Infinity;
let notice;
// Ends a pause.
let wake = () => {};
const held = new Map();
const tried = new WeakMap();

const seconds = (count) => new Promise((resolve) => { setTimeout(resolve, count * 1000); });
const back_online = () => new Promise((resolve) => { addEventListener("online", resolve, { once: true }); });
const woken = () => new Promise((resolve) => { wake = resolve; });

// A live region speaks of what changes in it, so it is there before its words are.
function say(place, text) {
  if (place.textContent !== text) setTimeout(() => { place.textContent = text; });
}

function region(tag, className) {
  const made = Object.assign(document.createElement(tag), { className });
  made.dataset.level = "warning";
  made.setAttribute("aria-live", "polite");
  return made;
}

// Any answer is one, but for those that a proxy gives in place of this server; that of a proxy which has people sign in
// leads elsewhere. A browser that takes itself for offline may well reach a server on its own machine.
async function is_reachable() {
  const options = { cache: "no-store", credentials: "omit", redirect: "manual" };
  try {
    const answer = await fetch(document.body.dataset.probe, { ...options, signal: AbortSignal.timeout(PATIENCE * 1000) });
    return answer.status < 500;
  } catch {
    return false;
  }
}

async function until_back() {
  for (let pause = 1; !(await is_reachable()); pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    went();
    await Promise.race([seconds(pause), back_online(), woken()]);
  }
  if (away) came_back();
}

function went() {
  away = true;
  if (!notice) document.body.append(notice = region("p", "notice connection"));
  notice.dataset.level = "warning";
  say(notice, phrase("connection_lost"));
}

function came_back() {
  away = false;
  notice.dataset.level = "success";
  say(notice, phrase("connection_back"));
  for (const beside of held.values()) say(beside, phrase("connection_back_unsent"));
  const shown = notice;
  setTimeout(() => {
    if (away || shown !== notice) return;
    notice.remove();
    notice = null;
  }, STAYS * 1000);
}

// For whoever met no connection: a promise of its being back, which it may be already.
function lost() {
  coming ??= until_back().finally(() => { coming = null; });
  return coming;
}

// For what must not be begun without a connection. What is away is looked for at once.
export async function is_connected() {
  wake();
  if (await is_reachable()) return !away;
  lost();
  return false;
}

// fetch, which without a connection waits for it, calling `meanwhile`, and asks once more.
export async function fetched(address, options, meanwhile) {
  try {
    return await fetch(address, options);
  } catch (error) {
    const { signal } = options;
    signal.throwIfAborted();
    if (!(error instanceof TypeError)) throw error;
    meanwhile();
    const aborted = new Promise((_, reject) => { signal.addEventListener("abort", () => reject(signal.reason), { once: true }); });
    await Promise.race([lost(), aborted]);
    return fetch(address, options);
  }
}

addEventListener("offline", lost);

document.addEventListener("htmx:sendError", async ({ detail: { elt, requestConfig } }) => {
  const since = performance.now() - (tried.get(elt) ?? -Infinity);
  if (requestConfig.verb !== "get" || since < SOON * 1000) return;
  await lost();
  tried.set(elt, performance.now());
  if (elt.isConnected) window.htmx.ajax("GET", requestConfig.path, { source: elt }).catch(() => {});
});

// A form is not kept waiting for an answer, so it is asked for before: while somebody types, and on the way to the button.
async function look_ahead({ target }) {
  if (looking || !target.closest?.(FORM)) return;
  if (away) return target.closest("button") && wake();
  if (!target.closest("button") && performance.now() - looked < FRESH * 1000) return;
  looking = true;
  // One answer that takes long is no lost connection: all of the server's threads may wait for ChartMogul.
  if (!(await is_reachable()) && !(await is_reachable())) lost();
  looking = false;
  looked = performance.now();
}
for (const name of ["focusin", "input", "pointerover"]) document.addEventListener(name, look_ahead);

// Before all others that listen, for they take what they hear of as sent.
addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  held.get(form)?.remove();
  held.delete(form);
  if (!away || !form.closest("main")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  hold(form, submitter);
}, { capture: true });

function hold(form, submitter) {
  const pressed = submitter?.hidden === false ? submitter : null;
  const button = pressed ?? form.querySelector("button[data-once], .actions button[type=submit]") ?? submitter ?? form.lastElementChild;
  const beside = region("span", "held");
  held.set(form, beside);
  button.after(beside);
  wake();
  say(beside, phrase("connection_lost_unsent"));
}

// The way back brings the page as it was left.
addEventListener("pageshow", () => {
  if (!navigator.onLine) lost();
});
