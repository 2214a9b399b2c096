// The head of the page: what was tuned, what came out, how long it took.
function drawHeader() {
  const study = DATA.study;
  const aims = METRICS.map((name, m) => `${LOWER[m] ? "minimise" : "maximise"} ${name}`);
  const facts = [listed(aims), plural(N, "trial"), "seed " + DATA.rerun.facts[0][1]];
  if (study.constraints.length) facts.push("subject to " + listed(study.constraints));
  if (DATA.time.ended !== null) facts.push(moment(DATA.time.ended));
  document.title = `${study.name} · tuning report`;
  fill(document.getElementById("header"), {}, [
    el("p", { class: "overline" }, "Tuning report"),
    el("h1", {}, study.name),
    el(
      "p",
      { class: "subtitle" },
      facts.map((fact, k) => [k ? el("span", { class: "sep", "aria-hidden": "true" }, "·") : null, fact]),
    ),
    study.note ? el("p", { class: "subtitle" }, study.note) : null,
    el("div", { class: "tiles" }, bestTile(), gainTile(), trialsTile(), timeTile()),
  ]);
}

function tile(label, figure, note, tone = "") {
  return el(
    "div",
    { class: "tile" },
    el("div", { class: "label" }, label),
    el("div", { class: "figure " + tone }, figure),
    el("div", { class: "note" }, note),
  );
}

function bestTile() {
  if (METRICS.length > 1) {
    return tile(
      "Pareto front",
      String(DATA.front.length),
      `trials of which none is worse in every objective, of ${plural(DATA.counts.complete, "complete trial")}`,
    );
  }
  const best = DATA.best;
  if (!best) return tile(`Best ${METRICS[0]}`, "–", "no trial has completed yet");
  return tile(
    `Best ${METRICS[0]}`,
    number(best.value, 5),
    `trial ${best.number} of ${DATA.counts.complete.toLocaleString("en")} complete ones`,
  );
}

// The gain on unseen data where it was measured, else the plain difference to the defaults, with its caveat.
function gainTile() {
  const gain = DATA.gain;
  if (gain) {
    const sure = `${Math.round(100 * gain.level)}\u202f% interval ${signed(gain.low)} to ${signed(gain.high)}`;
    const test =
      gain.p_value === null ? "" : `, p ${gain.p_value < 0.001 ? "< 0.001" : "= " + number(gain.p_value, 2)} (McNemar)`;
    return tile(
      `Against the defaults, ${gain.metric}`,
      signed(gain.difference),
      `${number(gain.defaults)} → ${number(gain.best)} on ${plural(gain.samples, "held-out sample")}; ${sure}${test}`,
      gain.clear ? "good" : "",
    );
  }
  if (DATA.best && DATA.defaults) {
    const [best, defaults] = [DATA.best.value, DATA.defaults.value];
    return tile(
      "Against the defaults",
      signed(best - defaults),
      `${number(defaults)} → ${number(best)} on the data of the search, which flatters the best`,
    );
  }
  if (METRICS.length > 1) return bestOfEachTile();
  return tile("Against the defaults", "–", "not known: the default config was not among the complete trials");
}

function bestOfEachTile() {
  const best = METRICS.map((name, m) => [name, ranked(m)[0]]).filter(([, i]) => i !== undefined);
  if (!best.length) return tile("Best of each objective", "–", "no trial has completed yet");
  return el(
    "div",
    { class: "tile" },
    el("div", { class: "label" }, "Best of each objective"),
    el(
      "div",
      { class: "note" },
      best
        .slice(0, 4)
        .map(([name, i]) =>
          el(
            "div",
            {},
            `${name} `,
            el("strong", {}, number(valueOf(i, METRICS.indexOf(name)))),
            `, trial ${T.number[i]}`,
          ),
        ),
    ),
  );
}

function signed(value) {
  return (value > 0 ? "+" : value < 0 ? "−" : "") + number(Math.abs(value), 3);
}

function trialsTile() {
  const present = STATES.filter((state) => DATA.counts[state] > 0);
  const bar = el("div", { class: "states", "aria-hidden": "true" });
  const hues = {
    complete: "--blue",
    pruned: "--orange",
    failed: "--red",
    running: "--grey",
    paused: "--violet",
    waiting: "--grey",
  };
  for (const state of present) {
    const piece = el("span", {});
    piece.style.flexGrow = DATA.counts[state];
    piece.style.background = `var(${hues[state]})`;
    bar.append(piece);
  }
  return el(
    "div",
    { class: "tile" },
    el("div", { class: "label" }, "Trials"),
    el("div", { class: "figure" }, N.toLocaleString("en")),
    N ? bar : null,
    legend(present.map((state) => [state, `${DATA.counts[state].toLocaleString("en")} ${state}`])),
  );
}

function timeTile() {
  const { elapsed, computing, cpu } = DATA.time;
  const note = [
    computing ? `${duration(computing)} of computing` : null,
    cpu ? `${duration(cpu)} of processor time` : null,
  ];
  return tile("Wall time", duration(elapsed), note.filter(Boolean).join(", ") || "nothing has run yet");
}

function drawFooter() {
  document
    .getElementById("footer")
    .append(`Made by ${DATA.made_by}. This file is complete in itself: it loads nothing and sends nothing.`);
}
