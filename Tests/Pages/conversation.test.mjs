// A conversation, told as the gateway tells it, over connections that break anywhere.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Conversation } from "../../Sources/Pages/Files/conversation.js";
import { GatewayModel } from "./gateway-model.mjs";

/** A tab: a conversation with its connection, and requests for the history that are answered when the test says so. */
class Tab {
  connection = null;
  changes = [];
  asked = 0;

  constructor(gateway) {
    this.gateway = gateway;
    this.conversation = new Conversation(this, () => 0);
  }

  send(message) {
    this.connection?.toGateway.push(message);
  }

  loadHistory() {
    this.asked += 1;
  }

  didChange(what) {
    this.changes.push(what);
  }

  connect() {
    this.connection = this.gateway.connect();
  }

  cut() {
    if (!this.connection) return;
    this.gateway.cut(this.connection);
    this.connection = null;
    this.conversation.linkDidBreak();
  }

  receive() {
    const message = this.connection?.toClient.shift();
    if (message) this.conversation.receive(structuredClone(message));
    return message !== undefined;
  }

  answerHistory() {
    if (this.asked === 0) return false;
    this.asked = 0;
    this.conversation.historyDidLoad(structuredClone(this.gateway.messages));
    return true;
  }

  /** Until nothing is under way any more. */
  settle() {
    let steps = 0;
    for (let isMoving = true; isMoving; ) {
      assert.ok((steps += 1) < 100_000, "it never comes to rest");
      isMoving = this.receive() || this.answerHistory();
      if (this.connection?.toGateway.length > 0) {
        this.gateway.takeMessage(this.connection);
        isMoving = true;
      }
    }
  }

  get texts() {
    return this.conversation.messages.map(({ content }) => content);
  }
}

/** The gateway is killed and started again. */
function restart(gateway, tabs) {
  for (const tab of tabs) tab.cut();
  gateway.restart();
}

function connected(gateway) {
  const tab = new Tab(gateway);
  tab.connect();
  tab.settle();
  return tab;
}

test("a question and its answer", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("Hi", { model: "m" });
  assert.deepEqual(tab.conversation.waiting.map(({ state }) => state), ["sending"]);
  tab.settle();
  assert.deepEqual(tab.texts, ["Hi"]);
  assert.equal(tab.conversation.waiting.length, 0);
  assert.equal(tab.conversation.answer.text, "");
  gateway.say("Hel");
  gateway.say("lo");
  tab.settle();
  assert.equal(tab.conversation.answer.text, "Hello");
  gateway.end();
  tab.settle();
  assert.equal(tab.conversation.answer, null);
  assert.deepEqual(tab.texts, ["Hi", "Hello"]);
  assert.equal(tab.changes.filter((change) => change === "end").length, 1);
});

test("what a model thinks stands apart from what it says, also after a break", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("Hi", {});
  tab.settle();
  gateway.think("Who ");
  tab.settle();
  assert.deepEqual([tab.conversation.answer.thinking, tab.conversation.answer.text], ["Who ", ""]);
  tab.cut();
  gateway.think("is it?");
  gateway.say("Hello");
  tab.connect();
  tab.settle();
  assert.deepEqual([tab.conversation.answer.thinking, tab.conversation.answer.text], ["Who is it?", "Hello"]);
  gateway.end();
  tab.settle();
  const { content, thinking } = tab.conversation.messages.at(-1);
  assert.deepEqual([content, thinking], ["Hello", "Who is it?"]);
});

test("an answer of nothing but thoughts stays, with what there is to say of it", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("Hi", {});
  tab.settle();
  gateway.think("Who is it?");
  gateway.end("length");
  tab.settle();
  const { content, thinking, note } = tab.conversation.messages.at(-1);
  assert.deepEqual([content, thinking, note], ["", "Who is it?", "It used up its tokens."]);
});

