// The API reference without a browser: what it makes of documents, of forms and of streams.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

import { ApiDocument } from "../../Sources/Pages/Files/api-document.js";
import { reformatted, curlLine, makeRequest, quote } from "../../Sources/Pages/Files/api-request.js";
import { EventStream, pieceOf } from "../../Sources/Pages/Files/event-stream.js";
import { paragraphs } from "../../Sources/Pages/Files/prose.js";
import { facts, schemaTree, typeName } from "../../Sources/Pages/Files/schema-tree.js";

const document = new ApiDocument({
  tags: [{ name: "Chat", description: "Talk." }, { name: "Unused" }],
  paths: {
    "/chat/{id}": {
      post: {
        tags: ["Chat"], operationId: "chat", summary: "Say",
        parameters: [
          { name: "id", in: "path", required: true, schema: { type: "string" } },
          { name: "skip", in: "query", schema: { type: "integer" } },
          { name: "Last-Event-ID", in: "header", schema: { type: "string" } },
        ],
        requestBody: {
          content: { "application/json": { schema: { $ref: "#/components/schemas/Request" }, examples: { a: { $ref: "#/components/examples/a" } } } },
        },
        responses: {
          200: {
            description: "Yes.",
            content: {
              "application/json": { schema: { type: "object" }, example: { b: 1 } },
              "text/event-stream": {
                itemSchema: {
                  type: "object",
                  properties: {
                    data: {
                      type: "string",
                      anyOf: [
                        { const: "[DONE]" },
                        { contentMediaType: "application/json", contentSchema: { $ref: "#/components/schemas/Event" } },
                      ],
                    },
                  },
                },
              },
            },
          },
          404: { $ref: "#/components/responses/No" },
        },
      },
    },
    "/ws": { get: { tags: ["Chat"], operationId: "ws", summary: "Open", responses: { 101: { description: "Yes." } } } },
  },
  components: {
    examples: { a: { summary: "Short", value: { message: "Hi" } } },
    responses: { No: { description: "No." } },
    schemas: {
      Request: {
        type: "object", required: ["message"],
        properties: {
          message: { type: "string", minLength: 1, maxLength: 5000, description: "What to say." },
          id: { anyOf: [{ $ref: "#/components/schemas/ID" }, { type: "null" }], description: "Which." },
          temperature: { type: ["number", "null"], minimum: 0, maximum: 2, default: 0.7 },
          history: { type: "array", items: { $ref: "#/components/schemas/Entry" } },
          options: { type: "object", additionalProperties: true },
        },
      },
      ID: { type: "string", description: "A name." },
      Entry: { type: "object", properties: { role: { enum: ["user", "assistant"] }, next: { $ref: "#/components/schemas/Entry" } } },
      Short: {
        allOf: [{ $ref: "#/components/schemas/Request" }, { properties: { message: { maxLength: 10 } }, required: ["id"] }],
      },
      Event: { oneOf: [{ $ref: "#/components/schemas/Entry" }, { type: "object", properties: { type: { const: "end" } } }] },
    },
    messages: {
      "client-ping": { name: "ping", payload: { $ref: "#/components/schemas/ID" }, examples: [{ payload: { type: "ping" } }] },
      "server-pong": { name: "pong", payload: { $ref: "#/components/schemas/ID" } },
    },
  },
});
const [chat, socket] = document.operations();

test("operations by their group, with what their references lead to", () => {
  const groups = document.groups();
  assert.deepEqual(groups.map(({ name, operations }) => [name, operations.map(({ id }) => id)]), [["Chat", ["chat", "ws"]]]);
  assert.equal(chat.method, "POST");
  assert.deepEqual(chat.body.examples, [{ name: "Short", value: { message: "Hi" } }]);
  assert.deepEqual(chat.answerTypes, ["application/json", "text/event-stream"]);
  assert.deepEqual(chat.responses.map(({ status, description }) => [status, description]), [[200, "Yes."], [404, "No."]]);
  assert.deepEqual(chat.successes[0].media.map(({ isStream }) => isStream), [false, true]);
  assert.ok(socket.isUpgrade && !chat.isUpgrade);
  assert.deepEqual(document.messages("client"), [
    { name: "ping", payload: { $ref: "#/components/schemas/ID" }, examples: [{ type: "ping" }] },
  ]);
});

