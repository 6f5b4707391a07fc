// What the status page shows of several servers to who may not ask for more.

import assert from "node:assert/strict";
import { test } from "node:test";

import { parseMetrics } from "../../Sources/Pages/Files/metrics.js";
import { rowsFromMetrics } from "../../Sources/Pages/Files/server-view.js";

test("servers by their figures", () => {
  const metrics = parseMetrics([
    'ollama_gateway_upstream_up{server="gpu1"} 1', 'ollama_gateway_upstream_up{server="gpu2"} 0',
    'ollama_gateway_upstream_inflight{server="gpu1"} 3', 'ollama_gateway_upstream_inflight{server="gpu2"} 0',
    'ollama_gateway_breaker_state{server="gpu1"} 0', 'ollama_gateway_breaker_state{server="gpu2"} 2',
    'ollama_gateway_upstream_slots{server="gpu1",model="a:latest"} 4',
  ].join("\n"));
  assert.deepEqual(rowsFromMetrics(metrics), [
    { name: "gpu1", state: "up", in_flight: 3, breaker: "closed", instances: [{ model: "a:latest", slots: { known: 4, settled: true } }] },
    { name: "gpu2", state: "down", in_flight: 0, breaker: "open", instances: [] },
  ]);
  assert.deepEqual(rowsFromMetrics(new Map()), []);
});
