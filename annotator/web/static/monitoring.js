// Draws charts that the page describes in Vega-Lite, as wide as there is room, in the colours of the page.

import { language } from "./words.js";
import { expressionInterpreter } from "./vendor/vega-interpreter.js";

const { vega, vegaLite } = globalThis;
const NARROWEST = 170;
const NAMES = 90;
const SAVED_WIDTH = 900;
/** What is printed has the colours of paper, whatever the page has. */
const PAPER = { ink: "#1c1f24", soft: "#545c69", line: "#dfe1e6", accent: "#3b5bdb", card: "#ffffff" };
const NUMBERS = { decimal: decimalSign(), thousands: " ", grouping: [3], currency: ["", ""] };

function decimalSign() {
  return (1.5).toLocaleString(language).charAt(1);
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const named = (name) => style.getPropertyValue(name).trim();
  return { ink: named("--ink"), soft: named("--ink-soft"), line: named("--line"), accent: named("--accent"), card: named("--card") };
}

function config({ ink, soft, line, accent, card }) {
  const font = "Inter, system-ui, sans-serif";
  return {
    background: card,
    font,
    locale: { number: NUMBERS },
    axis: { labelColor: soft, titleColor: soft, titleFontWeight: "normal", gridColor: line, domainColor: soft, tickColor: soft, labelFontSize: 12, titleFontSize: 12 },
    header: { labelColor: ink, labelFontSize: 13, labelFontWeight: "bold", labelAnchor: "start", labelLimit: 260 },
    view: { stroke: line },
    title: { color: ink, subtitleColor: soft, anchor: "start", fontSize: 15, subtitleFontSize: 12, offset: 12 },
    style: {
      own: { color: accent, filled: true, size: 80, opacity: 1 },
      bar: { color: accent },
      course: { color: accent, strokeWidth: 2 },
      others: { color: ink, fill: ink },
      link: { color: soft, stroke: soft, strokeWidth: 1.5 },
      reach: { color: accent, stroke: accent, strokeWidth: 2, opacity: 0.5 },
      mark: { color: soft, stroke: soft, strokeDash: [4, 3] },
      "mark-name": { color: ink, fill: ink, align: "left", baseline: "top", dx: 3, fontSize: 11 },
    },
  };
}

/** As many panels beside each other as there is room for, in rows of about the same length. */
function fitted(spec, width) {
  const room = width - NAMES;
  const between = spec.spacing.column;
  const most = Math.max(1, Math.min(spec.columns, Math.floor(room / (NARROWEST + between))));
  const columns = Math.ceil(spec.columns / Math.ceil(spec.columns / most));
  const panel = Math.min(Math.floor(room / columns) - between, 420);
  return { ...spec, columns, spec: { ...spec.spec, width: Math.max(panel, 120) } };
}

function view(spec, palette, options) {
  const { spec: compiled } = vegaLite.compile({ ...spec, config: config(palette) });
  const runtime = vega.parse(compiled, null, { ast: true });
  return new vega.View(runtime, { expr: expressionInterpreter, logLevel: vega.Error, tooltip: () => {}, ...options });
}

class Chart {
  constructor(figure) {
    this.figure = figure;
    this.spec = JSON.parse(figure.dataset.chart);
    const plot = figure.querySelector(".plot");
    plot.hidden = false;
    // Hidden inside an image that has a name: what Vega says of each mark is in the table, too, and better.
    this.room = plot.firstElementChild;
  }

  async draw() {
    const width = this.figure.clientWidth;
    if (!width) return;
    this.view?.finalize();
    this.room.replaceChildren();
    this.view = view(fitted(this.spec, width), colours(), { renderer: "svg", container: this.room, hover: false });
    await this.view.runAsync();
  }

  /** The chart on paper, with its title and what its signs mean. */
  async save() {
    const { title, name } = this.figure.dataset;
    const subtitle = lines(this.figure.querySelector("figcaption").textContent);
    const titled = { ...fitted(this.spec, SAVED_WIDTH), title: { text: title, subtitle }, padding: 12 };
    const drawing = await view(titled, PAPER, { renderer: "none" }).toSVG();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([drawing], { type: "image/svg+xml" }));
    link.download = `${this.figure.dataset.of ?? "monitoring"}-${name}.svg`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}

/** A sentence in lines that fit on the drawing. */
function lines(text, longest = 110) {
  const found = [""];
  for (const word of text.trim().split(/\s+/)) {
    if (found.at(-1).length + word.length >= longest) found.push("");
    found.push(`${found.pop()} ${word}`.trim());
  }
  return found;
}

const charts = new Map([...document.querySelectorAll("[data-chart]")].map((figure) => [figure.dataset.name, new Chart(figure)]));

async function drawAll() {
  for (const chart of charts.values()) await chart.draw();
  document.documentElement.dataset.drawn = String(charts.size);
}

for (const button of document.querySelectorAll("[data-file]")) {
  button.hidden = false;
  button.addEventListener("click", () => charts.get(button.dataset.file).save());
}

let waiting;
let widthDrawn = document.documentElement.clientWidth;
window.addEventListener("resize", () => {
  if (document.documentElement.clientWidth === widthDrawn) return;
  widthDrawn = document.documentElement.clientWidth;
  clearTimeout(waiting);
  waiting = setTimeout(drawAll, 150);
});
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
drawAll();
