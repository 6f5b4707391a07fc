// A small chart: lines over the last minutes.

import { element } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [300, 72];

export class Chart {
  #title;
  #format;
  #span;
  #value = element("p", { class: "value" });
  #top = element("span", { class: "top-label" });
  #drawing = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  #lines;

  /** `format` makes text of a value, `span` is the time that is shown. */
  constructor({ title, note, lines = [""], format, span }) {
    this.#title = title;
    this.#format = format;
    this.#span = span;
    this.#lines = lines.map((name, index) => ({
      name,
      path: draw("path", { class: `line line-${index}` }),
    }));
    this.#drawing.append(draw("path", { class: "base", d: `M0 ${HEIGHT}H${WIDTH}` }));
    this.#drawing.append(...this.#lines.map(({ path }) => path));
    this.element = element(
      "figure", { class: "card chart" },
      element("figcaption", element("h2", title), element("p", { class: "note" }, note)),
      this.#value,
      element("div", { class: "plot" }, this.#drawing, this.#top),
      element(
        "p", { class: "axis", "aria-hidden": "true" },
        element("span", `${span / 60_000} min ago`), element("span", "now")));
  }

  /** `series` has the points `[time, value]` of each line; a value may be null. */
  show(series, now) {
    const values = series.flat().map(([, value]) => value).filter((value) => value !== null);
    const top = Math.max(...values, 0) || 1;
    const point = ([time, value]) => [WIDTH * (1 - (now - time) / this.#span), HEIGHT - (HEIGHT - 4) * (value / top)];
    this.#lines.forEach(({ path }, index) => {
      path.setAttribute("d", unbroken(series[index]).map((run) => lineThrough(run.map(point))).join(""));
    });
    this.#top.textContent = values.some((value) => value > 0) ? this.#format(top) : "";
    this.#showValues(series.map((points) => points.findLast(([, value]) => value !== null)?.[1] ?? null));
  }

  #showValues(latest) {
    const texts = latest.map((value) => (value === null ? "–" : this.#format(value)));
    this.#value.replaceChildren(
      ...this.#lines.map(({ name }, index) =>
        element("span", { class: `line-${index}` }, ...(name ? [element("small", name)] : []), texts[index])));
    const spoken = this.#lines.map(({ name }, index) => `${name} ${texts[index]}`.trim()).join(", ");
    const most = this.#top.textContent || "that";
    this.#drawing.setAttribute(
      "aria-label", `${this.#title} over the last ${this.#span / 60_000} minutes; now ${spoken}, at most ${most}`);
  }
}

/** Runs of points that have values; a single one is drawn, too. */
function unbroken(points) {
  const runs = [[]];
  for (const point of points) {
    if (point[1] === null) runs.push([]);
    else runs.at(-1).push(point);
  }
  return runs.filter((run) => run.length > 0);
}

function lineThrough(run) {
  const places = run.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`);
  return places.length === 1 ? `M${places[0]}h0.1` : `M${places.join("L")}`;
}

function draw(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}
