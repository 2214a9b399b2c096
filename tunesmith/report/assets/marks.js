// Shapes of points. All points of one kind are one path, so thousands cost a handful of elements.
function glyph(shape, x, y, r) {
  const [a, b] = [x.toFixed(1), y.toFixed(1)];
  if (shape === "triangle") return `M${a},${(y - r * 1.1).toFixed(1)}l${r},${r * 1.9}h${-2 * r}z`;
  if (shape === "square")
    return `M${(x - r * 0.9).toFixed(1)},${(y - r * 0.9).toFixed(1)}h${1.8 * r}v${1.8 * r}h${-1.8 * r}z`;
  if (shape === "cross")
    return `M${(x - r).toFixed(1)},${(y - r).toFixed(1)}l${2 * r},${2 * r}m0,${-2 * r}l${-2 * r},${2 * r}`;
  if (shape === "star") {
    const corners = Array.from({ length: 10 }, (_, k) => {
      const angle = (Math.PI * k) / 5 - Math.PI / 2;
      const radius = k % 2 ? r * 0.75 : r * 1.75;
      return `${(x + radius * Math.cos(angle)).toFixed(1)},${(y + radius * Math.sin(angle)).toFixed(1)}`;
    });
    return `M${corners.join("L")}z`;
  }
  if (shape === "ring") return `M${(x - r).toFixed(1)},${b}a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0z`;
  return `M${a},${b}h.01`;
}

// One path of points of a kind: [[x, y], ...].
function points(places, kind, r = 3.6, shape = SHAPES[kind] || "circle") {
  const d = places.map(([x, y]) => glyph(shape, x, y, r)).join("");
  if (shape === "circle") return svg("path", { class: `dot ${kind}`, d, "stroke-width": 2 * r });
  const body = { star: "filled", ring: "hollow", triangle: "hollow", square: "hollow" }[shape] || "";
  return svg("path", { class: `dot ${kind} ${body}`, d, "stroke-width": shape === "star" ? 1 : 1.7 });
}

function withHalo(places, kind, r = 3.6) {
  const d = places.map(([x, y]) => glyph("circle", x, y, r)).join("");
  return svg("g", {}, svg("path", { class: "halo", d, "stroke-width": 2 * r + 2 }), points(places, kind, r));
}

function lines(paths, kind) {
  const d = paths.map((places) => "M" + places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")).join("");
  return svg("path", { class: `line ${kind}`, d });
}

// A legend: entries [kind, text]; the kinds "so-far" and "reference" are lines.
function legend(entries) {
  return el(
    "div",
    { class: "keys" },
    entries.map(([kind, text]) => {
      const line = kind === "so-far" || kind === "reference" || kind.includes("line");
      const icon = svg(
        "svg",
        { width: line ? 20 : 14, height: 12, "aria-hidden": "true" },
        line
          ? svg("path", { class: kind.includes("line") ? kind : `line ${kind}`, d: "M1,6H19" })
          : points([[7, 6]], kind, kind === "best" ? 3.4 : 3.8),
      );
      return el("span", { class: "key" }, icon, text);
    }),
  );
}

function rampKey(from, to) {
  return el(
    "span",
    { class: "ramp-key" },
    from,
    el(
      "span",
      {},
      el(
        "span",
        {},
        Array.from({ length: RAMP }, (_, k) => el("i", { class: "bg-" + k })),
      ),
    ),
    to,
  );
}
