// What the page of a run works out by itself: figures between any two dates, and trades that are searched.
(() => {
"use strict";
const percent = (value) => `${(100 * value).toFixed(1)}%`.replace(/^-(0\.0%)$/, "$1");
const cell = (row, text) => { row.insertCell().textContent = text; };
const carried = async (identity) => JSON.parse(await unpacked(document.getElementById(identity).textContent));

// ---- between any two dates

/** From differences to what they add up to. */
function summed(steps) {
  let total = 0;
  return steps.map((step) => (total += step));
}

/** Return and deepest fall from the close of one session to that of another, of logarithms in steps. */
function between(line, first, last, steps) {
  let high = line[first], fall = 0;
  for (let place = first; place <= last; place += 1) {
    high = Math.max(high, line[place]);
    fall = Math.min(fall, line[place] - high);
  }
  return [Math.expm1((line[last] - line[first]) / steps), Math.expm1(fall / steps)];
}

async function windows() {
  const form = document.getElementById("window");
  if (!form) return;
  const { from, to } = form.elements, { days, steps, lines } = await carried("levels");
  const dates = summed(days).map((number) => new Date(864e5 * number).toISOString().slice(0, 10));
  const paths = new Map(Object.entries(lines).map(([name, line]) => [name, summed(line)]));
  const update = () => {
    const first = dates.findIndex((date) => date >= from.value), last = dates.findLastIndex((date) => date <= to.value);
    const there = from.validity.valid && to.validity.valid && first >= 0 && first < last;
    document.getElementById("window-said").textContent = there
      ? `From the close of ${dates[first]} to the close of ${dates[last]}, ${last - first} sessions.`
      : "Two closes of this run are needed: the first date before the second, both within the run.";
    for (const row of document.querySelectorAll("#window-table tbody tr")) {
      while (row.cells.length > 1) row.deleteCell(1);
      const found = there ? between(paths.get(row.dataset.line), first, last, steps).map(percent) : ["–", "–"];
      for (const text of found) cell(row, text);
    }
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", update);
  update();
}

// ---- trades

const SHOWN = 200; // rows at once
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat("en", { maximumSignificantDigits: 7 });
const side = (shares) => (shares < 0 ? "sell" : "buy");

async function trades() {
  const form = document.getElementById("search");
  if (!form) return;
  const all = await carried("fills");
  const period = document.getElementById("period");
  const update = () => {
    const { policy, terms, dates } = form.elements;
    const words = terms.value.toLowerCase().split(/\s+/).filter(Boolean);
    const [first, last] = dates?.checked ? [period.elements.from.value, period.elements.to.value] : ["", "9999"];
    const found = [];
    for (let row = all.policy.length - 1; row >= 0; row -= 1) { // the latest first
      const date = all.days[all.day[row]], asset = all.assets[all.asset[row]].toLowerCase(), way = side(all.shares[row]);
      if (all.policies[all.policy[row]] === policy.value && date >= first && date <= last
        && words.every((word) => asset.includes(word) || date.startsWith(word) || way === word)) found.push(row);
    }
    table(all, found);
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", update);
  document.addEventListener("chosen", update);
  update();
}

function table(all, found) {
  const body = document.querySelector("#blotter tbody");
  body.replaceChildren();
  for (const row of found.slice(0, SHOWN)) {
    const line = body.insertRow(), size = Math.abs(all.shares[row]), worth = size * all.price[row];
    for (const text of [all.days[all.day[row]], all.assets[all.asset[row]], side(all.shares[row]), exact.format(size),
      exact.format(all.price[row]), whole.format(worth), exact.format(all.cost[row]),
      worth > 0 ? (1e4 * all.cost[row] / worth).toFixed(1) : "–"]) cell(line, text);
  }
  const sum = (of) => found.reduce((total, row) => total + of(row), 0);
  const worth = sum((row) => Math.abs(all.shares[row]) * all.price[row]), cost = sum((row) => all.cost[row]);
  document.getElementById("found").textContent = `${whole.format(found.length)} fills, ${whole.format(worth)} in all, `
    + `at a cost of ${whole.format(cost)}${found.length > SHOWN ? `; the latest ${SHOWN} are shown` : ""}`;
}

document.addEventListener("DOMContentLoaded", () => {
  if (typeof DecompressionStream === "undefined") return; // charts.js says so
  windows();
  trades();
});
})();