test("an answer that a restart has cut off, or that is not stored yet, keeps its text", () => {
  for (const [code, mark] of [["interrupted", "interrupted"], ["not_stored", "pending"]]) {
    const gateway = new GatewayModel();
    const tab = connected(gateway);
    tab.conversation.ask("Hi", {});
    tab.settle();
    gateway.say("Hel");
    tab.settle();
    tab.cut();
    gateway.end("kept", code);
    tab.connect();
    while (tab.receive()) gateway.takeMessage(tab.connection);
    assert.deepEqual(tab.texts, ["Hi", "Hel"], "before the history has come");
    assert.equal(tab.conversation.messages.at(-1)[mark], true);
    tab.settle();
    assert.deepEqual(tab.texts, ["Hi", "Hel"]);
    assert.equal(tab.conversation.messages.at(-1)[mark], true);
    assert.deepEqual([tab.conversation.failure, tab.conversation.answer], [null, null]);
    // Stored later, it is a message as others are.
    delete gateway.messages.at(-1).pending;
    tab.conversation.historyDidLoad(structuredClone(gateway.messages));
    assert.equal(tab.conversation.messages.at(-1).pending, undefined);
  }
});

test("images go along by their names, and stand with the question", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("What is it?", {}, { images: ["sha256:1"] });
  assert.deepEqual(tab.connection.toGateway[0].images, ["sha256:1"]);
  assert.deepEqual(tab.conversation.waiting[0].images, ["sha256:1"]);
  tab.settle();
  assert.deepEqual(tab.conversation.messages[0].images, ["sha256:1"]);
  gateway.say("A fox.");
  gateway.end();
  tab.settle();
  tab.conversation.ask("And now?", {});
  assert.equal("images" in tab.connection.toGateway[0], false);
});

test("another tab sees question and answer", () => {
  const gateway = new GatewayModel();
  const [tab, other] = [connected(gateway), connected(gateway)];
  tab.conversation.ask("Hi", {});
  tab.settle();
  gateway.say("Hel");
  other.settle();
  assert.deepEqual([other.texts, other.conversation.answer.text], [["Hi"], "Hel"]);
  const late = connected(gateway);
  assert.deepEqual([late.texts, late.conversation.answer.text], [["Hi"], "Hel"]);
  gateway.say("lo");
  gateway.end();
  for (const one of [tab, other, late]) {
    one.settle();
    assert.deepEqual([one.texts, one.conversation.answer], [["Hi", "Hello"], null]);
  }
});

test("an answer is resumed where it was cut", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("Hi", {});
  tab.settle();
  gateway.say("Hel");
  tab.settle();
  tab.cut();
  gateway.say("lo");
  assert.equal(tab.conversation.answer.text, "Hel");
  tab.connect();
  tab.settle();
  assert.equal(tab.conversation.answer.text, "Hello");
  tab.cut();
  gateway.say("!");
  gateway.end();
  tab.connect();
  tab.settle();
  assert.deepEqual(tab.texts, ["Hi", "Hello!"]);
});

test("a limit that is met while an answer is resumed refuses the message alone", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("Hi", {});
  tab.settle();
  gateway.say("Hel");
  tab.settle();
  tab.cut();
  gateway.say("lo");
  tab.connect();
  tab.receive();
  tab.conversation.ask("more", {});
  const sent = tab.connection.toGateway.filter(({ type }) => type !== "chat");
  assert.deepEqual(sent.map(({ type }) => type), ["resume"]);
  tab.connection.toGateway.splice(0, Infinity, ...sent);
  tab.conversation.receive({ type: "error", code: "rate_limited", message: "Too many.", retry_after: 3 });
  assert.deepEqual(tab.conversation.waiting.map(({ text, state, error }) => [text, state, error.code]), [["more", "refused", "rate_limited"]]);
  tab.settle();
  assert.equal(tab.conversation.answer.text, "Hello");
  gateway.end();
  tab.settle();
  assert.deepEqual(tab.texts.slice(0, 2), ["Hi", "Hello"]);
});

