// The axes of parallel coordinates: one for each parameter, with a lane of its own for "not active", and one objective.
const PARALLEL = { top: 46, bottom: 32, lane: 28 };

function parallelAxes(shown, height) {
  const gapped = (p) => rows.some((i) => counts(i) && T.params[p][i] === null);
  const [from, to] = [height - (shown.some(gapped) ? PARALLEL.bottom : 14), PARALLEL.top];
  const made = shown.map((p) => {
    const { name: title, kind } = PARAMETERS[p];
    const gaps = gapped(p);
    const scale = parameterScale(PARAMETERS[p], from - (gaps ? PARALLEL.lane : 0), to);
    return { key: p, title, scale, gaps, from, to, column: T.params[p], choice: kind === "choice" };
  });
  const values = rows.filter(counts).map((i) => valueOf(i));
  const { scale } = valueScale(values, LOWER[0], from, to);
  made.push({ key: "value", title: METRICS[0], scale, gaps: false, from, to, column: T.values[0], choice: false });
  return made;
}

// Where a trial crosses an axis; choices are spread inside their cell so that bundles show their size.
function crossing(axis, i) {
  const value = axis.column[i];
  const spread = ((T.number[i] * 0.6180339887) % 1) - 0.5;
  if (value === null) return axis.from - 4 + 8 * spread;
  if (axis.choice) {
    return axis.scale.at(value) + spread * Math.min(Math.abs(axis.scale.cell) * 0.5, 46);
  }
  return axis.scale.at(axis.scale.clamp(value));
}

function drawAxis(picture, axis, x, gap, number_, total) {
  const anchor = number_ === 0 ? "start" : number_ === total - 1 ? "end" : "middle";
  const at = number_ === 0 ? x - 18 : number_ === total - 1 ? x + 18 : x;
  const most = Math.max(6, Math.floor(gap / 7.4));
  picture.append(
    svg(
      "text",
      { class: "strong", x: at, y: number_ % 2 && gap < 96 ? 28 : 14, "text-anchor": anchor },
      svg("title", {}, axis.title),
      shortened(axis.title, number_ % 2 || gap >= 96 ? most : most + 4),
    ),
    svg("line", { class: "axis", x1: x, x2: x, y1: axis.to, y2: axis.from - (axis.gaps ? PARALLEL.lane - 6 : 0) }),
  );
  const ticks = axis.scale.ticks(6);
  for (const tick of ticks) {
    const y = axis.scale.at(tick);
    const text = shortened(axis.scale.text(tick, ticks), Math.max(5, Math.floor(gap / 8.5)));
    picture.append(
      svg("line", { class: "axis", x1: x - 3, x2: x + 3, y1: y, y2: y }),
      svg("text", { class: "over", x: x + 7, y: y + 4 }, text),
    );
  }
  if (axis.gaps)
    picture.append(
      svg("text", { class: "over", x, y: axis.from + 20, "text-anchor": number_ ? "middle" : "start" }, "not active"),
    );
}
