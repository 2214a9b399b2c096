// Every trial in the order of its number, the best so far, and what was pruned or failed.
function drawHistory() {
  if (!N) return;
  const several = METRICS.length > 1;
  const card = part("history", "History", "Each mark is a trial; the line is the best value so far.", {});
  let objective = 0;
  const view = { log: false, full: false };
  const all = (m) => rows.filter((i) => valueOf(i, m) !== null).map((i) => valueOf(i, m));
  const canLog = () => all(objective).length > 0 && all(objective).every((v) => v > 0);
  const present = ["complete", "infeasible", "pruned", "paused", "failed"].filter((kind) =>
    rows.some((i) => looks(i) === kind),
  );
  const keys = present.map((kind) => [kind, kind === "infeasible" ? "breaks a constraint" : kind]);
  if (!several && DATA.best) keys.push(["best", "best"]);
  keys.push(["so-far", "best so far"]);
  if (!several && DATA.defaults) keys.push(["reference", "the defaults"]);
  const tools = el("div", { class: "tools" }, legend(keys));
  const controls = el("span", { class: "push" });
  if (several)
    controls.append(
      chooser("Objective", METRICS, 0, (m) => {
        objective = m;
        figure.repaint();
      }),
    );
  if (canLog())
    controls.append(
      checkbox("log scale", false, (on) => {
        view.log = on;
        figure.repaint();
      }),
    );
  controls.append(
    checkbox("full range", false, (on) => {
      view.full = on;
      figure.repaint();
    }),
  );
  tools.append(controls);
  const caption = el("figcaption");
  const host = el("figure", {});
  card.append(tools, host);
  const figure = chart(host, (width) =>
    historyPicture(width, objective, { ...view, log: view.log && canLog() }, caption),
  );
  host.append(caption);
}

function bestSoFar(objective) {
  const line = [];
  let best = null;
  for (const i of rows) {
    if (T.state[i] !== COMPLETE || infeasible(i) || valueOf(i, objective) === null) continue;
    if (best === null || better(valueOf(i, objective), best, objective)) {
      best = valueOf(i, objective);
      line.push([i, best]);
    }
  }
  return line;
}

function historyPicture(width, objective, view, caption) {
  const steps = bestSoFar(objective);
  const valued = rows.filter((i) => valueOf(i, objective) !== null);
  const lost = rows.filter((i) => T.state[i] === FAILED);
  const core = valued.filter((i) => T.state[i] === COMPLETE).map((i) => valueOf(i, objective));
  const height = width < 520 ? 290 : 340;
  const lane = lost.length ? 26 : 0;
  const values = core.length && !view.full ? core : valued.map((i) => valueOf(i, objective));
  const { scale: y } = valueScale(values, LOWER[objective], height - 44 - lane, 26, view);
  const ticks = y.ticks(5);
  const box = area(width, height, [...ticks.map((t) => y.text(t, ticks)), lane ? "failed" : ""], { bottom: 44 });
  const floor = box.bottom - lane;
  const [first, last] = [T.number[0], T.number[N - 1]];
  const x = linear(first, Math.max(last, first + 1), box.left + 8, box.right - 8);
  const best = steps.length ? steps[steps.length - 1] : null;
  const summary = historySummary(objective, steps, valued.length);
  const picture = canvas(width, height, `History of ${METRICS[objective]}`, summary);
  yAxis(
    picture,
    { ...box, bottom: floor },
    y,
    METRICS[objective] + (LOWER[objective] ? "  (lower is better)" : "  (higher is better)"),
    5,
  );
  if (lane) {
    picture.append(
      svg("rect", { class: "lane", x: box.left, y: floor + 8, width: box.right - box.left, height: lane - 8, rx: 3 }),
      svg("text", { x: box.left - 8, y: floor + 21, "text-anchor": "end" }, "failed"),
    );
  }
  xAxis(picture, box, wholeTicks(x), "trial");
  const beyond = valued.filter((i) => y.clamp(valueOf(i, objective)) !== valueOf(i, objective));
  const place = (i) => [x.at(T.number[i]), y.at(y.clamp(valueOf(i, objective))), i];
  const drawn = thinned(valued, MOST_POINTS);
  const places = drawn.map(place);
  const dot = N > 2000 ? 1.8 : N > 400 ? 2.6 : 3.6;
  if (objective === 0 && METRICS.length === 1 && DATA.defaults) {
    const level = y.at(y.clamp(DATA.defaults.value));
    picture.append(svg("line", { class: "line reference", x1: box.left, x2: box.right, y1: level, y2: level }));
  }
  for (const kind of ["paused", "pruned", "infeasible", "complete", "running"]) {
    const of = places.filter(([, , i]) => looks(i) === kind);
    if (of.length) picture.append(points(of, kind, kind === "complete" ? dot : dot * 0.95));
  }
  if (steps.length) {
    const path = [];
    for (const [i, value] of steps) {
      const [px, py] = [x.at(T.number[i]), y.at(y.clamp(value))];
      if (path.length) path.push([px, path[path.length - 1][1]]);
      path.push([px, py]);
    }
    path.push([box.right - 8, path[path.length - 1][1]]);
    picture.append(lines([path], "so-far"));
  }
  const failedPlaces = lost.map((i) => [x.at(T.number[i]), floor + 8 + (lane - 8) / 2, i]);
  if (lane) picture.append(points(thinnedPlaces(failedPlaces, 1000), "failed", 3.4));
  if (best && METRICS.length === 1) picture.append(points([[x.at(T.number[best[0]]), y.at(best[1])]], "best", 4.6));
  explore(picture, [...places, ...failedPlaces], ([, , i]) =>
    trialFacts(i, T.state[i] === FAILED ? [["reason", coded(T.reason, i)]] : []),
  );
  const notes = [summary];
  if (beyond.length)
    notes.push(
      `${plural(beyond.length, "value")} beyond the axis ${beyond.length === 1 ? "is" : "are"} drawn at its edge.`,
    );
  if (drawn.length < valued.length)
    notes.push(
      `${drawn.length.toLocaleString("en")} of ${valued.length.toLocaleString("en")} points are drawn, the best ones among them.`,
    );
  caption.textContent = notes.join(" ");
  return picture;
}

function thinnedPlaces(places, most) {
  if (places.length <= most) return places;
  return Array.from({ length: most }, (_, k) => places[Math.floor((k * places.length) / most)]);
}

// Trials are counted in whole numbers.
function wholeTicks(scale) {
  return {
    ...scale,
    ticks: (count) => linearTicks(scale.low, scale.high, count).filter(Number.isInteger),
    text: (tick) => tick.toLocaleString("en"),
  };
}

function historySummary(objective, steps, valued) {
  if (!steps.length) return `No trial has completed; ${plural(valued, "trial")} reported a value.`;
  const [row, value] = steps[steps.length - 1];
  const name = METRICS[objective];
  if (steps.length === 1) return `The best ${name}, ${number(value)}, came with trial ${T.number[row]}.`;
  return `${name} went from ${number(steps[0][1])} to ${number(value)} in ${plural(steps.length - 1, "improvement")}, the last one by trial ${T.number[row]}.`;
}
