// What the status page shows of what keeps the chats.

import assert from "node:assert/strict";
import { test } from "node:test";

import { storeFacts, storeTrouble } from "../../Sources/Pages/Files/store-view.js";

test("a store on this machine", () => {
  const store = { kind: "sqlite", state: "ok", latency_seconds: 0.0018, waiting: 1, bytes: 1_363_968, location: "/var/lib/x/gateway.db" };
  assert.deepEqual(storeFacts(store), [
    ["Place", "/var/lib/x/gateway.db"], ["Commit", "2 ms"], ["Waiting", "1 write"], ["Size", "1.4 MB"],
  ]);
  assert.equal(storeTrouble(store), null);
});

test("from elsewhere its place is not told, and before the first commit no time", () => {
  const names = storeFacts({ kind: "postgresql", state: "ok", latency_seconds: null, waiting: 0, bytes: 0 });
  assert.deepEqual(names, [["Commit", "–"], ["Waiting", "0 writes"], ["Size", "0 B"]]);
});

test("memory, and what does not work", () => {
  assert.deepEqual(storeFacts({ kind: "memory", state: "ok" }), [["A restart", "forgets all chats"]]);
  assert.match(storeTrouble({ state: "full" }), /full/);
  assert.match(storeTrouble({ state: "failing" }), /does not work/);
});
