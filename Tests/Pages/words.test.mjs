// What the pages say, in words.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, connection, duration, explain, figures, keeping, ordinal, refusal, waiting, when, withLocalTimes } from "../../Sources/Pages/Files/words.js";

test("what stands under an answer", () => {
  const usage = { prompt_tokens: 1, completion_tokens: 21 };
  assert.deepEqual(figures({ usage, time_to_first_token: 0.25, response_time: 2.25 }),
    ["21 tokens", "10 tokens/s", "first after 250 ms", "prompt 1 token"]);
  assert.deepEqual(figures({ usage: { prompt_tokens: 5, completion_tokens: 1 }, time_to_first_token: 1, response_time: 1 }),
    ["1 token", "first after 1.0 s", "prompt 5 tokens"]);
  assert.deepEqual(figures({}), []);
});

test("answers that are not kept as others are", () => {
  assert.match(keeping({ interrupted: true })[0], /^Interrupted/);
  assert.match(keeping({ pending: true })[0], /^Not stored yet/);
  assert.equal(keeping({ usage: {} }), undefined);
});

test("numbers", () => {
  assert.deepEqual([0, 999, 98_363_006, 1_234_567_890, 999_600].map(bytes), ["0 B", "999 B", "98 MB", "1.2 GB", "1.0 MB"]);
  assert.deepEqual([0, 0.0004, 0.25, 3.14, 42, 75, 7300, 200_000].map(duration),
    ["0 ms", "< 1 ms", "250 ms", "3.1 s", "42 s", "1 min 15 s", "2 h 1 min", "2 days"]);
});

test("when", () => {
  const now = new Date(2026, 5, 15, 12, 0);
  assert.equal(when(new Date(2026, 5, 15, 11, 59, 30), now), "just now");
  assert.equal(when(new Date(2026, 5, 15, 11, 15), now), "45 min ago");
  assert.match(when(new Date(2026, 5, 14, 23, 0), now), /11:00|23:00/);
  assert.match(when(new Date(2026, 4, 1), now), /2026/);
});

test("each failure says what to do", () => {
  assert.deepEqual(
    [
      { code: "not_found", message: 'model "x" not found, try pulling it first' },
      { code: "service_unavailable", message: "Ollama cannot be reached." },
      { code: "service_unavailable", message: "The Ollama servers that could take the request are drained." },
      { code: "service_unavailable", message: "The gateway is shutting down." },
      { code: "service_unavailable", message: "The store of the sessions does not answer in time; try again later." },
      { code: "gateway_timeout", message: "Ollama gave no answer in time." },
      { code: "bad_gateway", message: "Ollama: out of memory" },
    ].map((failure) => [explain(failure, "x:1").title, explain(failure, "x:1").command]),
    [
      ["The model “x:1” is not on this Ollama.", "ollama pull x:1"],
      ["Ollama cannot be reached.", "ollama serve"],
      ["The Ollama servers that could take the request are drained.", undefined],
      ["The gateway is being restarted.", undefined],
      ["The store of the sessions does not answer in time; try again later.", undefined],
      ["Ollama gave no answer in time.", undefined],
      ["Ollama: out of memory", undefined],
    ]);
});

test("what a key is refused says when it may have more, and by whom", () => {
  const hint = (failure) => explain(failure, "x:1").hint;
  const rate = { code: "too_many_requests", message: "rate limit: 60 requests a minute" };
  assert.match(hint({ ...rate, seconds: 12 }), /in 12 s/);
  assert.match(hint({ code: "too_many_requests", message: "budget of this month is used up" }), /can give you more/);
  assert.match(hint({ code: "too_many_requests", message: "Too many messages wait." }), /is answered/);
  assert.match(hint({ code: "forbidden", message: 'model "x" is not allowed for this key' }), /another model/);
  assert.equal(refusal(rate.message, 90), "rate limit: 60 requests a minute. Try again in 1 min 30 s.");
  assert.equal(refusal("No.", undefined), "No.");
  assert.equal(refusal("no", NaN), "no.");
});

test("places in line", () => {
  assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111, 1_001].map(ordinal),
    ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "103rd", "111th", "1,001st"]);
});

test("waiting for the first token", () => {
  assert.equal(waiting(1, "x", false), "Waiting for the first word…");
  assert.match(waiting(4.9, "x", false), /loads x into memory.* 4 s so far/);
  assert.match(waiting(5, "x", true), /is busy/);
  assert.match(waiting(5, "x", true, { position: 3, seconds: 12, toldAt: 1000 }, 2000), /^3rd in line, about 12 s\.$/);
  assert.match(waiting(5, "x", true, { position: 1, seconds: 95, toldAt: 1000 }, 2000), /^Next in line, about 2 min\.$/);
  const loading = { position: 3, seconds: 12, isLoading: true, server: "gpu1", toldAt: 1000 };
  assert.equal(waiting(5, "qwen3:32b", false, loading, 2000), "3rd in line, about 12 s; gpu1 is loading qwen3:32b.");
  assert.match(waiting(5, "x", false, { ...loading, position: 2, seconds: undefined, server: undefined }, 2000), /^2nd in line; Ollama is loading x\.$/);
  assert.match(waiting(25, "x", true, { position: 3, seconds: 12, toldAt: 1000 }, 20_000), /is busy/);
  assert.doesNotMatch(waiting(5, "x", null), /memory|busy/);
});

test("the state of the connection", () => {
  assert.equal(connection({ name: "open" }, 0, true), null);
  assert.equal(connection({ name: "connecting", failures: 0 }, 0, false), null);
  assert.deepEqual(
    connection({ name: "waiting", until: 2500, failures: 1 }, 0, false),
    { text: "The connection broke.", countdown: "Next attempt in 3 s." });
  assert.match(connection({ name: "waiting", until: 0, failures: 4 }, 10, true).text, /does not answer. The answer goes on/);
  // Words that stay the same are not read out again.
  assert.equal(
    connection({ name: "waiting", until: 9, failures: 2 }, 0, true).text, connection({ name: "connecting", failures: 2 }, 0, true).text);
});

test("times of the gateway's, by the clock of here", () => {
  const shown = new Date("2026-11-26T11:39:26Z").toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  assert.equal(withLocalTimes("Account locked until 2026-11-26 11:39:26.521293+00:00"), `Account locked until ${shown}`);
  assert.equal(withLocalTimes("at 2026-11-26T11:39:26Z."), `at ${shown}.`);
  assert.equal(withLocalTimes("2026-99-99 11:39:26Z"), "2026-99-99 11:39:26Z", "no such day");
  assert.equal(withLocalTimes("nothing of 2026"), "nothing of 2026");
});
