// The columns of trials, and the questions that several figures ask of them. A trial is named by its row.
const T = DATA.trials;
const N = T.number.length;
const STATES = DATA.states;
const [COMPLETE, PRUNED, FAILED] = [0, 1, 2];
const METRICS = DATA.study.metrics;
const LOWER = DATA.study.directions.map((direction) => direction !== "maximize");
const PARAMETERS = DATA.parameters;
const MOST_POINTS = 5000;
const RAMP = 7;

const rows = Array.from({ length: N }, (_, i) => i);
const stateOf = (i) => STATES[T.state[i]];
const valueOf = (i, objective = 0) => T.values[objective][i];
const infeasible = (i) => Boolean(T.infeasible && T.infeasible[i]);
const counts = (i) => T.state[i] === COMPLETE && !infeasible(i) && valueOf(i) !== null;
const better = (a, b, objective = 0) => (LOWER[objective] ? a < b : a > b);
const coded = (column, i) => column.words[column.index[i]];

// The class that gives a trial its colour, and the shape that says the same.
const looks = (i) => (infeasible(i) && T.state[i] === COMPLETE ? "infeasible" : stateOf(i));
const SHAPES = {
  complete: "circle",
  pruned: "triangle",
  failed: "cross",
  running: "ring",
  paused: "square",
  waiting: "ring",
  infeasible: "ring",
  best: "star",
};

function paramText(parameter, value) {
  if (value === null) return "not active";
  return parameter.kind === "choice" ? parameter.choices[value] : number(value);
}

// Rows that count, best first, by one objective; sorted once.
const rankings = new Map();
function ranked(objective = 0) {
  if (!rankings.has(objective)) {
    const sign = LOWER[objective] ? 1 : -1;
    const order = (a, b) => sign * (valueOf(a, objective) - valueOf(b, objective)) || a - b;
    rankings.set(objective, rows.filter(counts).sort(order));
  }
  return rankings.get(objective);
}

// At most so many rows: the best half that is asked for, and an even sample of the others, in their old order.
function thinned(chosen, most) {
  if (chosen.length <= most) return chosen;
  const wanted = new Set(chosen);
  const kept = new Set(
    ranked()
      .filter((i) => wanted.has(i))
      .slice(0, Math.floor(most / 2)),
  );
  const rest = chosen.filter((i) => !kept.has(i));
  const room = most - kept.size;
  for (let k = 0; k < room; k += 1) kept.add(rest[Math.floor((k * rest.length) / room)]);
  return chosen.filter((i) => kept.has(i));
}

// Where the bulk of the values lies: the good end as it is, the bad end cut when a few are far beyond the others.
function bulk(values, lower) {
  if (!values.length) return { low: 0, high: 1, cut: 0 };
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  let [low, high] = [sorted[0], sorted[sorted.length - 1]];
  const limit = lower
    ? low + Math.max(3 * (at(0.75) - low), 1.15 * (at(0.85) - low))
    : high - Math.max(3 * (high - at(0.25)), 1.15 * (high - at(0.15)));
  if (lower && limit > low && high > limit) high = limit;
  if (!lower && limit < high && low < limit) low = limit;
  if (low === high) {
    const pad = Math.abs(low) * 0.05 || 0.5;
    low -= pad;
    high += pad;
  }
  return { low, high, cut: values.filter((v) => v < low || v > high).length };
}

function trialFacts(i, extra = []) {
  const facts = METRICS.map((name, m) => [name, number(valueOf(i, m), 6)]);
  for (const [p, parameter] of PARAMETERS.entries()) {
    if (facts.length >= 14) break;
    if (T.params[p][i] !== null) facts.push([parameter.name, paramText(parameter, T.params[p][i])]);
  }
  return {
    title: `Trial ${T.number[i]} · ${stateOf(i)}${infeasible(i) ? " · breaks a constraint" : ""}`,
    facts: [...facts, ...extra],
  };
}
