// A card for each of several Ollama servers.

import { element } from "./dom.js";
import { sum } from "./metrics.js";
import { bytes, decimal, duration } from "./words.js";

const BREAKERS = ["closed", "half_open", "open"];
const STATES = { half_open: "on trial", unknown: "not asked yet" };

/** What anybody may know of the servers, in the form of `GET /api/v1/admin/servers`, which is for the gateway's own machine. */
export function rowsFromMetrics(metrics) {
  const samples = (name) => metrics.get(`ollama_gateway_${name}`) ?? [];
  return samples("upstream_up").map(({ labels: { server: name }, value }) => {
    const isIts = ({ server }) => server === name;
    return {
      name, state: value === 1 ? "up" : "down", in_flight: sum(metrics, "ollama_gateway_upstream_inflight", isIts),
      breaker: BREAKERS[sum(metrics, "ollama_gateway_breaker_state", isIts)],
      instances: samples("upstream_slots").filter(({ labels }) => isIts(labels)).map(({ labels: { model }, value: known }) => (
        { model, slots: { known, settled: true } })),
    };
  });
}

export function serverCard(server) {
  const facts = [
    ["Version", server.version], ["Requests", server.in_flight], ["Waiting", server.waiting],
    ["Breaker", server.breaker.replace("_", " ")],
    ["Credentials", server.refuses_credentials ? "refused" : null],
  ].filter(([, value]) => value != null);
  const isWell = server.state === "up" || server.state === "unknown";
  return element(
    "article", { class: "card service ollama" },
    element(
      "div", { class: "head" },
      element("h3", server.name), element("span", { class: isWell ? "up" : "down" }, STATES[server.state] ?? server.state)),
    element(
      "dl", { class: "facts" },
      ...facts.map(([name, value]) => element("div", element("dt", name), element("dd", String(value))))),
    instances(server.instances));
}

function instances(list) {
  if (list.length === 0) return element("p", { class: "none" }, "No model is in memory.");
  const head = ["Model in memory", "Slots", "At work", "Size", "Prompt tokens/s", "Tokens/s"];
  const rows = list.map((one) => [
    one.load ? `${one.model}, loading: ${duration(one.load.elapsed_seconds)} of ${duration(one.load.expected_seconds)}` : one.model,
    `${one.slots.known}${one.slots.settled ? "" : " or more"}`, one.in_flight, one.size ? bytes(one.size) : null,
    one.prefill_tokens_per_second && decimal(one.prefill_tokens_per_second),
    one.decode_tokens_per_second && decimal(one.decode_tokens_per_second),
  ]);
  return table(head, rows.map((row) => row.map((cell) => String(cell ?? "–"))));
}

export function table(head, rows) {
  return element(
    "div", { class: "models", tabindex: "0", role: "region", "aria-label": "Models in memory" },
    element(
      "table",
      element("thead", element("tr", ...head.map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", ...rows.map((row) => element("tr", ...row.map((text) => element("td", text)))))));
}
