// The key by which the gateway knows who asks.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { isSendable, keepKey, key, shownPart, subprotocols, withKey } from "../../Sources/Pages/Files/credential.js";
import { faultOf, fetchIfAllowed, fetchJSON, whenRefused } from "../../Sources/Pages/Files/gateway.js";

const KEY = `sk-og-abcdefGH0123-${"s".repeat(43)}`;

let requests;
let answer;

beforeEach(() => {
  requests = [];
  globalThis.fetch = async (url, { headers }) => {
    requests.push({ path: url.pathname.split("/").slice(-2).join("/"), headers });
    const { status = 200, body = {}, fields = {} } = answer(headers);
    return new Response(JSON.stringify(body), { status, headers: fields });
  };
  answer = () => ({});
});

afterEach(() => {
  keepKey("");
  whenRefused(() => {});
});

test("without a key nothing is shown", async () => {
  await fetchJSON("api/tags", { headers: { "X-Other": "1" } });
  assert.deepEqual(requests[0].headers, { "X-Other": "1" });
  assert.deepEqual([withKey(), subprotocols(), key()], [{}, [], ""]);
});

test("a key goes along with each request, and with a WebSocket", async () => {
  keepKey(KEY);
  await fetchJSON("api/tags", { headers: { "X-Other": "1" } });
  assert.deepEqual(requests[0].headers, { "X-Other": "1", Authorization: `Bearer ${KEY}` });
  assert.deepEqual(subprotocols(), ["og.v1", `og.key.${KEY}`]);
});

test("of a key its public part may be seen", () => {
  assert.equal(shownPart(KEY), "sk-og-abcdefGH0123-…");
  assert.doesNotMatch(shownPart("sk-litellm-0123456789-0123456789-0123"), /0123/);
  assert.doesNotMatch(shownPart("sk-og-short-secret"), /short|secret/);
});

test("what no browser can send is no key", () => {
  for (const text of [KEY, "A0!#$%&'*+-.^_`|~"]) assert.ok(isSendable(text), text);
  for (const text of ["", "a b", "a,b", "a=b", "a/b", "ä", "a\n", "\u{1F600}", "x".repeat(4097)]) assert.ok(!isSendable(text), text);
});

test("whoever is refused is told by which key", async () => {
  const refused = [];
  whenRefused((shown) => refused.push(shown));
  answer = () => ({ status: 401, body: { detail: "Could not validate credentials" } });
  await assert.rejects(fetchJSON("api/v1/chat/sessions"), { status: 401, message: "Could not validate credentials." });
  keepKey(KEY);
  await assert.rejects(fetchJSON("api/v1/chat/sessions"));
  assert.equal(await fetchIfAllowed("api/v1/admin/servers"), null);
  assert.deepEqual(refused, ["", KEY], "what is for some only asks nobody");
});

test("a key that is tried is not kept, and nobody is told", async () => {
  whenRefused(() => assert.fail());
  answer = ({ Authorization }) => (Authorization === "Bearer good" ? { status: 503 } : { status: 401, body: { error: "API key expired" } });
  assert.equal(await faultOf("good"), null, "an Ollama that is away is not its fault");
  assert.equal((await faultOf("bad")).message, "API key expired.");
  assert.deepEqual([key(), requests[0].path], ["", "api/version"]);
});

test("too many guesses, in words with their time", async () => {
  answer = () => ({ status: 429, body: { error: "too many wrong API keys from this address" }, fields: { "Retry-After": "42" } });
  const fault = await faultOf("bad");
  assert.equal(fault.message, "too many wrong API keys from this address. Try again in 42 s.");
  globalThis.fetch = async () => { throw new TypeError("offline"); };
  assert.equal((await faultOf("bad")).message, "The gateway does not answer.");
});
