// If this server cannot be reached (the laptop slept, the network is down, the server restarts): shows a notice, polls
// the server until it answers, and repeats the requests that failed meanwhile. A form that could not be submitted stays
// as it is; submitting it again is for the person to decide.
import { phrase } from "./words.js";

const LONGEST_PAUSE = 30;
// Seconds that a probe waits for an answer. The server does no work for it.
const PATIENCE = 10;
const STAYS = 6;
// A request that fails again within so many seconds did not fail for lack of a connection.
const SOON = 10;
const FORM = "main form[method=post]";
// Seconds for which the result of a probe is used while somebody types.
const FRESH = 5;

let coming = null;
let away = false;
let looking = false;
let looked = -Infinity;
let notice;
// Ends the pause between two probes early.
let wake = () => {};
const held = new Map();
const tried = new WeakMap();

const seconds = (count) => new Promise((resolve) => { setTimeout(resolve, count * 1000); });
const back_online = () => new Promise((resolve) => { addEventListener("online", resolve, { once: true }); });
const woken = () => new Promise((resolve) => { wake = resolve; });

// A live region announces only changes, so it must exist before its text is set.
function say(place, text) {
  if (place.textContent !== text) setTimeout(() => { place.textContent = text; });
}

function region(tag, className) {
  const made = Object.assign(document.createElement(tag), { className });
  made.dataset.level = "warning";
  made.setAttribute("aria-live", "polite");
  return made;
}

// Any answer counts except a 5xx, which a proxy sends in place of this server; so does a redirect, as from a proxy that
// requires signing in. Does not ask navigator.onLine: an offline browser may well reach a server on its own machine.
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

// For callers that met no connection: returns a promise that resolves when the server is reachable, maybe at once.
function lost() {
  coming ??= until_back().finally(() => { coming = null; });
  return coming;
}

// For actions that must not start without a connection. Probes at once, even during a pause.
export async function is_connected() {
  wake();
  if (await is_reachable()) return !away;
  lost();
  return false;
}

// Like fetch, but without a connection it calls `meanwhile`, waits for the connection and tries once more.
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

// A submit cannot wait for a probe, so probe beforehand: while somebody types, and when they approach the button.
async function look_ahead({ target }) {
  if (looking || !target.closest?.(FORM)) return;
  if (away) return target.closest("button") && wake();
  if (!target.closest("button") && performance.now() - looked < FRESH * 1000) return;
  looking = true;
  // A single slow answer is not a lost connection: all of the server's threads may be waiting for ChartMogul.
  if (!(await is_reachable()) && !(await is_reachable())) lost();
  looking = false;
  looked = performance.now();
}
for (const name of ["focusin", "input", "pointerover"]) document.addEventListener(name, look_ahead);

// Capturing, so that it runs before all other listeners, which treat a submit that they see as sent.
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

// A page from the back/forward cache has missed an `offline` event.
addEventListener("pageshow", () => {
  if (!navigator.onLine) lost();
});
