"use strict";

// Two minutes at an event every 2 s.
const maxPoints = 60;
const width = 120;
const height = 24;

const state = document.querySelector("[data-state]");
const plugins = document.querySelector("[data-plugins]");
const texts = [...document.querySelectorAll("[data-text]")];
const charts = [...document.querySelectorAll("[data-series]")].map((svg) => ({
  line: svg.querySelector("polyline"),
  name: svg.dataset.series,
  isRate: "rate" in svg.dataset,
  before: undefined,
  points: [],
}));

function draw({ line, points }) {
  const top = Math.max(...points, Number.EPSILON);
  const x = (index) => width - ((points.length - 1 - index) * width) / maxPoints;
  line.setAttribute(
    "points",
    points.map((value, index) => `${x(index)},${height - 1 - (value / top) * (height - 2)}`).join(" "),
  );
}

function add(chart, value) {
  const { before, isRate } = chart;
  chart.before = value;
  if (isRate && before === undefined) return;
  // A plugin that is loaded again begins to count anew.
  chart.points.push(isRate ? Math.max(0, value - before) : value);
  if (chart.points.length > maxPoints) chart.points.shift();
  draw(chart);
}

const source = new EventSource("events");
source.addEventListener("message", ({ data }) => {
  const figures = JSON.parse(data);
  state.textContent = "live";
  for (const cell of texts) cell.textContent = figures.texts[cell.dataset.text];
  for (const chart of charts) add(chart, figures.series[chart.name]);
  plugins.replaceChildren(
    ...figures.plugins.map((cells) => {
      const row = document.createElement("tr");
      for (const text of cells) row.insertCell().textContent = text;
      return row;
    }),
  );
});
source.addEventListener("error", () => (state.textContent = "no answer"));
