// How to run it again: the facts to compare, the program, and the sessions.
function drawRerun() {
  const { facts, sessions, session_count: total, program } = DATA.rerun;
  const card = part(
    "rerun",
    "How to run it again",
    "The same versions, seed and program propose the same configs; the objective is your own.",
    { short: "Run again" },
  );
  const list = el("dl", { class: "pairs" });
  for (const [name, text] of facts) list.append(el("dt", {}, name), el("dd", {}, text));
  card.append(
    el(
      "div",
      { class: "columns" },
      el("div", {}, list),
      el("div", {}, el("pre", { tabindex: "0", "aria-label": "Program" }, program)),
    ),
  );
  if (!sessions.length) return;
  const titles = ["started", "worker", "sampler", "pruner", "limits", "executor"];
  const body = sessions.map((one) =>
    el(
      "tr",
      {},
      [moment(one.time), one.worker, one.sampler, one.pruner, one.limits, one.executor].map((text) =>
        el("td", { class: "long", title: text }, text || "–"),
      ),
    ),
  );
  card.append(
    el(
      "details",
      {},
      el(
        "summary",
        {},
        el("strong", {}, "Sessions"),
        el(
          "span",
          { class: "note" },
          plural(total, "call") +
            " of optimize" +
            (total > sessions.length ? `, the last ${sessions.length} shown` : ""),
        ),
      ),
      el(
        "div",
        { class: "scroll", tabindex: "0" },
        el(
          "table",
          {},
          el(
            "thead",
            {},
            el(
              "tr",
              {},
              titles.map((title) => el("th", { scope: "col", class: "plain" }, title)),
            ),
          ),
          el("tbody", {}, body),
        ),
      ),
    ),
  );
}
