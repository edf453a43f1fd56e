// An answer as people see it. All that is foreign becomes text nodes; nothing is ever parsed as HTML.

const drawn = new WeakMap();

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  let card = drawn.get(parentElement);
  if (!card) {
    card = element("article", "card");
    parentElement.append(card);
    drawn.set(parentElement, card);
  }
  const { fresh, ...shown } = data;
  const told = JSON.stringify(shown);
  if (card.told !== told) {
    card.told = told;
    data.state === "done" ? finished(card, data) : writing(card, data);
  }
  if (fresh && card.shows !== data.state) {
    card.shows = data.state;
    showBeginning(card);
  }
  card.open = (button, kind, at) => {
    comesBackTo(button);
    setTriggerValue("opened", { kind, at });
  };
  return () => {
    if (card.speaks) speechSynthesis.cancel();
  };
}

function showBeginning(card) {
  // An answer is read from its beginning, while the page around it still grows. Whoever moves the page himself is left
  // alone.
  const until = Date.now() + 1000;
  let moved = false;
  for (const event of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    window.addEventListener(event, () => (moved = true), { once: true, passive: true });
  }
  const show = () => {
    if (moved || Date.now() > until) return;
    card.scrollIntoView({ block: "start" });
    setTimeout(show, 100);
  };
  show();
}

function writing(card, data) {
  // Only what changed is touched: a reader who has selected something of it keeps that.
  card.setAttribute("aria-busy", "true");
  card.setAttribute("aria-label", data.labels.answer);
  if (!card.live) {
    card.live = { status: element("p", "status"), bar: element("progress"), text: element("div", "text") };
    card.replaceChildren(card.live.status, card.live.bar, card.live.text);
  }
  const { status, bar, text } = card.live;
  status.textContent = data.status;
  bar.hidden = !data.total;
  bar.max = data.total || 1;
  bar.value = data.read || 0;
  bar.setAttribute("aria-label", data.status);
  if (text.textContent !== data.text) text.textContent = data.text;
}

function finished(card, data) {
  card.live = null;
  card.removeAttribute("aria-busy");
  card.setAttribute("aria-label", data.labels.answer);
  card.replaceChildren(
    textOf(card, data),
    ...data.notes.map((note) => element("p", "note", note)),
    ...list(card, data.sources, data.labels.sources, (source, at) => sourceOf(card, source, at)),
    foot(card, data),
    ...folded(
      data.consultedAs,
      data.consulted.length && element("ul", "places", ...data.consulted.map((place, at) => placeOf(card, place, at))),
      data.abstained
    ),
    ...folded(data.labels.figures, data.figures.length && figures(data.figures))
  );
}

function textOf(card, data) {
  const text = element("div", data.abstained ? "text abstained" : "text");
  text.lang = data.language;
  text.dir = "auto";
  for (const piece of data.pieces) {
    if ("cites" in piece) {
      const source = data.sources[piece.cites];
      const button = element("button", "marker", String(piece.number));
      button.type = "button";
      button.lang = data.page;
      const label = data.labels.source.replace("{number}", piece.number).replace("{place}", source.place);
      button.setAttribute("aria-label", label);
      button.title = source.place;
      button.onclick = () => card.open(button, "cited", piece.cites);
      text.append(button);
    } else if (piece.doubtful) {
      const hidden = element("span", "hidden", ` (${data.labels.doubtful})`);
      hidden.lang = data.page;
      text.append(element("span", "doubtful", piece.text, hidden));
    } else {
      text.append(piece.text);
    }
  }
  return text;
}

function sourceOf(card, source, at) {
  const button = element(
    "button",
    "source",
    element("span", "number", String(source.number)),
    element("span", "where", element("span", "place", source.place), element("q", "quote", source.quote))
  );
  button.type = "button";
  button.onclick = () => card.open(button, "cited", at);
  return element("li", "", button);
}

function placeOf(card, place, at) {
  const button = element("button", "plain", place);
  button.type = "button";
  button.onclick = () => card.open(button, "consulted", at);
  return element("li", "", button);
}

function comesBackTo(button) {
  // Streamlit does not see into a shadow root, and would leave the focus nowhere when its dialog is closed.
  let seen = false;
  const watcher = new MutationObserver(() => {
    const there = document.querySelector('[role="dialog"]') !== null;
    if (seen && !there) {
      watcher.disconnect();
      setTimeout(() => button.focus({ preventScroll: true }), 50);
    }
    seen = seen || there;
  });
  watcher.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => seen || watcher.disconnect(), 30000);
}

function list(card, items, title, draw) {
  if (!items.length) return [];
  return [element("h3", "title", title), element("ul", "sources", ...items.map(draw))];
}

function folded(title, inside, open = false) {
  if (!inside) return [];
  const details = element("details", "", element("summary", "", title), inside);
  details.open = open;
  return [details];
}

function figures(pairs) {
  return element("dl", "", ...pairs.flatMap(([term, value]) => [element("dt", "", term), element("dd", "", value)]));
}

function foot(card, data) {
  if (!data.made && !data.spoken) return "";
  const row = element("div", "foot", element("span", "made", data.made));
  if (data.spoken) {
    row.append(element("span", "actions", copier(data), window.speechSynthesis ? reader(card, data) : ""));
  }
  return row;
}

function copier(data) {
  const button = element("button", "action", data.labels.copy);
  button.type = "button";
  button.onclick = async () => {
    await copy(data.copied, button);
    button.textContent = data.labels.copied;
    setTimeout(() => (button.textContent = data.labels.copy), 2000);
  };
  return button;
}

async function copy(text, button) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without TLS, and not on this machine, browsers have no clipboard but this one.
  const area = element("textarea", "hidden");
  area.value = text;
  button.after(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  button.focus();
}

function reader(card, data) {
  const button = element("button", "action", data.labels.read);
  button.type = "button";
  const rest = () => {
    card.speaks = false;
    button.textContent = data.labels.read;
  };
  button.onclick = () => {
    const speaks = card.speaks;
    speechSynthesis.cancel();
    if (speaks) return rest();
    const said = new SpeechSynthesisUtterance(data.spoken);
    said.lang = data.language || data.page;
    said.onend = said.onerror = rest;
    card.speaks = true;
    button.textContent = data.labels.quiet;
    speechSynthesis.speak(said);
  };
  return button;
}

function element(name, style = "", ...inside) {
  const made = document.createElement(name);
  if (style) made.className = style;
  made.append(...inside);
  return made;
}
