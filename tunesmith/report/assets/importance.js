// A first importance figure: a bar for each parameter whose effect is beyond chance, its share where trials suffice.
function drawImportance() {
  const { rows: found, trials, top, note, exact } = DATA.importance;
  if (!found.length || !top) return;
  const card = part(
    "importance",
    "What decided",
    `How much each parameter decides whether a trial is among the best ${top} of ${trials.toLocaleString("en")}` +
      (exact ? ", in per cent of what they explain beyond chance." : "."),
    { short: "Importance" },
  );
  const shown = found.filter((one) => one.share > 0).slice(0, 16);
  const widest = Math.max(0.01, ...shown.map((one) => one.share));
  const list = el("div", { class: "bars", role: "list" });
  for (const one of shown) {
    const bar = el("i", {});
    bar.style.width = `${(100 * one.share) / widest}%`;
    list.append(
      el("span", { class: "name", role: "listitem" }, one.name),
      el("span", { class: "bar", "aria-hidden": "true" }, bar),
      el("span", { class: "share" }, exact ? percent(one.share) : ""),
    );
  }
  const rest = found.filter((one) => !shown.includes(one)).map((one) => one.name);
  const names = rest.length > 14 ? `${shown.length ? "the other " : ""}${rest.length} parameters` : listed(rest);
  const unclear = rest.length ? `No effect beyond chance can be seen${exact ? "" : " yet"} for ${names}. ` : "";
  card.append(
    ...(shown.length ? [list] : []),
    el(
      "p",
      { class: "lead after" },
      `${unclear}${note ? note + " " : ""}The method, PED-ANOVA, compares where the best trials lie with where all trials lie, one parameter at a time; joint effects do not show.`,
    ),
  );
}