test("a reference that leads nowhere, or to itself", () => {
  const broken = new ApiDocument({ components: { a: { $ref: "#/components/a" } } });
  assert.deepEqual(broken.resolve({ $ref: "#/components/nothing/there" }), {});
  assert.ok(broken.resolve({ $ref: "#/components/a" }));
});

test("a schema as rows", () => {
  const rows = schemaTree(document, { $ref: "#/components/schemas/Request" });
  assert.deepEqual(rows.map(({ name, type, isRequired }) => [name, type, isRequired]), [
    ["message", "string", true], ["id", "string or null", false], ["temperature", "number or null", false],
    ["history", "array of Entry", false], ["options", "object", false],
  ]);
  assert.deepEqual(rows[0].facts, ["not empty", "at most 5,000 characters"]);
  assert.equal(rows[1].description, "Which.");
  assert.deepEqual(rows[2].facts, ["default 0.7", "0 to 2"]);
  assert.deepEqual(rows[3].rows.map(({ name, type }) => [name, type]), [["role", '"user" or "assistant"'], ["next", "Entry"]]);
});

test("a schema that leads back to itself ends", () => {
  let depth = 0;
  for (let rows = schemaTree(document, { $ref: "#/components/schemas/Entry" }); rows.length > 0; rows = rows.at(-1).rows) depth += 1;
  assert.ok(depth > 1 && depth < 20);
});

test("parts of a schema are one, and alternatives stay apart", () => {
  const rows = schemaTree(document, { $ref: "#/components/schemas/Short" });
  assert.deepEqual(rows[0].facts, ["not empty", "at most 10 characters"]);
  assert.deepEqual(rows.filter(({ isRequired }) => isRequired).map(({ name }) => name), ["message", "id"]);
  const choices = schemaTree(document, { $ref: "#/components/schemas/Event" });
  assert.deepEqual(choices.map(({ name, type }) => [name, type]), [[null, "Entry"], [null, "object"]]);
  assert.equal(typeName(document, { $ref: "#/components/schemas/Event" }), "Event");
});

test("bounds that bound nobody are not told", () => {
  assert.deepEqual(facts({ minimum: 0, maximum: 9007199254740991 }), ["at least 0"]);
  assert.deepEqual(facts({ minimum: 0 }), ["at least 0"]);
  assert.deepEqual(facts({ minimum: 0, maximum: 500 }), ["0 to 500"]);
  assert.deepEqual(facts({}), []);
});

test("a request from a form", () => {
  const request = makeRequest(chat, { id: "a b/c?", skip: "2", "Last-Event-ID": "x:1" }, "{}", "text/event-stream");
  assert.deepEqual(request, {
    method: "POST", path: "/chat/a%20b/c%3F?skip=2", body: "{}",
    headers: { "Last-Event-ID": "x:1", Accept: "text/event-stream", "Content-Type": "application/json" },
  });
  assert.deepEqual(makeRequest(socket, {}, null), { method: "GET", path: "/ws", headers: {}, body: null });
});

test("words of a shell's line come out as they went in", () => {
  for (const word of ["plain", "", "two words", "it's", "$HOME `x` \\ \"", "a\nb", "!", "{\"a\": \"b'c\"}", "-x", "ä"]) {
    assert.equal(execFileSync("/bin/sh", ["-c", `printf %s ${quote(word)}`], { encoding: "utf8" }), word);
  }
  const line = curlLine("http://h/chat?a=1&b=2", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{\"m\":\"it's\"}" }, { isStream: true });
  assert.equal(line, "curl -N 'http://h/chat?a=1&b=2' -H 'Content-Type: application/json' -d '{\"m\":\"it'\\''s\"}'");
  assert.equal(curlLine("http://h/x", { method: "GET", headers: {}, body: null }), "curl http://h/x");
  assert.equal(
    curlLine("http://h/x", { method: "GET", headers: {}, body: null }, { hasKey: true }),
    'curl http://h/x -H "Authorization: Bearer $OLLAMA_GATEWAY_KEY"');
  assert.equal(curlLine("http://h/x", { method: "DELETE", headers: {}, body: null }), "curl -X DELETE http://h/x");
  assert.equal(curlLine("http://h/x", { method: "HEAD", headers: {}, body: null }), "curl -I http://h/x");
  assert.equal(
    curlLine("http://h/x", { method: "POST", headers: {}, body: null }, { bodyArguments: ["-F", "file=@x"] }), "curl http://h/x -F file=@x");
});

