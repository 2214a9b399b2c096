// All trials: sorted by a click on a heading, filtered by a text, shown page by page.
const PAGE = 25;

function tableColumns() {
  const columns = [
    { title: "trial", number: true, cell: (i) => T.number[i] },
    {
      title: "state",
      cell: stateOf,
      node: (i) =>
        el(
          "span",
          { class: "state" },
          svg("svg", { width: 12, height: 12, "aria-hidden": "true" }, points([[6, 6]], looks(i), 3.5)),
          stateOf(i) + (infeasible(i) ? ", infeasible" : ""),
        ),
    },
    ...METRICS.map((title, m) => ({ title, number: true, cell: (i) => valueOf(i, m), digits: 6 })),
    ...PARAMETERS.map((parameter, p) => ({
      title: parameter.name,
      number: parameter.kind !== "choice",
      cell: (i) =>
        T.params[p][i] === null || parameter.kind !== "choice" ? T.params[p][i] : parameter.choices[T.params[p][i]],
    })),
    ...Object.entries(T.attrs).map(([title, column]) => ({
      title,
      number: column.some((v) => typeof v === "number"),
      cell: (i) => column[i],
    })),
  ];
  const extra = { budget: "budget", last_step: "last step", replicate: "replicate", runs: "runs", cpu: "processor s" };
  columns.push({ title: "seconds", number: true, cell: (i) => T.seconds[i], digits: 3 });
  for (const [name, title] of Object.entries(extra))
    if (T[name]) columns.push({ title, number: true, cell: (i) => T[name][i] });
  for (const [name, title] of [
    ["by", "proposed by"],
    ["reason", "ended because"],
  ]) {
    if (T[name].words.some((word) => word)) columns.push({ title, cell: (i) => coded(T[name], i) || null });
  }
  if (T.message) columns.push({ title: "message", long: true, cell: (i) => T.message[i] });
  return columns;
}

function drawTable() {
  if (!N) return;
  const card = part("trials", "All trials", "A click on a heading sorts, a second one turns the order round.", {
    short: "Trials",
  });
  const columns = tableColumns();
  const view = {
    sort: METRICS.length === 1 && DATA.best ? 2 : 0,
    down: METRICS.length === 1 && DATA.best ? !LOWER[0] : false,
    text: "",
    state: -1,
    page: 0,
    only: null,
  };
  const search = el("input", { type: "search", placeholder: "Find in the table", "aria-label": "Find in the table" });
  const present = STATES.map((state, k) => [state, k]).filter(([state]) => DATA.counts[state]);
  const states = el(
    "select",
    { "aria-label": "State" },
    el("option", { value: -1 }, "all states"),
    present.map(([state, k]) => el("option", { value: k }, state)),
  );
  const brushed = el("span", { hidden: true }, "only those chosen in the parallel coordinates");
  card.append(el("div", { class: "tools" }, search, states, brushed));
  const head = el("tr");
  const body = el("tbody");
  const table = el("table", {}, el("thead", {}, head), body);
  card.append(el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of trials" }, table));
  const status = el("span", { role: "status" });
  const back = el(
    "button",
    {
      type: "button",
      onclick: () => {
        view.page -= 1;
        show();
      },
    },
    "Previous",
  );
  const next = el(
    "button",
    {
      type: "button",
      onclick: () => {
        view.page += 1;
        show();
      },
    },
    "Next",
  );
  card.append(el("div", { class: "pager" }, back, next, status));
  const heads = columns.map((column, c) => {
    const cell = el(
      "th",
      { scope: "col", class: column.number ? "number" : null },
      el(
        "button",
        {
          type: "button",
          onclick: () => {
            view.down = view.sort === c ? !view.down : false;
            view.sort = c;
            view.page = 0;
            arrange();
          },
        },
        shortened(column.title, 32),
      ),
    );
    head.append(cell);
    return cell;
  });
  let texts = null;
  let chosen = rows;
  const matches = (i, wanted) => {
    texts =
      texts ||
      rows.map((k) =>
        columns
          .map((column) => column.cell(k))
          .filter((v) => v !== null && v !== undefined)
          .join("\n")
          .toLowerCase(),
      );
    return wanted.every((word) => texts[i].includes(word));
  };
  const arrange = () => {
    const wanted = view.text.toLowerCase().split(/\s+/).filter(Boolean);
    chosen = rows.filter(
      (i) =>
        (view.state < 0 || T.state[i] === view.state) &&
        (!view.only || view.only.has(i)) &&
        (!wanted.length || matches(i, wanted)),
    );
    chosen = sortedRows(chosen, columns[view.sort].cell, view.down);
    heads.forEach((cell, c) =>
      cell.setAttribute("aria-sort", c !== view.sort ? "none" : view.down ? "descending" : "ascending"),
    );
    show();
  };
  const show = () => {
    const pages = Math.max(1, Math.ceil(chosen.length / PAGE));
    view.page = Math.min(Math.max(0, view.page), pages - 1);
    const start = view.page * PAGE;
    body.replaceChildren(
      ...chosen.slice(start, start + PAGE).map((i) =>
        el(
          "tr",
          { class: DATA.best && i === DATA.best.row ? "winner" : null },
          columns.map((column) => tableCell(column, i)),
        ),
      ),
    );
    back.disabled = view.page === 0;
    next.disabled = view.page >= pages - 1;
    status.textContent = chosen.length
      ? `${(start + 1).toLocaleString("en")}–${Math.min(start + PAGE, chosen.length).toLocaleString("en")} of ${plural(chosen.length, "trial")}${chosen.length < N ? ` (${N.toLocaleString("en")} in all)` : ""}`
      : "No trial matches.";
  };
  search.addEventListener("input", () => {
    view.text = search.value;
    view.page = 0;
    arrange();
  });
  states.addEventListener("change", () => {
    view.state = Number(states.value);
    view.page = 0;
    arrange();
  });
  selectionChanged = (only) => {
    view.only = only;
    brushed.hidden = !only;
    view.page = 0;
    arrange();
  };
  arrange();
}

// Empty cells come last either way; numbers before texts.
function sortedRows(chosen, cell, down) {
  const sign = down ? -1 : 1;
  const empty = (v) => v === null || v === undefined;
  return [...chosen].sort((a, b) => {
    const [u, v] = [cell(a), cell(b)];
    if (empty(u) || empty(v)) return empty(u) - empty(v) || a - b;
    if (typeof u === "number" && typeof v === "number") return sign * (u - v) || a - b;
    return sign * String(u).localeCompare(String(v)) || a - b;
  });
}

function tableCell(column, i) {
  const value = column.cell(i);
  const missing = value === null || value === undefined;
  const text = missing ? "–" : typeof value === "number" ? number(value, column.digits || 5) : String(value);
  const kinds = [column.number ? "number" : "", column.long ? "long" : "", missing ? "none" : ""]
    .filter(Boolean)
    .join(" ");
  return el(
    "td",
    { class: kinds || null, title: column.long || text.length > 40 ? text : null },
    column.node ? column.node(i) : shortened(text, column.long ? 120 : 40),
  );
}