test("an answer that is not kept any more comes from the history", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("Hi", {});
  tab.settle();
  gateway.say("Hello");
  tab.settle();
  tab.cut();
  const anew = new GatewayModel();
  anew.messages = [...gateway.messages, { role: "assistant", content: "Hello!", timestamp: "2026-01-02", model: "m" }];
  tab.gateway = anew;
  tab.connect();
  tab.settle();
  assert.deepEqual([tab.texts, tab.conversation.answer, tab.conversation.failure], [["Hi", "Hello!"], null, null]);
});

test("a message waits its turn", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("one", {});
  tab.conversation.ask("two", {});
  tab.settle();
  assert.deepEqual(tab.conversation.waiting.map(({ text, state }) => [text, state]), [["two", "queued"]]);
  gateway.say("1");
  gateway.end();
  tab.settle();
  assert.equal(tab.conversation.waiting.length, 0);
  gateway.say("2");
  gateway.end();
  tab.settle();
  assert.deepEqual(tab.texts, ["one", "1", "two", "2"]);
});

test("a message that waited its turn is shown after a restart, and says that it may not have arrived", () => {
  for (const isAnotherFaster of [false, true]) {
    const gateway = new GatewayModel();
    const [tab, other] = [connected(gateway), connected(gateway)];
    tab.conversation.ask("one", {});
    tab.settle();
    gateway.say("1");
    tab.conversation.ask("two", {});
    tab.settle();
    assert.deepEqual(tab.conversation.waiting.map(({ state }) => state), ["queued"]);
    restart(gateway, [tab, other]);
    if (isAnotherFaster) {
      // What is answered now is nothing behind which ours waits.
      other.connect();
      other.conversation.ask("three", {});
      other.settle();
    }
    tab.connect();
    tab.settle();
    assert.deepEqual(tab.texts.slice(0, 2), ["one", "1"]);
    assert.equal(tab.conversation.messages[1].interrupted, true);
    assert.deepEqual(tab.conversation.waiting.map(({ text, state }) => [text, state]), [["two", "uncertain"]]);
    gateway.end();
    tab.conversation.ask("two", {});
    tab.settle();
    assert.deepEqual([tab.texts.at(-1), tab.conversation.waiting], ["two", []]);
  }
});

test("a message that waits is still there when the page comes back, until it has had its turn", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("one", {});
  tab.settle();
  tab.conversation.ask("two", { model: "m" }, { images: ["sha256:1"] });
  tab.settle();
  const kept = structuredClone(tab.conversation.unanswered);
  tab.cut();
  const reloaded = new Tab(gateway);
  reloaded.conversation.restore(kept);
  assert.deepEqual(reloaded.conversation.waiting.map(({ text, images, state }) => [text, images, state]), [["two", ["sha256:1"], "uncertain"]]);
  reloaded.connect();
  reloaded.settle();
  assert.deepEqual([reloaded.texts, reloaded.conversation.waiting.length], [["one"], 1]);
  gateway.say("1");
  gateway.end();
  reloaded.settle();
  assert.deepEqual([reloaded.texts, reloaded.conversation.waiting], [["one", "1", "two"], []]);
  assert.deepEqual(reloaded.conversation.unanswered, []);
});

test("an answer that failed while the page was away is asked for once more, and not again and again", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  for (const text of ["one", "two"]) {
    tab.conversation.ask(text, {});
    tab.settle();
  }
  tab.cut();
  gateway.say("1");
  gateway.end();
  gateway.say("2");
  restart(gateway, [tab]);
  tab.connect();
  tab.settle();
  assert.deepEqual([tab.texts, tab.conversation.waiting, tab.conversation.answer], [["one", "1", "two", "2"], [], null]);
});

test("what is kept of a chat is not believed", () => {
  for (const kept of [null, undefined, 7, "text", {}, [null], [{}], [{ text: 7 }], [{ text: "a", images: 7 }], [[]]]) {
    const { conversation } = new Tab(new GatewayModel());
    conversation.restore(kept);
    assert.deepEqual(conversation.waiting.filter(({ text, images }) => typeof text !== "string" || !Array.isArray(images)), []);
  }
});