test("a body for the shell", () => {
  assert.equal(reformatted('{\n  "a": 1\n}'), '{"a":1}');
  assert.equal(reformatted("{"), "{");
});

test("events, wherever they are cut", () => {
  const text = "event: a\r\nid: 1\r\ndata: {\"x\":1}\r\n\r\n: ping\n\ndata: one\ndata: two\n\ndata:[DONE]\n\ndata: cut";
  for (let size = 1; size < text.length; size += 1) {
    const stream = new EventStream("text/event-stream; charset=utf-8");
    const events = [];
    for (let start = 0; start < text.length; start += size) events.push(...stream.take(text.slice(start, start + size)));
    assert.deepEqual(events, ['{"x":1}', "one\ntwo", "[DONE]"], `pieces of ${size}`);
  }
  const lines = new EventStream("application/x-ndjson");
  assert.deepEqual([...lines.take('{"a":'), ...lines.take('1}\n{"b"'), ...lines.take(":2}\n")], ['{"a":1}', '{"b":2}']);
  assert.ok(EventStream.isStream("text/event-stream") && !EventStream.isStream("application/json"));
});

test("a long event in many pieces is looked at once", () => {
  const stream = new EventStream("text/event-stream");
  let looked = 0;
  const split = String.prototype.split;
  String.prototype.split = function (...parameters) {
    looked += this.length;
    return split.apply(this, parameters);
  };
  const events = [];
  try {
    events.push(...stream.take("data: "));
    for (let count = 0; count < 1000; count += 1) events.push(...stream.take("x".repeat(100)));
    events.push(...stream.take("\r\n\r"), ...stream.take("\n"));
  } finally {
    String.prototype.split = split;
  }
  assert.deepEqual(events.map(({ length }) => length), [100_000]);
  assert.ok(looked < 110_000, `${looked} characters for 100,000`);
});

test("the piece of the answer in each API's events", () => {
  assert.equal(pieceOf('{"type":"stream_chunk","content":"a"}'), "a");
  assert.equal(pieceOf('{"type":"stream","token":"a"}'), "a");
  assert.equal(pieceOf('{"response":"a","done":false}'), "a");
  assert.equal(pieceOf('{"message":{"role":"assistant","content":"a"}}'), "a");
  assert.equal(pieceOf('{"choices":[{"delta":{"content":"a"}}]}'), "a");
  assert.equal(pieceOf('{"choices":[{"text":"a"}]}'), "a");
  assert.equal(pieceOf('{"type":"content_block_delta","delta":{"text":"a"}}'), "a");
  assert.equal(pieceOf('{"type":"response.output_text.delta","delta":"a"}'), "a");
  for (const nothing of ["[DONE]", "null", '{"type":"stream_start"}', '{"type":"message_delta","delta":{}}', '{"type":"response.completed","response":{}}']) {
    assert.equal(pieceOf(nothing), "");
  }
});

test("descriptions", () => {
  assert.deepEqual(paragraphs("Takes `a` and\n`b`.\n\nNext"), [
    [{ text: "Takes ", isCode: false }, { text: "a", isCode: true }, { text: " and ", isCode: false }, { text: "b", isCode: true }, { text: ".", isCode: false }],
    [{ text: "Next", isCode: false }],
  ]);
  assert.deepEqual(paragraphs(""), []);
});
