// Draws a page's charts from the figures beside them: light or dark, linked in time, and for keys as for a pointer.
/** A text that the page has deflated. */
function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (sign) => sign.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
}

(() => {
"use strict";
const NIGHT = {{ NIGHT }};
const CONFIG = { displaylogo: false, displayModeBar: false };
const root = document.documentElement;
const night = matchMedia("(prefers-color-scheme: dark)");
const paper = matchMedia("print");
const figures = new Map(); // by element, as they were made
let printing = false, drawnDark = false;
root.dataset.drawn = "not yet";

const dark = () => !printing && !paper.matches && night.matches && getComputedStyle(root).colorScheme.includes("dark");

/** A figure with the colours of a dark page: only what stands where a colour does. */
function atNight(value, key = "") {
  if (typeof value === "string") return /colou?r/i.test(key) ? NIGHT[value.toUpperCase()] ?? value : value;
  if (Array.isArray(value)) return value.map((inner) => atNight(inner, key));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, atNight(inner, name)]));
}

/** A copy, since Plotly writes into what it is given. */
const coloured = (figure) => (drawnDark ? atNight(figure) : structuredClone(figure));

/** Plotly, where the page has it deflated. */
async function plotly() {
  if (typeof PLOTLY === "undefined") return;
  const script = document.createElement("script");
  script.textContent = await unpacked(PLOTLY);
  document.head.append(script);
}

/** The figure beside a chart. */
async function read(chart) {
  const script = chart.querySelector("script");
  return JSON.parse(script.dataset.packed === undefined ? script.textContent : await unpacked(script.textContent));
}

/** What a chart shows of its figure: all of it, or what is chosen. */
function chosen(figure, chart) {
  if (figure.choices === undefined) return figure;
  const { data, layout } = figure.choices[chart.dataset.choice];
  return { data, layout: { ...layout, template: figure.template } };
}

/** Charts without a name of their own are called as the heading that they stand under. */
function named() {
  let heading = "";
  for (const part of document.querySelectorAll("h1, h2, h3, h4, .chart")) {
    if (!part.classList.contains("chart")) heading = part.textContent.trim();
    else if (!part.hasAttribute("aria-label") && heading) {
      part.setAttribute("role", "img");
      part.setAttribute("aria-label", `Chart: ${heading}`);
    }
  }
}

async function draw(chart) {
  const figure = await read(chart);
  const shown = coloured(chosen(figure, chart));
  if (matchMedia("(pointer: coarse)").matches) shown.layout.dragmode = false; // a finger scrolls the page
  chart.replaceChildren();
  figures.set(chart, figure);
  Plotly.newPlot(chart, shown.data, shown.layout, CONFIG);
  if (chart.dataset.linked !== undefined) link(chart);
  widths.observe(chart);
}

/** Charts are as wide as the page gives them room: a window, a phone that is turned, a part that is unfolded. */
const widths = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    if (target.clientWidth && target.clientWidth !== target._fullLayout.width) Plotly.Plots.resize(target);
  }
});

/** The same charts in other colours where the page has them now, with the dates that are shown. */
function recolour() {
  if (dark() === drawnDark) return;
  drawnDark = dark();
  for (const chart of figures.keys()) redraw(chart);
}

/** A chart as its figure and what is chosen have it now, with the dates that it shows. */
function redraw(chart) {
  const shown = coloured(chosen(figures.get(chart), chart));
  if (chart.dataset.linked !== undefined) {
    for (const axis of xaxes(shown.layout)) shown.layout[axis].range = [...chart.layout.xaxis.range];
  }
  shown.layout.dragmode = chart.layout.dragmode;
  return Plotly.react(chart, shown.data, shown.layout, CONFIG);
}

/** What is chosen in one place is chosen in all that have it: a policy in every chart of one policy. */
function choose(event) {
  const { of } = event.target.dataset;
  if (of === undefined) return;
  for (const list of document.querySelectorAll(`select[data-of="${of}"]`)) {
    const place = [...list.options].findIndex((option) => option.value === event.target.value);
    if (place < 0) continue;
    list.selectedIndex = place;
    const chart = document.getElementById(list.dataset.chart);
    if (chart === null) continue;
    chart.dataset.choice = place;
    if (figures.has(chart)) redraw(chart);
  }
  document.dispatchEvent(new Event("chosen"));
}

// ---- one axis of dates

const linked = () => [...figures.keys()].filter((chart) => chart.dataset.linked !== undefined);
const xaxes = (layout) => Object.keys(layout).filter((name) => /^xaxis\d*$/.test(name));
const axes = (chart) => (chart.dataset.linked === undefined ? [] : xaxes(chart.layout));
const shownDates = (chart) => chart.layout[axes(chart)[0]].range.map((text) => String(text).slice(0, 10));
let following = false;

