// The status page: asks the gateway for its figures every few seconds, as long as somebody looks.

import { Chart } from "./chart.js";
import { byID, element } from "./dom.js";
import { Entrance } from "./entrance.js";
import { fetchIfAllowed, fetchJSON, fetchText } from "./gateway.js";
import { Recent, parseMetrics, reading, sum } from "./metrics.js";
import { rowsFromMetrics, serverCard, table } from "./server-view.js";
import { storeCard, storeFacts, storeTrouble } from "./store-view.js";
import { bytes, count, decimal, duration } from "./words.js";

const EVERY_MS = 3_000;
const SPAN_MS = 5 * 60_000;

const milliseconds = (seconds) => (seconds === null ? "–" : duration(seconds));
const whole = (value) => value.toLocaleString("en");

/** What is drawn: each chart with its lines. */
const charts = [
  chart("Requests per second", "Mean of 15 s, without this page's own.", decimal, (recent) => [recent.rates("requests", 15_000)]),
  chart("Answers under way", "Requests that Ollama works on.", whole, (recent) => [recent.values("streams")]),
  chart("WebSockets", "Connections that are open.", whole, (recent) => [recent.values("webSockets")]),
  chart("Tokens per second", "Of finished answers, mean of 30 s.", decimal, (recent) => [recent.rates("tokens", 30_000)]),
  chart(
    "Time to first token", "Of streams that began within a minute.", milliseconds,
    (recent) => [recent.quantiles(0.5, 60_000), recent.quantiles(0.99, 60_000)], ["p50", "p99"]),
  chart("Ollama's latency", "Until its response begins, mean of 30 s.", milliseconds, (recent) => [recent.latencies(30_000)]),
];

function chart(title, note, format, series, lines) {
  return { view: new Chart({ title, note, format, lines, span: SPAN_MS }), series };
}

class Status {
  #recent = new Recent(SPAN_MS);
  #timer = null;
  #isLooking = false;
  /** Whether more is told of the servers than anybody may know. */
  #isOperator = true;
  #entrance = new Entrance(() => {
    this.#isOperator = true;
    this.#look();
  });

  start() {
    byID("charts").append(...charts.map(({ view }) => view.element));
    document.addEventListener("visibilitychange", () => this.#look());
    this.#entrance.check();
    this.#look();
  }

  async #look() {
    clearTimeout(this.#timer);
    if (document.hidden || this.#isLooking) return;
    this.#isLooking = true;
    try {
      // First, or the other questions would be among the figures.
      const metrics = parseMetrics(await fetchText("metrics"));
      const cards = await this.#cards(metrics);
      this.#show(metrics, cards, await fetchJSON("health/detailed"));
    } catch (error) {
      this.#fail(error);
    }
    this.#isLooking = false;
    if (this.#entrance.isNeeded) return;
    this.#timer = setTimeout(() => this.#look(), EVERY_MS);
  }

  /** The figures are for who has the scope `metrics`, those of each server for who has `admin.read`. */
  #fail({ status, message }) {
    if (status === 0) say("The gateway does not answer. This page tries again every few seconds.", true);
    else if (status === 401) say(`${this.#entrance.request} It tells its figures to those who may see them.`, true);
    else say(message, true);
  }

  /** Of several servers each, as far as this page may know it. */
  async #cards(metrics) {
    const servers = metrics.get("ollama_gateway_upstream_up") ?? [];
    if (servers.length > 1) {
      const list = this.#isOperator ? await fetchIfAllowed("api/v1/admin/servers").catch(() => undefined) : null;
      if (list === null) this.#isOperator = false;
      return (list?.servers ?? rowsFromMetrics(metrics)).map(serverCard);
    }
    const version = await timed(() => fetchJSON("api/version"));
    const loaded = await fetchJSON("api/ps").catch(() => null);
    return servers.map((server) => ollama(server, version, loaded));
  }

  #show(metrics, cards, health) {
    const now = Date.now();
    this.#recent.add(reading(metrics, now));
    for (const { view, series } of charts) view.show(series(this.#recent), now);
    const servers = metrics.get("ollama_gateway_upstream_up") ?? [];
    byID("ollamas").replaceChildren(...cards);
    showFacts(byID("gateway"), gatewayFacts(metrics, health));
    const { store } = health;
    byID("store").replaceChildren(storeCard(store, showFacts(element("dl", { class: "facts" }), storeFacts(store))));
    const down = servers.filter(({ value }) => value !== 1).length;
    const drained = health?.servers?.draining ?? 0;
    if (drained > 0 && drained === health.servers.total) say("All servers are drained: they take no new requests.", true);
    else if (down > 0 && down < servers.length) say(`${down} of ${servers.length} servers cannot be reached.`, true);
    else if (down > 0) say("Ollama cannot be reached. Start it on its machine: ollama serve", true);
    else if (storeTrouble(store)) say(storeTrouble(store), true);
    else say(answering(metrics), false);
  }
}

function answering(metrics) {
  const waiting = sum(metrics, "ollama_gateway_turns", ({ state }) => state === "waiting");
  return waiting > 0 ? `All is well; ${count(waiting, "message")} in the queue.` : "All is well.";
}

/** Said again only if it is something else. */
function say(text, isBad) {
  const state = byID("state");
  state.classList.toggle("bad", isBad);
  if (state.textContent !== text) state.textContent = text;
}

/** What a question answers and how long it took, through the gateway; null if it does not answer. */
async function timed(question) {
  const start = performance.now();
  const answer = await question().catch(() => null);
  return answer && { ...answer, seconds: (performance.now() - start) / 1000 };
}

function ollama({ labels, value }, version, loaded) {
  const isUp = value === 1;
  return element(
    "article", { class: "card service ollama" },
    element(
      "div", { class: "head" },
      element("h3", labels.server), element("span", { class: isUp ? "up" : "down" }, isUp ? "up" : "down")),
    showFacts(element("dl", { class: "facts" }), [
      ["Version", version?.version ?? "–"], ["Answers a question after", milliseconds(version?.seconds ?? null)],
    ]),
    loadedModels(loaded?.models ?? null));
}

function loadedModels(models) {
  if (models === null) return element("p", { class: "none" }, "It does not say which models it has loaded.");
  if (models.length === 0) return element("p", { class: "none" }, "No model is in memory; the next message loads one.");
  return table(["Model in memory", "Size", "On the GPU", "Stays for"], models.map(({ name, size, size_vram: onGPU, expires_at: until }) => {
    const share = size > 0 ? `${Math.round((100 * onGPU) / size)} %` : "–";
    return [name, bytes(size), share, rest(until)];
  }));
}

/** A model that is to stay has a time centuries away. */
function rest(time) {
  const seconds = (new Date(time) - Date.now()) / 1000;
  return seconds < 366 * 86_400 ? duration(Math.max(0, seconds)) : "good";
}

function gatewayFacts(metrics, health) {
  const start = sum(metrics, "process_start_time_seconds");
  return [
    ["Version", health.version], ["Up for", start > 0 ? duration(Date.now() / 1000 - start) : "–"],
    ["Chats in memory", whole(sum(metrics, "ollama_gateway_sessions"))],
    ["Connections", whole(sum(metrics, "ollama_gateway_client_connections"))],
    ["Memory", bytes(sum(metrics, "process_resident_memory_bytes"))],
    ["Failed requests to Ollama", whole(sum(metrics, "ollama_gateway_upstream_errors_total"))],
  ];
}

function showFacts(list, facts) {
  list.replaceChildren(...facts.map(([name, value]) => element("div", element("dt", name), element("dd", value))));
  return list;
}

new Status().start();
