// Failures by reason, each with the first traceback.
function drawFailures() {
  if (!DATA.failures.length) return;
  const total = DATA.failures.reduce((sum, one) => sum + one.count, 0);
  const card = part(
    "failures",
    "Failures",
    `${plural(total, "trial")} failed. The first one of each reason is shown in full.`,
    {},
  );
  for (const one of DATA.failures) {
    const more = one.count > one.numbers.length ? ", …" : "";
    card.append(
      el(
        "details",
        { open: DATA.failures.length === 1 },
        el(
          "summary",
          {},
          el("strong", {}, one.reason),
          el("span", { class: "note" }, `${plural(one.count, "trial")}: ${one.numbers.join(", ")}${more}`),
        ),
        one.message ? el("p", {}, `Trial ${one.first}: ${one.message}`) : null,
        one.traceback
          ? el("pre", { tabindex: "0", "aria-label": `Traceback of trial ${one.first}` }, one.traceback)
          : null,
        one.output ? el("pre", { tabindex: "0", "aria-label": `Last output of trial ${one.first}` }, one.output) : null,
      ),
    );
  }
}
