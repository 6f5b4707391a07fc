// The card of what keeps the chats.

import { element } from "./dom.js";
import { bytes, count, duration } from "./words.js";

const KINDS = { memory: "memory", sqlite: "SQLite", postgresql: "PostgreSQL" };

/** `store` of `GET /health/detailed`, of which `location` and `error` are told to this machine alone. */
export function storeFacts({ kind, location, latency_seconds: latency, waiting, bytes: size }) {
  if (kind === "memory") return [["A restart", "forgets all chats"]];
  return [
    ["Place", location], ["Commit", latency == null ? "–" : duration(latency)],
    ["Waiting", count(waiting, "write")], ["Size", bytes(size)],
  ].filter(([, value]) => value !== undefined);
}

export function storeCard(store, facts) {
  const isWell = store.state === "ok";
  return element(
    "article", { class: "card service" },
    element(
      "div", { class: "head" },
      element("h3", KINDS[store.kind]), element("span", { class: isWell ? "up" : "down" }, store.state.replace("_", " "))),
    facts, store.error && element("p", { class: "none" }, store.error));
}

/** What whoever chats is to know of it; null where there is nothing. */
export function storeTrouble({ state }) {
  if (state === "ok") return null;
  if (state === "full") return "The store of the chats is full: messages are refused until chats are deleted.";
  return "The store of the chats does not work: messages are refused.";
}
