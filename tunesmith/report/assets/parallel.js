// Parallel coordinates: drag along an axis to choose a range; the trials through all ranges stay, the others fade.
const MOST_LINES = 1000;
const brushes = new Map();
let selectionChanged = () => {};

function drawParallel() {
  if (!PARAMETERS.length || METRICS.length > 1 || ranked().length < 2) return;
  const card = part(
    "parallel",
    "Parallel coordinates",
    "Each line is a complete trial; the stronger its colour, the better. Drag along an axis to keep the trials that cross it there; click the axis to let go.",
    { short: "Parallel" },
  );
  const status = el("span", { role: "status" });
  const clear = el(
    "button",
    {
      type: "button",
      onclick: () => {
        brushes.clear();
        figure.repaint();
      },
    },
    "Clear",
  );
  const list = el("a", { href: "#trials" }, "List them below");
  card.append(
    el("div", { class: "tools" }, rampKey("worst", "best"), el("span", { class: "push" }, status), list, clear),
  );
  const host = el("figure", { class: "scroll", tabindex: "0", "aria-label": "Parallel coordinates, scrolls sideways" });
  const drawn = thinned(rows.filter(counts), MOST_LINES);
  const colours = rankColours(drawn);
  card.append(host);
  const update = (axes) => {
    const kept = selectedRows(axes);
    const chosen = new Set(kept);
    const best = ranked().find((i) => chosen.has(i));
    clear.disabled = !brushes.size;
    list.hidden = !brushes.size;
    status.textContent = !brushes.size
      ? `${plural(drawn.length, "trial")}` +
        (drawn.length < ranked().length ? ` of ${ranked().length.toLocaleString("en")} drawn` : "")
      : `${plural(kept.length, "trial")} of ${ranked().length.toLocaleString("en")}` +
        (kept.length ? `, best ${number(valueOf(best))}` : "");
    selectionChanged(brushes.size ? chosen : null);
  };
  const note = el("figcaption");
  const figure = chart(host, (width) => {
    const most = Math.max(8, Math.floor((width - 110) / 96));
    const shown = PARAMETERS.map((_, p) => p).slice(0, most);
    const left = PARAMETERS.length - shown.length;
    for (const key of brushes.keys()) if (typeof key === "number" && !shown.includes(key)) brushes.delete(key);
    note.textContent = left
      ? `The ${left === 1 ? "least important parameter has" : `${left} least important parameters have`} no axis here.`
      : "";
    return parallelPicture(width, shown, drawn, colours, update);
  });
  card.append(note);
}

// Ramp index of each row: by rank, so that outliers do not use up the colours.
function rankColours(drawn) {
  const inside = new Set(drawn);
  const order = ranked()
    .filter((i) => inside.has(i))
    .reverse();
  return new Map(order.map((i, k) => [i, Math.min(RAMP - 1, Math.floor((RAMP * k) / order.length))]));
}

function selectedRows(axes) {
  return rows.filter(
    (i) =>
      counts(i) &&
      axes.every((axis) => {
        const range = brushes.get(axis.key);
        if (!range) return true;
        const y = crossing(axis, i);
        return y >= range[0] - 0.01 && y <= range[1] + 0.01;
      }),
  );
}