test("an answer that is over before the history has come stands behind its question", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  for (const text of ["one", "two"]) tab.conversation.ask(text, {});
  for (const text of ["1", "2"]) {
    gateway.takeMessage(tab.connection);
    gateway.say(text);
  }
  while (gateway.isGenerating) {
    gateway.say("!");
    gateway.end();
  }
  while (tab.receive());
  assert.deepEqual([tab.texts, tab.conversation.waiting.length], [["one", "12!", "two", "!"], 0]);
  tab.settle();
  assert.deepEqual(tab.texts, ["one", "12!", "two", "!"]);
});

test("a message that may not have arrived says so, and one that has does not", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("lost", {});
  tab.cut();
  assert.deepEqual(tab.conversation.waiting.map(({ state }) => state), ["uncertain"]);
  tab.connect();
  tab.settle();
  assert.deepEqual(tab.conversation.waiting.map(({ state }) => state), ["uncertain"]);
  tab.conversation.ask("lost", {});
  gateway.takeMessage(tab.connection);
  tab.cut();
  assert.deepEqual(tab.conversation.waiting.map(({ state }) => state), ["uncertain"]);
  tab.connect();
  tab.settle();
  assert.deepEqual([tab.conversation.waiting.length, tab.texts], [0, ["lost"]]);
});

test("a message waits for the first connection", () => {
  const gateway = new GatewayModel();
  const tab = new Tab(gateway);
  tab.conversation.ask("early", {});
  tab.conversation.linkDidBreak();
  tab.connect();
  tab.settle();
  assert.deepEqual([tab.conversation.waiting.length, tab.texts, gateway.messages.length], [0, ["early"], 1]);
});

test("another answer takes the place of the last one", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("Hi", {});
  tab.settle();
  gateway.say("Go away");
  gateway.end();
  tab.settle();
  tab.conversation.ask("Hi", {}, { regenerates: true });
  tab.settle();
  gateway.say("Hello");
  gateway.end();
  tab.settle();
  assert.deepEqual(tab.texts, ["Hi", "Hello"]);
});

test("a failure is told, and the question stays", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("Hi", {});
  tab.settle();
  gateway.say("He");
  gateway.end("failed");
  tab.settle();
  assert.deepEqual(tab.conversation.failure, { code: "bad_gateway", message: "It broke.", model: "m" });
  assert.deepEqual([tab.conversation.answer, tab.conversation.messages.at(-1).failed], [null, true]);
  tab.conversation.ask("Hi", {}, { regenerates: true });
  assert.equal(tab.conversation.failure, null);
});

for (const code of ["forbidden", "too_many_requests"]) {
  test(`an answer that fails as ${code} is over, and its question is there once`, () => {
    const gateway = new GatewayModel();
    const tab = connected(gateway);
    tab.conversation.ask("one", {});
    tab.settle();
    tab.conversation.ask("two", {});
    tab.settle();
    gateway.end("failed", code);
    tab.settle();
    gateway.say("a");
    gateway.end();
    tab.settle();
    assert.deepEqual([tab.texts, tab.conversation.answer, tab.conversation.waiting], [["one", "two", "a"], null, []]);
  });
}

test("a refused message does not end the answer that comes", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("one", {});
  tab.settle();
  gateway.say("a");
  tab.settle();
  tab.conversation.ask("two", {});
  tab.conversation.receive({ type: "error", code: "too_many_requests", message: "No." });
  assert.deepEqual(tab.conversation.waiting.map(({ state }) => state), ["refused"]);
  assert.equal(tab.conversation.answer.text, "a");
});

