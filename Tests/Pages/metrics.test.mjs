// What the status page makes of the gateway's metrics.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Recent, buckets, bucketsBetween, parseMetrics, quantile, reading, sum } from "../../Sources/Pages/Files/metrics.js";

const TEXT = `# HELP a_total Of something.
# TYPE a_total counter
a_total 3
b{x="1",y="a \\"quoted\\" \\\\ thing, with } and ="} 2.5
b{x="2",y=""} 4
h_bucket{m="p",le="0.1"} 1
h_bucket{m="p",le="+Inf"} 3
h_bucket{m="q",le="0.1"} 2
h_bucket{m="q",le="+Inf"} 2
nonsense
`;

test("the text is read", () => {
  const metrics = parseMetrics(TEXT);
  assert.equal(sum(metrics, "a_total"), 3);
  assert.equal(sum(metrics, "b"), 6.5);
  assert.equal(sum(metrics, "b", ({ x }) => x === "2"), 4);
  assert.equal(sum(metrics, "missing"), 0);
  assert.equal(metrics.get("b")[0].labels.y, 'a "quoted" \\ thing, with } and =');
  assert.equal(metrics.has("nonsense"), false);
});

test("the series of a histogram are one", () => {
  assert.deepEqual(buckets(parseMetrics(TEXT), "h"), [[0.1, 3], [Infinity, 5]]);
});

test("quantiles", () => {
  const counts = [[1, 10], [2, 20], [4, 40], [Infinity, 40]];
  assert.equal(quantile(0.5, counts), 2);
  assert.equal(quantile(0.25, counts), 1);
  assert.equal(quantile(0.125, counts), 0.5);
  assert.equal(quantile(0.75, counts), 3);
  assert.equal(quantile(0.99, [[1, 1], [Infinity, 10]]), 1, "over the last bound nothing is known");
  assert.equal(quantile(0.5, [[1, 0], [Infinity, 0]]), null);
  assert.equal(quantile(0.5, []), null);
  assert.equal(quantile(0.99, [[1, 0], [2, 5], [Infinity, 5]]), 1.99, "an empty bucket is passed over");
});

test("between two readings", () => {
  assert.deepEqual(bucketsBetween([[1, 2], [Infinity, 3]], [[1, 4], [Infinity, 6]]), [[1, 2], [Infinity, 3]]);
  assert.deepEqual(bucketsBetween([], [[1, 4], [Infinity, 6]]), [[1, 4], [Infinity, 6]]);
  assert.deepEqual(bucketsBetween([[1, 9], [Infinity, 9]], [[1, 1], [Infinity, 1]]), [[1, 1], [Infinity, 1]], "a new start");
});

/** The text of a gateway that has served so much. */
function gateway(requests, tokens, firstTokens) {
  return parseMetrics(`
http_server_request_duration_seconds_count{http_route="/api/chat",http_response_status_code="200"} ${requests}
http_server_request_duration_seconds_count{http_route="/metrics",http_response_status_code="200"} 1000
gen_ai_client_token_usage_sum{gen_ai_token_type="output"} ${tokens}
gen_ai_client_token_usage_sum{gen_ai_token_type="input"} 99999
gen_ai_server_time_to_first_token_seconds_bucket{le="1"} ${firstTokens}
gen_ai_server_time_to_first_token_seconds_bucket{le="+Inf"} ${firstTokens}
`);
}

test("rates over a window", () => {
  const recent = new Recent(60_000);
  for (let second = 0; second <= 10; second += 1) recent.add(reading(gateway(second * 2, second * 30, second), second * 1000));
  const rates = recent.rates("requests", 5_000);
  assert.equal(rates.length, 11);
  assert.equal(rates[0][1], null, "of one reading there is no rate");
  assert.ok(rates.slice(1).every(([, rate]) => rate === 2));
  assert.equal(recent.rates("tokens", 5_000).at(-1)[1], 30);
  assert.equal(recent.quantiles(0.5, 5_000).at(-1)[1], 0.5);
});

test("a gateway that was started anew", () => {
  const recent = new Recent(60_000);
  recent.add(reading(gateway(1000, 0, 0), 0));
  recent.add(reading(gateway(4, 0, 0), 2000));
  assert.equal(recent.rates("requests", 5_000).at(-1)[1], 2);
});

test("what is old goes", () => {
  const recent = new Recent(3_000);
  for (let second = 0; second <= 10; second += 1) recent.add(reading(gateway(second, 0, 0), second * 1000));
  assert.deepEqual(recent.values("requests").map(([time]) => time), [7000, 8000, 9000, 10000]);
});