function parallelPicture(width, shown, drawn, colours, update) {
  const height = 400;
  const total = Math.max(width, 96 * shown.length + 110);
  const axes = parallelAxes(shown, height);
  const [left, right] = [20, total - 70];
  const gap = (right - left) / Math.max(1, axes.length - 1);
  const xs = axes.map((_, k) => left + k * gap);
  const picture = canvas(
    total,
    height,
    `Parallel coordinates of ${plural(drawn.length, "trial")}`,
    `Axes: ${listed(axes.map((axis) => axis.title))}. The best trial: ${DATA.best ? DATA.best.params.map(([name, value]) => `${name} ${said(value)}`).join(", ") : "none"}.`,
  );
  const body = svg("g");
  const overlay = svg("g");
  const pathOf = (i) => axes.map((axis, k) => [xs[k], crossing(axis, i)]);
  const paths = new Map(drawn.map((i) => [i, pathOf(i)]));
  const refresh = () => {
    const kept = new Set(selectedRows(axes));
    const thin = drawn.length > 200 ? " thin" : "";
    body.replaceChildren();
    const faded = drawn.filter((i) => !kept.has(i));
    if (faded.length)
      body.append(
        lines(
          faded.map((i) => paths.get(i)),
          "ramp-0 fainter" + thin,
        ),
      );
    for (let colour = 0; colour < RAMP; colour += 1) {
      const of = drawn.filter((i) => kept.has(i) && colours.get(i) === colour);
      if (of.length)
        body.append(
          lines(
            of.map((i) => paths.get(i)),
            `ramp-${colour}${thin}`,
          ),
        );
    }
    const best = ranked()[0];
    if (kept.has(best)) body.append(lines([paths.get(best)], "best bold"));
    update(axes);
  };
  picture.append(body, overlay);
  axes.forEach((axis, k) => drawAxis(picture, axis, xs[k], gap, k, axes.length));
  axes.forEach((axis, k) => picture.append(brushOf(axis, xs[k], refresh, picture)));
  hoverLines(picture, overlay, drawn, paths, xs);
  refresh();
  return picture;
}

// A range that is dragged along one axis.
function brushOf(axis, x, refresh, picture) {
  const low = axis.from + 8;
  const mark = svg("rect", { class: "brush", x: x - 9, width: 18, rx: 3 });
  const handle = svg("rect", { class: "handle", x: x - 15, y: axis.to - 8, width: 30, height: low - axis.to + 16 });
  const place = () => {
    const range = brushes.get(axis.key);
    mark.setAttribute("y", range ? range[0] : 0);
    mark.setAttribute("height", range ? range[1] - range[0] : 0);
    mark.setAttribute("visibility", range ? "visible" : "hidden");
  };
  const at = (event) => Math.min(low, Math.max(axis.to - 8, event.clientY - picture.getBoundingClientRect().top));
  let start = null;
  handle.addEventListener("pointerdown", (event) => {
    start = at(event);
    handle.setPointerCapture(event.pointerId);
    hideTip();
  });
  handle.addEventListener("pointermove", (event) => {
    if (start === null) return;
    const now = at(event);
    if (Math.abs(now - start) > 4) brushes.set(axis.key, [Math.min(start, now), Math.max(start, now)]);
    else brushes.delete(axis.key);
    place();
    refresh();
  });
  const end = (event) => {
    if (start !== null && Math.abs(at(event) - start) <= 4) {
      brushes.delete(axis.key);
      place();
      refresh();
    }
    start = null;
  };
  handle.addEventListener("pointerup", end);
  handle.addEventListener("pointercancel", end);
  place();
  return svg("g", {}, mark, handle);
}

function hoverLines(picture, overlay, drawn, paths, xs) {
  picture.addEventListener("pointermove", (event) => {
    if (event.buttons) return;
    const frame = picture.getBoundingClientRect();
    const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
    const k = Math.max(
      1,
      xs.findIndex((edge) => edge >= x),
    );
    const share = (x - xs[k - 1]) / (xs[k] - xs[k - 1]);
    let nearest = null;
    let least = 8;
    for (const i of drawn) {
      const path = paths.get(i);
      const distance = Math.abs(path[k - 1][1] + share * (path[k][1] - path[k - 1][1]) - y);
      if (distance < least) {
        least = distance;
        nearest = i;
      }
    }
    overlay.replaceChildren();
    if (nearest === null || x < xs[0] - 10 || x > xs[xs.length - 1] + 10) {
      hideTip();
      return;
    }
    overlay.append(lines([paths.get(nearest)], "so-far bold"));
    showTip(event.clientX, event.clientY, trialFacts(nearest));
  });
  picture.addEventListener("pointerleave", () => {
    overlay.replaceChildren();
    hideTip();
  });
}
