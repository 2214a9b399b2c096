// One small picture a parameter: its value against the objective, the later trials stronger.
const MOST_SLICES = 8;
const MOST_SLICE_POINTS = 1500;

function drawSlices() {
  const usable = PARAMETERS.map((_, p) => p).filter((p) => rows.some((i) => counts(i) && T.params[p][i] !== null));
  if (!usable.length) return;
  const card = part(
    "slices",
    "Parameter by parameter",
    "Where the good values lie. Most important first; each mark is a complete trial; the stronger its colour, the later it came.",
    { short: "Slices" },
  );
  let objective = 0;
  let all = false;
  const grid = el("div", { class: "small-multiples" });
  const tools = el("div", { class: "tools" }, rampKey("early", "late"), DATA.best ? legend([["best", "best"]]) : null);
  if (METRICS.length > 1)
    tools.append(
      el(
        "span",
        { class: "push" },
        chooser("Objective", METRICS, 0, (m) => {
          objective = m;
          fillGrid();
        }),
      ),
    );
  const fillGrid = () => {
    grid.replaceChildren();
    for (const p of all ? usable : usable.slice(0, MOST_SLICES)) slice(grid, p, objective);
  };
  card.append(tools, grid);
  if (usable.length > MOST_SLICES) {
    const more = el(
      "button",
      {
        type: "button",
        onclick: () => {
          all = true;
          more.remove();
          fillGrid();
        },
      },
      `Show all ${usable.length} parameters`,
    );
    card.append(el("div", { class: "pager" }, more));
  }
  fillGrid();
}

function slice(grid, p, objective) {
  const parameter = PARAMETERS[p];
  const chosen = thinned(
    rows.filter((i) => counts(i) && valueOf(i, objective) !== null && T.params[p][i] !== null),
    MOST_SLICE_POINTS,
  );
  const host = el(
    "figure",
    {},
    el(
      "div",
      { class: "panel-title" },
      el("h3", {}, parameter.name),
      el(
        "span",
        {},
        [
          parameter.clear && DATA.importance.exact ? percent(parameter.share) : "",
          parameter.active < N ? `active in ${parameter.active.toLocaleString("en")}` : "",
        ]
          .filter(Boolean)
          .join(", "),
      ),
    ),
  );
  grid.append(host);
  chart(host, (width) => slicePicture(width, p, objective, chosen));
}

function slicePicture(width, p, objective, chosen) {
  const parameter = PARAMETERS[p];
  const height = 190;
  const values = rows.filter((i) => counts(i)).map((i) => valueOf(i, objective));
  const { scale: y } = valueScale(values, LOWER[objective], height - 26, 10);
  const ticks = y.ticks(4);
  const box = area(
    width,
    height,
    ticks.map((t) => y.text(t, ticks)),
    { top: 10, bottom: 26 },
  );
  const x = parameterScale(parameter, box.left + 10, box.right - 8);
  const ordered = [...chosen].sort((a, b) => valueOf(a, objective) - valueOf(b, objective));
  const ends = ordered.length
    ? ` from ${number(valueOf(ordered[0], objective))} to ${number(valueOf(ordered[ordered.length - 1], objective))}`
    : "";
  const picture = canvas(
    width,
    height,
    `${parameter.name} against ${METRICS[objective]}`,
    `${plural(chosen.length, "trial")}; ${METRICS[objective]}${ends}. ${parameter.describe}.`,
  );
  yAxis(picture, box, y, null, 4);
  xAxis(picture, box, x, null, Math.max(2, Math.floor((box.right - box.left) / 62)));
  const spread = (i) =>
    parameter.kind === "choice" ? (((T.number[i] * 0.6180339887) % 1) - 0.5) * Math.min(x.cell * 0.55, 42) : 0;
  const places = chosen.map((i) => [x.at(T.params[p][i]) + spread(i), y.at(y.clamp(valueOf(i, objective))), i]);
  const dot = chosen.length > 400 ? 2 : 3.2;
  for (let colour = 0; colour < RAMP; colour += 1) {
    const of = places.filter(([, , i]) => Math.min(RAMP - 1, Math.floor((RAMP * i) / N)) === colour);
    if (of.length) picture.append(points(of, `ramp-${colour}`, dot, "circle"));
  }
  const best = DATA.best && places.find(([, , i]) => i === DATA.best.row);
  if (best) picture.append(points([best], "best", 4.2));
  explore(picture, places, ([, , i]) => trialFacts(i), { reach: 18 });
  return picture;
}
