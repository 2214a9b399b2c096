// Elements, and nothing but elements: text enters the document as text nodes only.
const DATA = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

// A part of the page: a card with a heading, a sentence on how to read it, and an entry in the contents.
function part(id, title, lead, options = {}) {
  const card = el(
    "section",
    { class: options.half ? "card half" : "card", id, "aria-labelledby": id + "-title" },
    el("h2", { id: id + "-title" }, title),
    lead ? el("p", { class: "lead" }, lead) : null,
  );
  document.getElementById("main").append(card);
  document.getElementById("contents").append(el("a", { href: "#" + id }, options.short || title));
  return card;
}

let figureCount = 0;

// A drawing that follows the width of its place. `draw(width, frame)` returns the svg element.
function chart(host, draw) {
  const frame = el("div", { class: "chart" });
  host.append(frame);
  let width = 0;
  const paint = (force) => {
    const now = Math.floor(frame.clientWidth);
    if (!now || (now === width && !force)) return;
    width = now;
    frame.replaceChildren(draw(now, frame));
  };
  new ResizeObserver(() => paint(false)).observe(frame);
  paint(true);
  return { frame, repaint: () => paint(true) };
}

function canvas(width, height, title, description) {
  figureCount += 1;
  const base = "figure-" + figureCount;
  return svg(
    "svg",
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-labelledby": base + "-t " + base + "-d",
    },
    svg("title", { id: base + "-t" }, title),
    svg("desc", { id: base + "-d" }, description),
  );
}

function checkbox(label, checked, onchange) {
  const box = el("input", { type: "checkbox" });
  box.checked = checked;
  box.addEventListener("change", () => onchange(box.checked));
  return el("label", {}, box, label);
}

function chooser(label, names, chosen, onchange) {
  const select = el(
    "select",
    {},
    names.map((name, i) => el("option", { value: i }, name)),
  );
  select.value = String(chosen);
  select.addEventListener("change", () => onchange(Number(select.value)));
  return el("label", {}, label, select);
}
