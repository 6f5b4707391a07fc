// What is said in one session, without a socket and without a page. What the gateway keeps is the history; the answer that
// is on its way stands beside that.

/** A message of ours that is not in the history yet. */
const SENDING = "sending";
/** The gateway has it: it waits for its turn. */
const QUEUED = "queued";
/** The connection broke before the gateway said that it has it. */
const UNCERTAIN = "uncertain";
const REFUSED = "refused";

/** Errors of answers whose text is kept, and what their messages have in the history. */
const KEPT = { interrupted: { interrupted: true }, not_stored: { pending: true } };

/**
 * `owner` has `send(message)` to the gateway, `loadHistory()`, which is answered by `historyDidLoad`, and `didChange(what)`,
 * where `what` is `messages`, `answer` or `end`.
 */
export class Conversation {
  /** As the gateway has them: `role`, `content`, `timestamp`, and of answers `model`, `usage` and times. */
  messages = [];
  /** Ours that are not among them yet: `text`, `state`, and `error` of one that was refused. */
  waiting = [];
  /** The answer that comes: `id`, `model`, `thinking`, `text`, `seq`, `startedAt`, `firstTokenAt`. */
  answer = null;
  /** Why the last turn has no answer: `code`, `message`, and perhaps `seconds` after which another may have one. */
  failure = null;
  /** Whether the gateway keeps no history any more of what is shown. */
  isForgotten = false;

  #owner;
  #now;
  /** Between our `resume` and its answer: what comes meanwhile comes again after it. */
  #isResuming = false;
  #isConnected = false;
  /** Which start of the gateway we speak with: another one knows nothing of what waited for its turn. */
  #instance;

  constructor(owner, now = () => performance.now()) {
    this.#owner = owner;
    this.#now = now;
  }

  get isBusy() {
    return this.answer !== null || this.waiting.some(({ state }) => state === SENDING || state === QUEUED);
  }

  /** Ours that are not in the history yet, so that the page has them when it comes back: for {@link restore}. */
  get unanswered() {
    return this.waiting.map(({ text, images, askedAfter }) => ({ text, images, askedAfter }));
  }

  /** Takes what a page that is gone has kept. What of it has had its turn goes when the history comes. */
  restore(unanswered) {
    if (!Array.isArray(unanswered)) return;
    for (const kept of unanswered) {
      if (typeof kept?.text !== "string") continue;
      const images = Array.isArray(kept.images) ? kept.images : [];
      const askedAfter = String(kept.askedAfter ?? "");
      this.waiting.push({ text: kept.text, images, message: null, state: UNCERTAIN, askedAfter, receivedAt: null, error: null });
    }
  }

  // What the person does.

  /**
   * `settings` go along: `model`, `system`, `temperature`; and `images`, by their digests. With `regenerates` the text takes
   * the place of the last turn.
   */
  ask(text, settings, { regenerates = false, images = [] } = {}) {
    const askedAfter = this.#lastQuestion()?.timestamp ?? "";
    this.failure = null;
    this.#dropUnsent(text);
    if (regenerates) this.#dropLastTurn();
    const message = { type: "chat", message: text, ...settings, ...(regenerates && { regenerate: true }), ...(images.length > 0 && { images }) };
    this.waiting.push({ text, images, message, state: SENDING, askedAfter, receivedAt: null, error: null });
    if (this.#isConnected) this.#owner.send(message);
    this.#owner.didChange("messages");
  }

  stop() {
    this.#owner.send({ type: "stop" });
  }

  // What the connection does.

  linkDidBreak() {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.#isResuming = false;
    for (const message of this.waiting) if (message.state === SENDING) message.state = UNCERTAIN;
    this.#owner.didChange("messages");
  }

  receive(message) {
    switch (message.type) {
      case "connection": return this.#didConnect(message);
      case "message_queued":
      case "message_received": return this.#didReachGateway(message);
      case "stream_start": return this.#didStart(message);
      case "queued": return this.#didQueue(message);
      case "stream_chunk": return this.#takeChunk(message);
      case "thinking_chunk": return this.#takeChunk(message, "thinking");
      case "stream_end": return this.#didEnd(message);
      case "resumed": return this.#didResume(message);
      case "error": return this.#didFail(message);
      default: return undefined;
    }
  }

  /** Messages that were written while there was no connection go out now. */
  #didConnect({ generation, instance }) {
    this.#isConnected = true;
    const isAnother = this.#instance !== undefined && instance !== this.#instance;
    this.#instance = instance;
    for (const message of this.waiting) {
      // Nothing is being answered, so that nothing waits either: it has had its turn. Or the gateway was started anew.
      if (message.state === QUEUED && (!generation || isAnother)) message.state = UNCERTAIN;
      if (message.state === SENDING) this.#owner.send(message.message);
    }
    if (this.answer) {
      this.#resume(this.answer.seq);
    } else if (generation) {
      this.#begin(generation.id, generation.model);
      this.#resume(0);
    }
    this.#owner.loadHistory();
  }

