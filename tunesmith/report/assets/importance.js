// A first importance figure: bars, each with its name and its share, hatched where chance explains it as well.
function drawImportance() {
  const { rows: found, trials, top, note } = DATA.importance;
  if (!found.length || !top) return;
  const card = part(
    "importance",
    "What decided",
    `How much each parameter decides whether a trial is among the best ${top} of ${trials.toLocaleString("en")}, beyond chance.`,
    { short: "Importance" },
  );
  const shown = found.filter((one, k) => k < 3 || (k < 16 && (one.clear || one.share >= 0.005)));
  const widest = Math.max(0.01, ...shown.map((one) => one.share));
  const list = el("div", { class: "bars", role: "list" });
  for (const one of shown) {
    const bar = el("i", {});
    bar.style.width = `${(100 * one.share) / widest}%`;
    const unclear = !one.clear;
    list.append(
      el(
        "span",
        { class: "name", role: "listitem" },
        one.name,
        unclear ? el("span", { class: "unclear-text" }, " (not beyond chance)") : null,
      ),
      el("span", { class: "bar" + (unclear ? " unclear" : ""), "aria-hidden": "true" }, one.share > 0 ? bar : null),
      el("span", { class: "share" }, percent(one.share)),
    );
  }
  const rest = found.slice(shown.length);
  const share = rest.reduce((sum, one) => sum + one.share, 0);
  const names = rest.length > 14 ? `the other ${rest.length} parameters` : listed(rest.map((one) => one.name));
  const more = rest.length ? `${share < 0.005 ? "No effect" : `Together ${percent(share)}`}: ${names}. ` : "";
  card.append(
    list,
    el(
      "p",
      { class: "lead after" },
      `${more}${note ? note + " " : ""}The method, PED-ANOVA, compares where the best trials lie with where all trials lie, one parameter at a time; joint effects do not show.`,
    ),
  );
}
