// From values to places: linear, logarithmic and of choices. Each has `at(value)`, `ticks(count)` and `text(tick)`.
function linear(low, high, from, to) {
  const span = high - low || 1;
  return {
    low,
    high,
    at: (value) => from + ((value - low) / span) * (to - from),
    clamp: (value) => Math.min(high, Math.max(low, value)),
    ticks: (count) => linearTicks(low, high, count),
    text: (tick, all) => tickText(tick, all),
  };
}

function linearTicks(low, high, count) {
  const raw = (high - low) / Math.max(1, count);
  if (!(raw > 0) || !Number.isFinite(raw)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((m) => m * power >= raw * 0.999) * power;
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k += 1) {
    found.push(Number((k * step).toPrecision(12)));
  }
  return found;
}

// All ticks of an axis with the same number of decimals.
function tickText(tick, all) {
  const size = Math.max(...all.map(Math.abs));
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return number(tick, 3);
  const step = all.length > 1 ? Math.abs(all[1] - all[0]) : size || 1;
  const decimals = Math.max(0, Math.min(8, -Math.floor(Math.log10(step) + 1e-9)));
  const exact = Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) < 1e-6;
  return tick.toFixed(exact ? decimals : decimals + 1);
}

function logarithmic(low, high, from, to) {
  const [a, b] = [Math.log10(low), Math.log10(high)];
  const inner = linear(a, b === a ? a + 1 : b, from, to);
  return {
    low,
    high,
    at: (value) => inner.at(Math.log10(value)),
    clamp: (value) => Math.min(high, Math.max(low, value)),
    ticks: (count) => logTicks(a, b, count),
    text: (tick) => number(tick, 3),
  };
}

function logTicks(a, b, count) {
  // The densest of these that fits: 1-2-5 in each decade, 1-3, every decade, every second one, ...
  const most = Math.max(2, count);
  const plans = [[[1, 2, 5], 1], [[1, 3], 1], ...Array.from({ length: 40 }, (_, k) => [[1], k + 1])];
  for (const [multiples, every] of plans) {
    const found = [];
    for (let e = Math.floor(a); e <= Math.ceil(b); e += 1) {
      if (e % every) continue;
      for (const m of multiples) {
        const value = Number(`${m}e${e}`);
        if (Math.log10(value) >= a - 1e-9 && Math.log10(value) <= b + 1e-9) found.push(value);
      }
    }
    if (found.length <= most) return found.length > 1 ? found : linearTicks(10 ** a, 10 ** b, Math.min(3, most));
  }
  return [10 ** a, 10 ** b];
}

function choices(labels, from, to) {
  const cell = (to - from) / Math.max(1, labels.length);
  return {
    cell,
    at: (index) => from + (index + 0.5) * cell,
    clamp: (index) => index,
    ticks: () => labels.map((_, i) => i),
    text: (index) => labels[index],
  };
}

// The axis of a parameter as its domain has it.
function parameterScale(parameter, from, to) {
  if (parameter.kind === "choice") return choices(parameter.choices, from, to);
  const { low, high } = parameter;
  if (low === high) return linear(low - 0.5, high + 0.5, from, to);
  const scale = parameter.log ? logarithmic(low, high, from, to) : linear(low, high, from, to);
  return parameter.whole && !parameter.log ? wholeTicks(scale) : scale;
}
