// Axes and the frame of a figure.
const textWidth = (text) => String(text).length * 6.9;

// Returns the plot area for ticks of these texts on the left.
function area(width, height, tickTexts, room = {}) {
  const left = Math.min(width * 0.35, Math.max(26, ...tickTexts.map(textWidth)) + 10);
  return { left, right: width - (room.right || 14), top: room.top || 26, bottom: height - (room.bottom || 40) };
}

function yAxis(picture, box, scale, title, count) {
  const ticks = scale.ticks(count || Math.max(3, Math.round((box.bottom - box.top) / 55)));
  for (const tick of ticks) {
    const y = Math.round(scale.at(tick)) + 0.5;
    picture.append(
      svg("line", { class: "grid", x1: box.left, x2: box.right, y1: y, y2: y }),
      svg("text", { x: box.left - 8, y: y + 4, "text-anchor": "end" }, scale.text(tick, ticks)),
    );
  }
  if (title) picture.append(svg("text", { class: "strong", x: 0, y: 11 }, shortened(title, Math.floor(box.right / 7))));
}

function xAxis(picture, box, scale, title, count) {
  const wide = box.right - box.left;
  const ticks = scale.ticks(count || Math.max(2, Math.round(wide / 90)));
  const y = Math.round(box.bottom) + 0.5;
  picture.append(svg("line", { class: "axis", x1: box.left, x2: box.right, y1: y, y2: y }));
  const most = Math.max(3, Math.floor(wide / Math.max(1, ticks.length) / 7.2));
  let edge = -Infinity;
  for (const tick of ticks) {
    const x = scale.at(tick);
    const text = shortened(scale.text(tick, ticks), scale.cell ? most : 14);
    const half = textWidth(text) / 2;
    picture.append(svg("line", { class: "axis", x1: x, x2: x, y1: y, y2: y + 4 }));
    if (x - half < edge + 4) continue;
    edge = x + half;
    picture.append(svg("text", { x: Math.min(x, box.right + 12 - half), y: y + 18, "text-anchor": "middle" }, text));
  }
  if (title) {
    picture.append(
      svg("text", { x: box.right, y: y + 36, "text-anchor": "end" }, shortened(title, Math.floor(wide / 7))),
    );
  }
}

// The scale of an objective's values over a height, and the texts of its ticks.
function valueScale(values, lower, from, to, { log = false, full = false } = {}) {
  const inner = bulk(values, lower);
  const whole = full && inner.cut;
  const { low, high, cut } = whole ? { low: Math.min(...values), high: Math.max(...values), cut: 0 } : inner;
  if (log) {
    const positive = values.filter((v) => v > 0);
    const scale = logarithmic(Math.min(...positive), Math.max(...positive), from, to);
    return { scale: scale.low === scale.high ? linear(low, high, from, to) : scale, cut: 0 };
  }
  const pad = (high - low) * 0.05;
  const clipHigh = cut && lower;
  const clipLow = cut && !lower;
  return { scale: linear(clipLow ? low : low - pad, clipHigh ? high : high + pad, from, to), cut };
}
