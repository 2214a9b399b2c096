// What mattered, in words; and the best config.
const TONES = {
  result: ["complete", "Result", "M3,10.5l4,4l9,-10"],
  advice: ["best", "Advice", "M10,3v10m-4,-4l4,5l4,-5"],
  caution: ["pruned", "Caution", "M10,2.5L18,16.5H2zM10,8v4m0,2v.4"],
};

function drawFindings() {
  const card = part("findings", "What mattered", null, { half: Boolean(DATA.best), short: "Findings" });
  if (!DATA.findings.length) {
    card.append(el("p", { class: "lead" }, "Nothing has been found yet."));
    return;
  }
  card.append(
    el(
      "ul",
      { class: "findings" },
      DATA.findings.map(({ tone, text }) => {
        const [kind, name, d] = TONES[tone];
        const icon = svg(
          "svg",
          { width: 18, height: 18, viewBox: "0 0 20 20", role: "img", "aria-label": name },
          svg("path", { class: `dot ${kind}`, d, "stroke-width": 2 }),
        );
        return el("li", {}, icon, el("span", {}, text));
      }),
    ),
  );
}

function drawBest() {
  const best = DATA.best;
  if (!best) return;
  const card = part("best", "The best config", `Trial ${best.number}, ${METRICS[0]} ${number(best.value, 6)}.`, {
    half: true,
    short: "Best config",
  });
  const defaults = DATA.defaults ? new Map(DATA.defaults.params) : null;
  const list = el("dl", { class: "pairs" });
  for (const [name, value] of best.params) {
    const was =
      defaults && defaults.has(name) && defaults.get(name) !== value ? `   default ${said(defaults.get(name))}` : "";
    list.append(el("dt", {}, name), el("dd", {}, said(value), was ? el("span", { class: "quiet" }, was) : null));
  }
  card.append(list);
  const done = el("span", { role: "status" });
  card.append(
    el(
      "div",
      { class: "pager" },
      el(
        "button",
        {
          type: "button",
          onclick: async () => {
            const text = JSON.stringify(Object.fromEntries(best.params), null, 2);
            try {
              await navigator.clipboard.writeText(text);
              done.textContent = "Copied.";
            } catch (error) {
              done.replaceChildren(el("pre", {}, text));
            }
          },
        },
        "Copy as JSON",
      ),
      done,
    ),
  );
}

const said = (value) =>
  value === null
    ? "None"
    : value === true
      ? "True"
      : value === false
        ? "False"
        : typeof value === "number"
          ? number(value, 6)
          : String(value);
