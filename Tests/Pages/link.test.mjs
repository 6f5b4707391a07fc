// A connection that comes back, in a world without a network and with a clock that the test turns.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BackOff } from "../../Sources/Pages/Files/backoff.js";
import { Link } from "../../Sources/Pages/Files/link.js";

class World {
  time = 0;
  sockets = [];
  #timers = new Map();
  #next = 1;

  constructor() {
    const world = this;
    this.Date = { now: () => this.time };
    this.WebSocket = class {
      sent = [];
      isClosed = false;

      constructor(address, protocols) {
        this.address = address;
        this.protocols = protocols;
        world.sockets.push(this);
      }

      send(text) {
        this.sent.push(JSON.parse(text));
      }

      close() {
        this.isClosed = true;
      }
    };
  }

  setTimeout = (action, delay) => {
    this.#timers.set(this.#next, { at: this.time + delay, action });
    return this.#next++;
  };

  clearTimeout = (timer) => this.#timers.delete(timer);

  pass(milliseconds) {
    const end = this.time + milliseconds;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, one], [, other]) => one.at - other.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.time = due[1].at;
      due[1].action();
    }
    this.time = end;
  }

  get socket() {
    return this.sockets.at(-1);
  }
}

function linkIn(world) {
  const listener = {
    received: [], states: [],
    linkDidReceive(message) { this.received.push(message); },
    linkDidChange({ name }) { this.states.push(name); },
    linkWillComeBack(connect) { connect(); },
  };
  const place = { session: "", protocols: [] };
  const link = new Link(() => `ws://gateway.example/ws${place.session}`, () => place.protocols, listener, world, new BackOff({ random: () => 0 }));
  return { link, listener, place };
}

test("a link that breaks comes back to where it belongs by then", () => {
  const world = new World();
  const { link, place } = linkIn(world);
  link.open();
  assert.equal(world.socket.address, "ws://gateway.example/ws");
  world.socket.onopen();
  place.session = "?session_id=s";
  world.socket.onclose({ code: 1006 });
  world.pass(60_000);
  assert.equal(world.socket.address, "ws://gateway.example/ws?session_id=s");
});

test("delays grow, and begin anew once it works", () => {
  const backOff = new BackOff({ first: 500, limit: 15_000, random: () => 0 });
  assert.deepEqual(Array.from({ length: 8 }, () => backOff.next()), [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  assert.equal(backOff.failures, 8);
  backOff.reset();
  assert.equal(backOff.next(), 500);
  assert.equal(new BackOff({ random: () => 1 }).next(), 375, "not all come back at once");
});

test("messages go both ways", () => {
  const world = new World();
  const { link, listener } = linkIn(world);
  link.open();
  link.send({ type: "early" });
  world.socket.onopen();
  link.send({ type: "chat" });
  world.socket.onmessage({ data: '{"type":"x"}' });
  assert.deepEqual([listener.received, world.socket.sent], [[{ type: "x" }], [{ type: "chat" }]]);
});

test("it comes back, later each time", () => {
  const world = new World();
  const { link } = linkIn(world);
  link.open();
  world.socket.onopen();
  world.socket.onclose({ code: 1006 });
  assert.deepEqual(link.state, { name: "waiting", until: 500, failures: 1 });
  world.pass(499);
  assert.equal(world.sockets.length, 1);
  world.pass(1);
  assert.equal(world.sockets.length, 2);
  world.socket.onclose({ code: 1006 });
  world.pass(999);
  assert.equal(world.sockets.length, 2);
  world.pass(1);
  world.socket.onopen();
  assert.equal(link.state.name, "open");
  world.socket.onclose({ code: 1006 });
  assert.equal(link.state.until - world.time, 500);
});

test("it comes back once it may, by one connection", () => {
  const world = new World();
  const { link, listener } = linkIn(world);
  const waiting = [];
  listener.linkWillComeBack = (connect) => waiting.push(connect);
  link.open();
  assert.equal(world.sockets.length, 1, "the first one needs no leave");
  world.socket.onclose({ code: 1006 });
  world.pass(500);
  link.open();
  assert.deepEqual([world.sockets.length, waiting.length, link.state.name], [1, 1, "connecting"]);
  waiting[0]();
  waiting[0]();
  assert.equal(world.sockets.length, 2);
  world.socket.onclose({ code: 1006 });
  world.pass(1000);
  link.close();
  waiting[1]();
  assert.deepEqual([world.sockets.length, link.state.name], [2, "closed"], "it was closed meanwhile");
});

test("it connects at once when it is told to", () => {
  const world = new World();
  const { link } = linkIn(world);
  link.open();
  world.socket.onclose({ code: 1006 });
  link.open();
  link.open();
  assert.equal(world.sockets.length, 2);
  world.socket.onopen();
  world.pass(15_000);
  assert.equal(world.sockets.length, 2, "the attempt that waited is not made as well");
});

test("a connection that has died in silence is noticed", () => {
  const world = new World();
  const { link, listener } = linkIn(world);
  link.open();
  world.socket.onopen();
  const first = world.socket;
  world.pass(20_000);
  assert.deepEqual(first.sent, [{ type: "ping" }]);
  first.onmessage({ data: '{"type":"pong"}' });
  assert.deepEqual(listener.received, []);
  world.pass(29_999);
  assert.equal(world.sockets.length, 1);
  world.pass(1);
  assert.ok(first.isClosed);
  assert.equal(link.state.name, "waiting");
});

test("who is let in no more asks at once whether to come back", () => {
  const world = new World();
  const { link, listener, place } = linkIn(world);
  const waiting = [];
  listener.linkWillComeBack = (connect) => waiting.push(connect);
  link.open();
  world.socket.onopen();
  world.socket.onclose({ code: 1008 });
  assert.deepEqual([waiting.length, link.state.name, world.sockets.length], [1, "connecting", 1]);
  link.close();
  world.pass(60_000);
  waiting[0]();
  assert.deepEqual([link.state.name, world.sockets.length], ["closed", 1], "nobody has let it in");
  place.protocols = ["og.v1", "og.key.k"];
  link.reopen();
  waiting[1]();
  assert.deepEqual([world.sockets.length, world.socket.protocols], [2, ["og.v1", "og.key.k"]]);
});

test("what was closed stays closed", () => {
  const world = new World();
  const { link, listener } = linkIn(world);
  link.open();
  world.socket.onopen();
  link.close();
  assert.ok(world.socket.isClosed);
  world.pass(100_000);
  assert.equal(world.sockets.length, 1);
  assert.equal(listener.states.at(-1), "closed");
});
