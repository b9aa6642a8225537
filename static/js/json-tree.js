// <json-tree><pre>...</pre></json-tree>: adds a button that shows the JSON as a foldable tree. Branches are created
// when they are opened, because an answer may have tens of thousands of values.
import { phrase } from "./words.js";

// The entries of a longer list or object are grouped into branches of so many.
const TOGETHER = 100;

// A number as written in the source, if the browser provides that: JavaScript would round long ones.
class Written {
  constructor(text) {
    this.text = text;
  }
}

function parse(text) {
  return JSON.parse(text, (_, value, context) =>
    typeof value === "number" && context?.source !== undefined ? new Written(context.source) : value);
}

const is_branch = (value) => typeof value === "object" && value !== null && !(value instanceof Written);
const size = (value) => (Array.isArray(value) ? `[${value.length}]` : `{${Object.keys(value).length}}`);
const in_text = (value) => (value instanceof Written ? value.text : JSON.stringify(value));

function labelled(name, text) {
  const label = document.createElement("bdi");
  label.textContent = name;
  const said = document.createElement("bdi");
  said.textContent = text;
  return name === "" ? [said] : [label, ": ", said];
}

function leaf(name, value) {
  const line = document.createElement("div");
  line.append(...labelled(name, in_text(value)));
  return line;
}

function branch(name, text, entries) {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.append(...labelled(name, text));
  details.append(summary);
  details.addEventListener("toggle", () => details.append(...nodes(entries)), { once: true });
  return details;
}

function nodes(entries) {
  if (entries.length <= TOGETHER) {
    return entries.map(([name, value]) => (is_branch(value) ? branch(name, size(value), Object.entries(value)) : leaf(name, value)));
  }
  const parts = [];
  for (let first = 0; first < entries.length; first += TOGETHER) {
    const some = entries.slice(first, first + TOGETHER);
    parts.push(branch("", `${some[0][0]} … ${some.at(-1)[0]}`, some));
  }
  return parts;
}

customElements.define("json-tree", class extends HTMLElement {
  connectedCallback() {
    const pre = this.querySelector("pre");
    let value;
    try {
      value = parse(pre.textContent);
    } catch {
      return; // It was truncated.
    }
    if (!is_branch(value) || this.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "secondary";
    button.textContent = phrase("as_tree");
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      this.tree ??= this.made(value);
      pre.hidden = !pre.hidden;
      this.tree.hidden = !pre.hidden;
      button.setAttribute("aria-pressed", String(pre.hidden));
    });
    pre.before(button);
  }

  made(value) {
    const tree = document.createElement("div");
    tree.className = "tree";
    tree.hidden = true;
    const all = branch("", size(value), Object.entries(value));
    all.open = true;
    tree.append(all);
    this.append(tree);
    return tree;
  }
});