function link(chart) {
  chart.on("plotly_relayout", (event) => {
    if (!following && Object.keys(event).some((key) => /^xaxis\d*\.(range|autorange)/.test(key))) {
      const moved = Object.keys(event).find((key) => key.startsWith("xaxis")).split(".")[0];
      show(chart.layout[moved].range, chart);
    }
  });
  chart.on("plotly_hover", (event) => point(event.points[0].xaxis.d2c(event.points[0].x), chart));
  chart.on("plotly_unhover", () => unpoint(chart));
  chart.addEventListener("keydown", (event) => key(event, chart));
  chart.addEventListener("blur", () => unpoint(chart));
}

/** The same dates in all charts but the one that has them already. */
function show(range, source) {
  following = true;
  const moves = linked().filter((chart) => chart !== source).map((chart) =>
    Plotly.relayout(chart, Object.fromEntries(axes(chart).map((axis) => [`${axis}.range`, [...range]]))));
  const form = document.getElementById("period");
  if (form) [form.elements.from.value, form.elements.to.value] = range.map((text) => String(text).slice(0, 10));
  document.dispatchEvent(new Event("chosen"));
  return Promise.all(moves).finally(() => { following = false; });
}

/** A line at a moment (milliseconds) in every chart, with its values where a chart shows those of one date. */
function point(moment, source) {
  for (const chart of linked()) {
    const axis = chart._fullLayout.xaxis;
    const line = chart.querySelector(".moment") ?? chart.appendChild(Object.assign(document.createElement("div"), { className: "moment" }));
    const at = axis.c2p(moment), size = chart._fullLayout._size;
    line.hidden = at < 0 || at > axis._length;
    line.style.cssText = `left: ${axis._offset + at}px; top: ${size.t}px; height: ${size.h}px`;
    if (chart !== source && chart._fullLayout.hovermode === "x unified") {
      if (line.hidden) Plotly.Fx.unhover(chart);
      else Plotly.Fx.hover(chart, { xval: moment }, Object.keys(chart._fullLayout._plots), true);
    }
  }
}

function unpoint(source) {
  for (const chart of linked()) {
    chart.querySelector(".moment")?.remove();
    if (chart !== source) Plotly.Fx.unhover(chart);
  }
}

// ---- by keys

const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };
const cursors = new Map();

/** Arrows read a hundredth of the dates shown further, PageUp and PageDown a tenth; Home and End the first and last. */
function key(event, chart) {
  const axis = chart._fullLayout.xaxis, [first, last] = axis.range.map((text) => axis.r2c(text));
  if (event.key === "Escape") return unpoint(null);
  const now = Math.min(Math.max(cursors.get(chart) ?? first, first), last);
  const next = event.key === "Home" ? first : event.key === "End" ? last
    : event.key in STEPS ? now + STEPS[event.key] * (last - first) / 100 : null;
  if (next === null) return;
  event.preventDefault();
  const at = Math.min(Math.max(next, first), last);
  cursors.set(chart, at);
  point(at, null);
  said(chart, at);
}

/** What a chart shows at a moment, for whoever hears the page. */
function said(chart, moment) {
  const values = chart._fullData.filter((trace) => trace.hoverinfo !== "skip" && trace.mode === "lines" && trace.visible === true)
    .map((trace) => {
      const x = Array.from(trace.x, (value) => chart._fullLayout.xaxis.d2c(value));
      let at = x.findIndex((value) => value >= moment);
      if (at < 0) at = x.length - 1;
      return Number.isFinite(trace.y[at]) ? `${trace.name} ${Number(trace.y[at]).toPrecision(4)}` : "";
    });
  const reading = document.getElementById("reading");
  if (reading) reading.textContent = `${new Date(moment).toISOString().slice(0, 10)}: ${values.filter(Boolean).join("; ")}`;
}

// ---- the page

function controls() {
  const form = document.getElementById("period");
  if (!form) return;
  const { from, to } = form.elements;
  const whole = [from.min, to.max];
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => {
    if (from.validity.valid && to.validity.valid && from.value < to.value) show([from.value, to.value], null);
  });
  form.addEventListener("click", (event) => {
    const { start, end } = event.target.dataset;
    if (start) show([start, end], null);
    if (event.target.type === "reset") { event.preventDefault(); show(whole, null); }
  });
}

const OLD = "This browser cannot unpack the charts of this page: open it in one of 2023 or later.";

/** One chart after the other, so that the page is there before them. */
async function drawAll(charts) {
  const old = typeof DecompressionStream === "undefined";
  if (old) for (const chart of charts) chart.textContent = OLD;
  else if (charts.length) await plotly();
  for (const chart of old ? [] : charts) {
    await draw(chart);
    await new Promise((next) => setTimeout(next));
  }
  root.dataset.drawn = "yes";
}

document.addEventListener("DOMContentLoaded", () => {
  drawnDark = dark();
  controls();
  named();
  document.addEventListener("change", choose);
  drawAll([...document.querySelectorAll(".plotly-graph-div")]);
});
night.addEventListener("change", recolour);
paper.addEventListener("change", recolour);
addEventListener("beforeprint", () => { printing = true; recolour(); });
addEventListener("afterprint", () => { printing = false; recolour(); });
})();
