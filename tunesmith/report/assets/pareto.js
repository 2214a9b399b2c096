// Two objectives against each other, with the trials that no other one dominates.
function drawPareto() {
  if (METRICS.length < 2) return;
  const card = part(
    "pareto",
    "Trade-offs",
    `A trial is on the front when no other one is at least as good in every objective and better in one. ${plural(DATA.front.length, "trial")} of ${plural(DATA.counts.complete, "complete trial")} ${DATA.front.length === 1 ? "is" : "are"}.`,
    {},
  );
  let [across, up] = [0, 1];
  const tools = el(
    "div",
    { class: "tools" },
    legend([
      ["complete", "complete"],
      ["best", "on the front"],
    ]),
  );
  if (METRICS.length > 2) {
    tools.append(
      el("span", { class: "push" }),
      chooser("Across", METRICS, 0, (m) => {
        across = m;
        figure.repaint();
      }),
      chooser("Up", METRICS, 1, (m) => {
        up = m;
        figure.repaint();
      }),
    );
  }
  const host = el("figure", {});
  card.append(tools, host);
  const figure = chart(host, (width) => paretoPicture(width, across, up));
}

function paretoPicture(width, across, up) {
  const height = width < 520 ? 300 : 400;
  const known = thinned(
    rows.filter((i) => T.state[i] === COMPLETE && valueOf(i, across) !== null && valueOf(i, up) !== null),
    MOST_POINTS,
  );
  const front = DATA.front.filter((i) => valueOf(i, across) !== null);
  const picture = canvas(
    width,
    height,
    `${METRICS[up]} against ${METRICS[across]}`,
    front
      .slice(0, 12)
      .map((i) => `Trial ${T.number[i]}: ${METRICS.map((name, m) => `${name} ${number(valueOf(i, m))}`).join(", ")}.`)
      .join(" "),
  );
  if (!known.length) return picture;
  const { scale: y } = valueScale(
    known.map((i) => valueOf(i, up)),
    LOWER[up],
    height - 44,
    26,
    { full: true },
  );
  const ticks = y.ticks(6);
  const box = area(
    width,
    height,
    ticks.map((t) => y.text(t, ticks)),
    { bottom: 44 },
  );
  const { scale: x } = valueScale(
    known.map((i) => valueOf(i, across)),
    LOWER[across],
    box.left + 6,
    box.right - 6,
    { full: true },
  );
  const way = (m) => (LOWER[m] ? "lower is better" : "higher is better");
  yAxis(picture, box, y, `${METRICS[up]}  (${way(up)})`, 6);
  xAxis(picture, box, x, `${METRICS[across]}  (${way(across)})`);
  const at = (i) => [x.at(x.clamp(valueOf(i, across))), y.at(y.clamp(valueOf(i, up))), i];
  const inside = new Set(front);
  for (const kind of ["infeasible", "complete"]) {
    const of = known.filter((i) => !inside.has(i) && looks(i) === kind).map(at);
    if (of.length) picture.append(points(of, kind, known.length > 400 ? 2.4 : 3.4));
  }
  if (METRICS.length === 2) {
    const ordered = [...front].sort((a, b) => (LOWER[across] ? 1 : -1) * (valueOf(a, across) - valueOf(b, across)));
    const steps = [];
    for (const i of ordered) {
      const [px, py] = at(i);
      if (steps.length) steps.push([px, steps[steps.length - 1][1]]);
      steps.push([px, py]);
    }
    if (steps.length > 1) picture.append(lines([steps], "best"));
  }
  picture.append(points(front.map(at), "best", 4.2));
  explore(picture, [...known, ...front].map(at), ([, , i]) => trialFacts(i));
  return picture;
}