  #didReachGateway({ message, timestamp }) {
    const sent = this.waiting.find(({ text, state }) => state === SENDING && text === message);
    if (!sent) return;
    sent.state = QUEUED;
    sent.receivedAt = timestamp;
    this.#owner.didChange("messages");
  }

  // The answer.

  #begin(id, model) {
    this.answer = { id, model, thinking: "", text: "", seq: 0, startedAt: this.#now(), firstTokenAt: null };
    this.failure = null;
  }

  #didStart({ generation_id: id, model }) {
    if (this.#isResuming) return;
    // After a resumption from its begin it is announced again.
    if (this.answer?.id !== id) this.#begin(id, model);
    // The question may be another tab's.
    this.#owner.loadHistory();
    this.#owner.didChange("answer");
  }

  /** The answer has no server yet. */
  #didQueue({ position, eta_seconds: seconds, reason, server }) {
    if (!this.answer) return;
    this.answer.queue = { position, seconds, isLoading: reason === "loading", server, toldAt: this.#now() };
  }

  #takeChunk({ content, seq }, kind = "text") {
    const answer = this.answer;
    if (!answer || this.#isResuming || seq <= answer.seq) return;
    if (seq > answer.seq + 1) return this.#resume(answer.seq);
    answer.seq = seq;
    if (content === "") return;
    answer.firstTokenAt ??= this.#now();
    answer[kind] += content;
    this.#owner.didChange("answer");
  }

  #didEnd({ full_response: text, thinking, note, timestamp, done_reason: reason, usage }) {
    const answer = this.answer;
    if (!answer || this.#isResuming) return;
    this.answer = null;
    // One that was stopped before its first token leaves nothing.
    if (text !== "" || thinking) {
      this.#placeQuestion();
      const end = this.#now();
      this.messages.push({
        role: "assistant", content: text, thinking, note, timestamp, model: answer.model, reason, usage,
        time_to_first_token: answer.firstTokenAt === null ? undefined : (answer.firstTokenAt - answer.startedAt) / 1000,
        response_time: (end - answer.startedAt) / 1000,
      });
    }
    this.#owner.didChange("end");
    this.#owner.loadHistory();
  }

  /** What has come of an answer that is in the history, though its end is an error. */
  #keep(mark) {
    const { text, thinking, model } = this.answer;
    this.answer = null;
    if (text + thinking !== "") {
      this.#placeQuestion();
      this.messages.push({ role: "assistant", content: text, thinking, model, timestamp: "", ...mark });
    }
    this.#owner.didChange("end");
  }

  /** An answer may be over before the history has come that has its question. */
  #placeQuestion() {
    const own = this.waiting[0];
    if (this.messages.at(-1)?.role === "user" || own?.state !== QUEUED) return;
    this.waiting.shift();
    this.messages.push({ role: "user", content: own.text, images: own.images, timestamp: own.receivedAt });
  }

  #resume(after) {
    this.#isResuming = true;
    this.#owner.send({ type: "resume", after });
  }

  #didResume({ generation_id: id }) {
    this.#isResuming = false;
    if (this.answer?.id === id) return;
    // The one that we had is over, and in the history; this is another.
    this.#begin(id, this.answer?.model);
    this.#owner.loadHistory();
    this.#resume(0);
  }

  /** Of what has an id, the answer failed; else something that was asked for meanwhile. */
  #didFail({ code, message, generation_id: id, retry_after: seconds }) {
    const failure = { code, message, ...(seconds && { seconds }) };
    const refused = this.waiting.findLast(({ state }) => state === SENDING || state === QUEUED);
    // The end of an answer, as of its pieces: it comes again.
    if (this.#isResuming && id) return;
    // Other errors than this are of what was sent beside it: a limit, say.
    if (this.#isResuming && (code === "not_found" || !refused)) {
      // There is nothing to resume any more: the history has it, or it is lost.
      this.#isResuming = false;
      this.answer = null;
      this.#owner.didChange("end");
    } else if (this.answer && id && code in KEPT) {
      this.#keep(KEPT[code]);
    } else if (this.answer && id) {
      this.failure = { ...failure, model: this.answer.model };
      this.answer = null;
      this.#owner.didChange("end");
    } else if (refused) {
      refused.state = REFUSED;
      refused.error = failure;
      this.#owner.didChange("messages");
    }
    this.#owner.loadHistory();
  }

  // The history.

  /** All messages of the session, as they were when it was asked for. */
  historyDidLoad(messages) {
    this.isForgotten = messages.length === 0 && this.messages.length > 0;
    if (!this.isForgotten) this.messages = this.#withWhatOnlyWeKnow(messages);
    this.#dropWhatHasItsTurn();
    this.#owner.didChange("messages");
  }

  /** While an answer comes, the last message is its question: an answer behind that is the same one, over already. */
  #withWhatOnlyWeKnow(messages) {
    const known = new Map(this.messages.map((message) => [message.timestamp + message.role, message]));
    const shown = messages.map((message) => {
      const before = known.get(message.timestamp + message.role);
      return before?.content === message.content ? { ...before, pending: undefined, ...message } : message;
    });
    if (this.answer && shown.at(-1)?.role === "assistant") shown.pop();
    return shown;
  }

  #dropWhatHasItsTurn() {
    const questions = this.messages.filter(({ role }) => role === "user");
    const taken = new Set();
    this.waiting = this.waiting.filter(({ text, askedAfter, receivedAt, state }) => {
      const index = questions.findIndex(({ content, timestamp }, place) =>
        !taken.has(place) && content === text && (receivedAt === null ? timestamp > askedAfter : timestamp >= receivedAt));
      if (state === REFUSED || index < 0) return true;
      taken.add(index);
      return false;
    });
  }

  #lastQuestion() {
    return this.messages.findLast(({ role }) => role === "user");
  }

  #dropUnsent(text) {
    this.waiting = this.waiting.filter((message) => message.text !== text || !isUnsent(message));
  }

  #dropLastTurn() {
    const start = this.messages.findLastIndex(({ role }) => role === "user");
    if (start >= 0) this.messages = this.messages.slice(0, start);
  }
}

/** Whether a message needs the person to say whether it shall be sent again. */
export function isUnsent({ state }) {
  return state === UNCERTAIN || state === REFUSED;
}

export function isQueued({ state }) {
  return state === QUEUED;
}
