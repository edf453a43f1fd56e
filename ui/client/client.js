// What Streamlit leaves undone: the cursor, the sidebar on a phone, and its own English words.

const NARROW = 768; // as Streamlit's own style has it
const SAID = ["aria-label", "placeholder"];

let place, count, sayings, watcher;

export default function ({ data }) {
  if (place !== undefined && data.place !== place && innerWidth <= NARROW) closeSidebar();
  place = data.place;
  if (data.focus && data.focus.count !== count) {
    count = data.focus.count;
    soon(() => focus(data.focus), Date.now() + (data.focus.when === "if lost" ? 15000 : 5000));
  }
  say(data.sayings);
}

function soon(act, until) {
  // Again and again until it can be done: a field may still be on its way.
  if (!act() && Date.now() < until) setTimeout(() => soon(act, until), 100);
}

function closeSidebar() {
  const sidebar = document.querySelector('[data-testid="stSidebar"]');
  if (sidebar?.dataset.collapsed === "false") {
    sidebar.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  }
}

function focus({ key, when }) {
  if (when !== "always" && matchMedia("(pointer: coarse)").matches) return true;
  if (when === "if lost" && isSomewhere()) return false; // what was pressed may still be on its way out
  const holder = document.querySelector(`.st-key-${CSS.escape(key)}`);
  const field = holder?.querySelector("textarea, input:not([type=file])") ?? holder;
  if (!field || field.disabled) return false;
  if (field === holder) {
    holder.tabIndex = -1; // no field, and yet what is to be seen and read next
    holder.style.outline = "none";
  }
  if (when === "always" && !isInSight(field)) field.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
  return true;
}

function isInSight(element) {
  const { top, bottom } = element.getBoundingClientRect();
  const bar = document.querySelector(".st-key-asking")?.getBoundingClientRect().top ?? innerHeight; // lies over the page
  return top >= 0 && bottom <= bar;
}

function isSomewhere() {
  const active = document.activeElement;
  return active && active !== document.body && !active.disabled;
}

function say(told) {
  if (JSON.stringify(sayings) === JSON.stringify(told)) return;
  sayings = told;
  watcher?.disconnect();
  watcher = new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      type === "childList" ? addedNodes.forEach(sayAll) : sayOne(target);
    }
  });
  const what = { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: SAID };
  watcher.observe(document.body, what);
  sayAll(document.body);
}

function sayAll(root) {
  const all = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = root; node; node = all.nextNode()) sayOne(node);
}

function sayOne(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const ours = sayings.texts[node.data];
    if (ours) node.data = ours;
  } else if (node.nodeType === Node.ELEMENT_NODE) {
    for (const name of SAID) {
      const ours = node.hasAttribute(name) && labelled(node.getAttribute(name), sayings.labels);
      if (ours && node.getAttribute(name) !== ours) node.setAttribute(name, ours);
    }
  }
}

function labelled(text, labels) {
  // "Close"; "Download as CSV: The documents"; "Help for Collection"
  if (labels[text]) return labels[text];
  const [first, ...rest] = text.split(": ");
  if (rest.length && labels[first]) return [labels[first], ...rest].join(": ");
  const help = text.match(/^Help for (.+)$/);
  return help && labels["Help for {name}"]?.replace("{name}", () => help[1]);
}
