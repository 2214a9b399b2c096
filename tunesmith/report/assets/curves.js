// Learning curves: complete, pruned (their last point marked) and failed trials, the best one bold.
function drawCurves() {
  const { metrics, curves, total } = DATA.curves;
  if (!curves.length) return;
  const pruned = curves.filter(({ row }) => T.state[row] === PRUNED).length;
  const card = part(
    "curves",
    "Learning curves",
    "What the trials reported while they ran." + (pruned ? " A triangle marks where a trial was pruned." : ""),
    {},
  );
  let metric = 0;
  const view = { log: false, full: false };
  const present = ["complete", "pruned", "failed", "paused", "running"].filter((state) =>
    curves.some(({ row }) => stateOf(row) === state),
  );
  const keys = present.map((state) => [state === "complete" ? "line complete" : state, state]);
  if (DATA.best && curves.some(({ row }) => row === DATA.best.row)) keys.push(["line bold best", "best"]);
  const controls = el("span", { class: "push" });
  if (metrics.length > 1)
    controls.append(
      chooser("Metric", metrics, 0, (m) => {
        metric = m;
        figure.repaint();
      }),
    );
  controls.append(
    checkbox("log scale", false, (on) => {
      view.log = on;
      figure.repaint();
    }),
    checkbox("full range", false, (on) => {
      view.full = on;
      figure.repaint();
    }),
  );
  card.append(el("div", { class: "tools" }, legend(keys), controls));
  const host = el("figure", {});
  const caption = el("figcaption");
  card.append(host);
  const figure = chart(host, (width) => curvesPicture(width, metric, view, caption, total));
  host.append(caption);
}

function metricLower(name) {
  const m = METRICS.indexOf(name);
  if (m >= 0) return LOWER[m];
  return !/acc|auc|f1|score|precision|recall|r2|reward|return|bleu|iou|map/i.test(name);
}

function curvesPicture(width, metric, view, caption, total) {
  const { metrics, curves } = DATA.curves;
  const height = width < 520 ? 290 : 340;
  const series = curves
    .map(({ row, steps, values }) => ({
      row,
      places: steps.map((step, k) => [step, values[metric][k]]).filter(([, value]) => value !== null),
    }))
    .filter(({ places }) => places.length);
  const values = series.flatMap(({ places }) => places.map(([, value]) => value));
  const useLog = view.log && values.length > 0 && values.every((v) => v > 0);
  const name = metrics[metric];
  const picture = canvas(width, height, `Learning curves of ${name}`, `${plural(series.length, "curve")}.`);
  if (!values.length) return picture;
  const { scale: y, cut } = valueScale(values, metricLower(name), height - 44, 26, { ...view, log: useLog });
  const ticks = y.ticks(5);
  const box = area(
    width,
    height,
    ticks.map((t) => y.text(t, ticks)),
    { bottom: 44 },
  );
  const steps = series.flatMap(({ places }) => [places[0][0], places[places.length - 1][0]]);
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  const x = wholeTicks(linear(first, Math.max(last, first + 1), box.left + 8, box.right - 10));
  yAxis(picture, box, y, name, 5);
  xAxis(picture, box, x, "step");
  const at = ([step, value]) => [x.at(step), y.at(y.clamp(value))];
  const many = series.length > 60 ? " thin faint" : " thin";
  for (const state of ["running", "waiting", "paused", "failed", "pruned", "complete"]) {
    const of = series.filter(({ row }) => stateOf(row) === state);
    if (of.length)
      picture.append(
        lines(
          of.map(({ places }) => places.map(at)),
          state + many,
        ),
      );
  }
  for (const state of ["failed", "pruned"]) {
    const ends = series.filter(({ row }) => stateOf(row) === state).map(({ places }) => at(places[places.length - 1]));
    if (ends.length) picture.append(points(ends, state, 3.4));
  }
  const best = DATA.best && series.find(({ row }) => row === DATA.best.row);
  if (best)
    picture.append(
      lines([best.places.map(at)], "best bold"),
      points([at(best.places[best.places.length - 1])], "best", 4.2),
    );
  const over = svg("g");
  picture.append(over);
  const all = series.flatMap(({ row, places }) => places.map((place) => [...at(place), row, place]));
  explore(
    picture,
    all,
    ([, , i, [step, value]]) =>
      trialFacts(i, [
        ["step", step],
        [name, number(value, 5)],
      ]),
    {
      onchange: (place) =>
        over.replaceChildren(
          ...(place ? [lines([series.find(({ row }) => row === place[2]).places.map(at)], "so-far bold")] : []),
        ),
    },
  );
  const notes = [
    `${plural(series.length, "curve")}${series.length < total ? ` of ${total.toLocaleString("en")}: the best ones and an even sample of the others` : ""}, steps ${first} to ${last}.`,
  ];
  if (cut) notes.push(`${plural(cut, "point")} beyond the axis ${cut === 1 ? "is" : "are"} drawn at its edge.`);
  if (view.log && !useLog) notes.push("No log scale: some values are not above zero.");
  caption.textContent = notes.join(" ");
  return picture;
}
