"use strict";
(() => {
  const options = { responsive: true, displaylogo: false, displayModeBar: false };
  const font = { family: "system-ui, sans-serif", size: 12 };
  const statistics = DATA.paths
    ? [["median", "median over paths"], ["p05", "5% of paths"], ["p95", "95% of paths"], ["history", "history"]]
    : [["history", "history"]];
  const headline = statistics[0][0];
  const COLOURS = ["#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#C98100", "#1F97DE", "#8C6D31", "#7F7F7F"];
  const short = DATA.axes.map((axis) => axis.key.split(".").pop());
  const keyNames = short.map((name, i) => (short.filter((other) => other === name).length > 1 ? DATA.axes[i].key : name));

  const forms = {
    fraction: (v) => (v * 100).toFixed(1) + "%",
    ratio: (v) => v.toFixed(2),
    bps: (v) => v.toFixed(Math.abs(v) < 10 ? 2 : 1),
    sessions: (v) => Math.round(v).toLocaleString("en"),
    currency: (v) => (Math.abs(v) >= 1e6 ? (v / 1e6).toFixed(1) + "m" : Math.round(v).toLocaleString("en")),
  };
  const text = (metric, value) => (value === null ? "–" : forms[DATA.metrics[metric].unit](value));
  const tickformat = (metric) => DATA.metrics[metric].tick;

  // A labelled choice; calls back whenever it changes.
  function choice(parent, label, entries, chosen, changed) {
    const box = document.createElement("label");
    const select = document.createElement("select");
    entries.forEach(([value, name]) => select.add(new Option(name, value, false, String(value) === String(chosen))));
    select.addEventListener("change", changed);
    box.append(label, select);
    parent.append(box);
    return select;
  }
  const metricEntries = DATA.shown.map((m) => [m, DATA.metrics[m].title]);

  // Grid points as positions on the axes, the last axis fastest.
  const sizes = DATA.axes.map((axis) => axis.values.length);
  const positions = DATA.answers.map((_, point) => {
    const at = [];
    for (let i = sizes.length - 1, rest = point; i >= 0; i -= 1) {
      at[i] = rest % sizes[i];
      rest = Math.floor(rest / sizes[i]);
    }
    return at;
  });

  // The policy that answers the most points differently: the one worth looking at first.
  const different = DATA.policies.map((_, p) => new Set(DATA.answers.map((row) => row[p])).size);
  const liveliest = different.indexOf(Math.max(...different));

  function grid() {
    const controls = document.getElementById("grid-controls");
    if (!controls) return;
    const chart = document.getElementById("chart-grid");
    const lone = DATA.axes.length === 1;
    const axisEntries = DATA.axes.map((axis, i) => [i, axis.key]);
    const policy = choice(controls, "Policy", DATA.policies.map((name, i) => [i, name]), liveliest, draw);
    policy.id = "grid-policy";
    if (lone) policy.parentElement.hidden = true;
    const metric = choice(controls, "Metric", metricEntries, DATA.sharpe, draw);
    metric.id = "grid-metric";
    const statistic = choice(controls, "Of", statistics, headline, draw);
    if (statistics.length === 1) statistic.parentElement.hidden = true;
    const longest = [...sizes.keys()].sort((a, b) => sizes[b] - sizes[a]);
    const across = choice(controls, "Across", axisEntries, longest[0], draw);
    const up = choice(controls, "Up", axisEntries, lone ? 0 : longest[1], draw);
    if (lone) [across, up].forEach((one) => { one.parentElement.hidden = true; });
    const others = DATA.axes.map((axis, i) =>
      choice(controls, axis.key, [["", "average"], ...axis.values.map((v, k) => [k, v])], "", draw));
    const note = document.getElementById("grid-note");

    function draw() {
      others.forEach((one, i) => { one.parentElement.hidden = lone || i === +across.value || i === +up.value; });
      if (lone) lines(); else map();
    }

    function lines() {
      const m = +metric.value;
      const traces = DATA.policies.map((name, p) => ({
        type: "scatter", mode: "lines+markers", name, x: DATA.axes[0].values,
        y: DATA.answers.map((row) => DATA.figures[statistic.value][row[p]][m]),
        line: { color: COLOURS[p % COLOURS.length], width: 1.5 }, marker: { size: 5 },
        text: DATA.answers.map((row) => text(m, DATA.figures[statistic.value][row[p]][m])),
        hovertemplate: `%{x}: %{text}<extra>${name}</extra>`,
      }));
      if (DATA.paths && statistic.value === "median") {
        const side = (which) => DATA.answers.map((row) => DATA.figures[which][row[liveliest]][m]);
        traces.unshift({
          type: "scatter", mode: "lines", x: [...DATA.axes[0].values, ...[...DATA.axes[0].values].reverse()],
          y: [...side("p95"), ...side("p05").reverse()], fill: "toself", hoverinfo: "skip",
          line: { width: 0 }, fillcolor: COLOURS[liveliest % COLOURS.length] + "22", name: `${DATA.policies[liveliest]}, 5% to 95%`,
        });
      }
      note.textContent = "A line a policy; flat where a policy does not depend on the key.";
      Plotly.react(chart, traces, {
        template: "plotly_white", height: 440, font, margin: { l: 56, r: 12, t: 28, b: 48 },
        legend: { orientation: "h", yanchor: "bottom", y: 1.02, x: 0, font: { size: 11 } },
        xaxis: { type: "category", title: { text: DATA.axes[0].key, standoff: 8 }, automargin: true },
        yaxis: { title: { text: DATA.metrics[m].title, standoff: 8 }, tickformat: tickformat(m), automargin: true },
      }, options);
    }

    function map() {
      const m = +metric.value, p = +policy.value, x = +across.value, y = +up.value;
      const sum = DATA.axes[y].values.map(() => DATA.axes[x].values.map(() => [0, 0]));
      positions.forEach((at, point) => {
        const kept = others.every((one, i) => i === x || i === y || one.value === "" || +one.value === at[i]);
        const value = DATA.figures[statistic.value][DATA.answers[point][p]][m];
        if (!kept || value === null) return;
        const cell = sum[at[y]][at[x]];
        cell[0] += value;
        cell[1] += 1;
      });
      const z = sum.map((row) => row.map(([total, count]) => (count ? total / count : null)));
      const small = sizes[x] <= 14 && sizes[y] <= 14 && chart.clientWidth > 60 * sizes[x];
      const averaged = others.some((one, i) => !one.parentElement.hidden && one.value === "");
      note.textContent = `${DATA.policies[p]}: bright is better.`
        + (different[p] === 1 ? " This policy depends on none of the keys." : "")
        + (averaged ? " Keys that are not drawn are averaged over, unless one value is chosen." : "");
      Plotly.react(chart, [{
        type: "heatmap", x: DATA.axes[x].values, y: DATA.axes[y].values, z, colorscale: "Viridis",
        reversescale: DATA.metrics[m].better < 0, xgap: 1, ygap: 1,
        text: z.map((row) => row.map((v) => text(m, v))), texttemplate: small ? "%{text}" : "",
        hovertemplate: `${keyNames[x]} %{x}<br>${keyNames[y]} %{y}<br>${DATA.metrics[m].title} %{text}<extra></extra>`,
        colorbar: { tickformat: tickformat(m), thickness: 12, outlinewidth: 0 },
      }], {
        template: "plotly_white", font, margin: { l: 48, r: 8, t: 12, b: 48 },
        height: Math.max(320, Math.min(760, 120 + 26 * sizes[y])),
        xaxis: { type: "category", title: { text: DATA.axes[x].key, standoff: 8 }, automargin: true },
        yaxis: { type: "category", title: { text: DATA.axes[y].key, standoff: 8 }, automargin: true },
      }, options);
    }
    draw();
  }

  // "threshold, band 0.05, lag 1"
  function label(trial) {
    const one = DATA.trials[trial];
    const set = one.at.map((at, i) => (at === null ? null : `${keyNames[i]} ${DATA.axes[i].values[at]}`));
    return [DATA.policies[one.policy], ...set.filter((part) => part !== null)].join("<br>");
  }

  function paths() {
    const controls = document.getElementById("paths-controls");
    if (!controls) return;
    const chart = document.getElementById("chart-paths");
    const metric = choice(controls, "Metric", metricEntries, DATA.sharpe, draw);
    const best = DATA.policies.map((_, p) => DATA.ranked.find((trial) => DATA.trials[trial].policy === p)).reverse();
    const tall = Math.max(...best.map((trial) => label(trial).split("<br>").length));

    function draw() {
      const m = +metric.value;
      const of = (which) => best.map((trial) => DATA.figures[which][trial][m]);
      const middle = of("median"), low = of("p05"), high = of("p95"), was = of("history");
      const names = best.map(label);
      const less = (a, b) => (a === null || b === null ? 0 : a - b);
      Plotly.react(chart, [{
        type: "scatter", mode: "markers", name: "median, 5% to 95% of paths", x: middle, y: names,
        marker: { color: "#0072B2", size: 9 },
        error_x: {
          type: "data", symmetric: false, array: high.map((v, i) => less(v, middle[i])),
          arrayminus: low.map((v, i) => less(middle[i], v)), color: "#0072B2", thickness: 2,
        },
        text: middle.map((v, i) => `${text(m, v)} (${text(m, low[i])} to ${text(m, high[i])})`),
        hovertemplate: "%{text}<extra></extra>",
      }, {
        type: "scatter", mode: "markers", name: "history", x: was, y: names,
        marker: { color: "#D55E00", size: 10, symbol: "diamond" },
        text: was.map((v) => text(m, v)), hovertemplate: "history: %{text}<extra></extra>",
      }], {
        template: "plotly_white", height: 110 + best.length * (18 + 15 * tall), font,
        margin: { l: 40, r: 16, t: 30, b: 44 },
        legend: { orientation: "h", yanchor: "bottom", y: 1.01, x: 0, font: { size: 11 } },
        xaxis: { title: { text: DATA.metrics[m].title }, tickformat: tickformat(m) },
        yaxis: { automargin: true, type: "category" },
      }, options);
    }
    draw();
  }

  function allTrials() {
    const chart = document.getElementById("chart-lines");
    const figures = DATA.figures[headline];
    const metrics = DATA.shown.filter((m) => figures.every((row) => row[m] !== null));
    const ordinal = (title, names, values, open) => {
      const first = open ? -1 : 0, step = Math.max(1, Math.ceil(names.length / 10));
      const at = names.map((_, i) => i).filter((i) => i % step === 0 || i === names.length - 1);
      return {
        label: title, values, range: [first - 0.001, Math.max(names.length - 1, first + 1)],
        tickvals: open ? [-1, ...at] : at, ticktext: open ? ["any", ...at.map((i) => names[i])] : at.map((i) => names[i]),
      };
    };
    const dimensions = [
      ordinal("policy", DATA.policies, DATA.trials.map((one) => one.policy), false),
      ...DATA.axes.map((axis, i) => {
        const values = DATA.trials.map((one) => (one.at[i] === null ? -1 : one.at[i]));
        return ordinal(keyNames[i], axis.values, values, values.includes(-1));
      }),
      ...metrics.map((m) => ({ label: DATA.metrics[m].title, values: figures.map((row) => row[m]), tickformat: tickformat(m) })),
    ];
    const left = 30 + 7 * Math.max(...DATA.policies.map((name) => name.length));
    chart.style.minWidth = `${110 * dimensions.length}px`;
    if (!metrics.length) return;
    const start = metrics.includes(DATA.sharpe) ? DATA.sharpe : metrics[0];
    const colour = choice(document.getElementById("lines-controls"), "Colour", metrics.map((m) => [m, DATA.metrics[m].title]), start, draw);

    function draw() {
      const m = +colour.value;
      Plotly.react(chart, [{
        type: "parcoords", dimensions, labelangle: -12, labelside: "top",
        line: {
          color: figures.map((row) => row[m]), colorscale: "Viridis", reversescale: DATA.metrics[m].better < 0,
          showscale: true, colorbar: { tickformat: tickformat(m), thickness: 12, outlinewidth: 0 },
        },
      }], { height: 460, font, margin: { l: left, r: 30, t: 70, b: 24 } }, options);
    }
    draw();
  }

  // Sorting: numbers where a cell carries one, undefined ones last.
  function sortable(table) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      head.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") !== "descending";
        [...table.tHead.rows[0].cells].forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
        const rows = [...body.rows].sort((a, b) => {
          const [p, q] = [key(a), key(b)], [u, v] = [parseFloat(p), parseFloat(q)];
          if (Number.isNaN(u) && Number.isNaN(v)) return (down ? 1 : -1) * p.localeCompare(q);
          if (Number.isNaN(u) || Number.isNaN(v)) return Number.isNaN(u) ? 1 : -1;
          return down ? v - u : u - v;
        });
        rows.forEach((row) => row.classList.remove("gap"));
        body.append(...rows);
      });
    });
  }

  sortable(document.getElementById("trials"));
  grid();
  paths();
  allTrials();
})();
