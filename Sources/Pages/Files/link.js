// A WebSocket that comes back.

import { BackOff } from "./backoff.js";

/** Nothing heard for so long: a proxy or a phone that slept may have lost the other side without a word. */
const QUIET_MS = 20_000;
/** An answer takes at most so long. */
const ANSWER_MS = 10_000;
/** The gateway does not let us in any more. */
const POLICY_VIOLATION = 1008;

/**
 * Keeps one WebSocket open, and opens another when it breaks, until it is closed.
 *
 * `listener` has `linkDidReceive(message)` with what JSON said, and `linkDidChange(state)`, and
 * `linkWillComeBack(connect)`, which calls `connect` once it may. A state is
 * `{ name: "connecting" | "open" | "waiting" | "closed" }`, and of one that waits also `until`, a time, and `failures`.
 */
export class Link {
  #address;
  #protocols;
  #listener;
  #world;
  #backOff;
  #socket = null;
  #timer = null;
  #quietTimer = null;

  /**
   * `address` says where to, anew for each attempt, and so does `protocols`. `world` is where WebSockets and timers come
   * from: the browser, or a test.
   */
  constructor(address, protocols, listener, world = globalThis, backOff = new BackOff()) {
    this.#address = address;
    this.#protocols = protocols;
    this.#listener = listener;
    this.#world = world;
    this.#backOff = backOff;
    this.state = { name: "closed" };
  }

  /** Connects, at once also while it waits for the next attempt. */
  open() {
    if (this.#socket || this.state.name === "connecting") return;
    this.#world.clearTimeout(this.#timer);
    const { failures } = this.#backOff;
    this.#change({ name: "connecting", failures });
    if (failures > 0) this.#listener.linkWillComeBack(() => this.#connect());
    else this.#connect();
  }

  #connect() {
    if (this.#socket || this.state.name !== "connecting") return;
    const socket = new this.#world.WebSocket(this.#address(), this.#protocols());
    this.#socket = socket;
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onopen = () => {
      this.#backOff.reset();
      this.#change({ name: "open" });
      this.#listen();
    };
    socket.onclose = ({ code }) => {
      this.#lose();
      // Whoever listens is asked at once, and lets it come back only if it is worth a try.
      if (code === POLICY_VIOLATION) this.open();
    };
  }

  /** Connects anew, as somebody else. */
  reopen() {
    this.close();
    this.open();
  }

  send(message) {
    if (this.state.name === "open") this.#socket.send(JSON.stringify(message));
  }

  close() {
    this.#forget();
    this.#world.clearTimeout(this.#timer);
    this.#change({ name: "closed" });
  }

  #receive(data) {
    this.#listen();
    const message = JSON.parse(data);
    if (message.type !== "pong") this.#listener.linkDidReceive(message);
  }

  /** Something was heard: from now on it is quiet again. */
  #listen() {
    this.#world.clearTimeout(this.#quietTimer);
    this.#quietTimer = this.#world.setTimeout(() => {
      this.send({ type: "ping" });
      this.#quietTimer = this.#world.setTimeout(() => this.#lose(), ANSWER_MS);
    }, QUIET_MS);
  }

  #lose() {
    this.#forget();
    const delay = this.#backOff.next();
    this.#timer = this.#world.setTimeout(() => this.open(), delay);
    this.#change({ name: "waiting", until: this.#world.Date.now() + delay, failures: this.#backOff.failures });
  }

  #forget() {
    this.#world.clearTimeout(this.#quietTimer);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #change(state) {
    this.state = state;
    this.#listener.linkDidChange(state);
  }
}