test("a refused stop leaves the answer, and a refused message is told", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("one", {});
  tab.settle();
  gateway.say("a");
  tab.settle();
  tab.conversation.receive({ type: "error", code: "forbidden", message: "No." });
  assert.deepEqual([tab.conversation.answer.text, tab.conversation.failure], ["a", null]);
  tab.conversation.ask("two", {});
  tab.conversation.receive({ type: "error", code: "forbidden", message: "No." });
  assert.deepEqual([tab.conversation.answer.text, tab.conversation.waiting.at(-1).state], ["a", "refused"]);
});

test("a gateway that has forgotten the chat does not take it from the page", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("Hi", {});
  tab.settle();
  gateway.say("Hello");
  gateway.end();
  tab.settle();
  tab.cut();
  tab.gateway = new GatewayModel();
  tab.connect();
  tab.settle();
  assert.deepEqual([tab.texts, tab.conversation.isForgotten], [["Hi", "Hello"], true]);
  tab.conversation.ask("Again", {});
  tab.settle();
  assert.deepEqual([tab.texts, tab.conversation.isForgotten], [["Again"], false]);
});

test("a stop keeps what was said", () => {
  const gateway = new GatewayModel();
  const tab = connected(gateway);
  tab.conversation.ask("Hi", {});
  tab.settle();
  gateway.say("Hel");
  tab.settle();
  tab.conversation.stop();
  tab.settle();
  assert.deepEqual(tab.texts, ["Hi", "Hel"]);
  assert.equal(tab.conversation.messages.at(-1).reason, "cancelled");
});

/** Numbers that are the same each time. */
function picker(seed) {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

/** Anything may come between anything else, and no connection holds. */
function chaos(seed, restarts) {
  const pick = picker(seed);
  const gateway = new GatewayModel();
  const tabs = [connected(gateway), connected(gateway)];
  const asked = [];
  for (let step = 0; step < 400; step += 1) {
    const tab = tabs[pick(2)];
    switch (pick(12)) {
      case 0:
        if (tab.connection && asked.length < 6 && pick(4) === 0) {
          asked.push({ tab, text: `question ${asked.length + 1}` });
          tab.conversation.ask(asked.at(-1).text, {});
        } else if (restarts && pick(12) === 0) {
          restart(gateway, tabs);
        }
        break;
      case 1: if (pick(6) === 0) tab.cut(); break;
      case 2: if (!tab.connection) tab.connect(); break;
      case 3: if (pick(12) === 0) gateway.end(); break;
      case 4: tab.answerHistory(); break;
      case 5: case 6: if (tab.connection) gateway.takeMessage(tab.connection); break;
      case 7: case 8: gateway.say(String.fromCharCode(97 + pick(26))); break;
      default: tab.receive();
    }
    const answer = tab.conversation.answer;
    if (answer && answer.text !== "") {
      assert.ok(gateway.tells(answer.id, answer.text), `seed ${seed}, step ${step}: “${answer.text}” was never said`);
    }
  }
  while (gateway.isGenerating) gateway.end();
  for (const tab of tabs) {
    if (!tab.connection) tab.connect();
    tab.settle();
    while (gateway.isGenerating) gateway.end();
  }
  for (const tab of tabs) {
    tab.settle();
    const contents = gateway.messages.map(({ content }) => content);
    assert.deepEqual(tab.texts, contents, `seed ${seed}`);
    assert.equal(tab.conversation.answer, null, `seed ${seed}`);
    assert.ok(tab.conversation.waiting.every(({ state, text }) => state === "uncertain" && !contents.includes(text)), `seed ${seed}`);
    // Nothing that a person has written vanishes.
    for (const { text } of asked.filter((question) => question.tab === tab)) {
      const isThere = contents.includes(text) || tab.conversation.waiting.some((message) => message.text === text);
      assert.ok(isThere, `seed ${seed}: “${text}” is gone`);
    }
  }
}

test("no character is lost or doubled, whatever breaks", () => {
  for (let seed = 1; seed <= 2000; seed += 1) chaos(seed, false);
});

test("nor when the gateway is killed and started again", () => {
  for (let seed = 1; seed <= 2000; seed += 1) chaos(seed, true);
});
