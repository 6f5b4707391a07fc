// A gateway in a few lines, for the tests of a conversation: one session with its history and its event log, told to
// connections whose messages are under way until the test lets them arrive, or cuts them off.

export class GatewayModel {
  messages = [];
  #clock = 0;
  #generations = [];
  #generation = null;
  #turns = [];
  #connections = [];
  #starts = 1;

  #now() {
    this.#clock += 1;
    return `2026-01-01T00:00:00.${String(this.#clock).padStart(6, "0")}Z`;
  }

  connect() {
    const connection = { toClient: [], toGateway: [], generation: null, position: 0 };
    this.#connections.push(connection);
    const running = this.#generation && !this.#generation.isOver ? this.#generation : null;
    connection.toClient.push({
      type: "connection",
      instance: `instance ${this.#starts}`,
      generation: running && { id: running.id, seq: running.events.length, model: "m" },
    });
    if (running) [connection.generation, connection.position] = [running, running.events.length];
    return connection;
  }

  /** Whatever is under way is lost. */
  cut(connection) {
    this.#connections = this.#connections.filter((other) => other !== connection);
    connection.toClient = [];
    connection.toGateway = [];
  }

  /** It is killed and started again: what was said of an answer is kept, and what waited is not. All connections are cut before. */
  restart() {
    this.#turns = [];
    this.#connections = [];
    this.end("kept", "interrupted");
    this.#starts += 1;
  }

  /** The gateway takes the next message of a client. */
  takeMessage(connection) {
    const message = connection.toGateway.shift();
    if (message?.type === "chat") {
      if (this.isGenerating) {
        connection.toClient.push({ type: "message_queued", message: message.message, timestamp: this.#now() });
      }
      this.#turns.push({ ...message, connection });
      this.#beginTurn();
    } else if (message?.type === "resume") {
      this.#resume(connection, message.after);
    } else if (message?.type === "stop" && this.#generation && !this.#generation.isOver) {
      this.end("cancelled");
    }
  }

  #beginTurn() {
    if ((this.#generation && !this.#generation.isOver) || this.#turns.length === 0) return;
    const turn = this.#turns.shift();
    if (turn.regenerate) this.messages.splice(this.messages.findLastIndex(({ role }) => role === "user"));
    const images = turn.images && { images: turn.images };
    const timestamp = this.#now();
    this.messages.push({ role: "user", content: turn.message, timestamp, ...images });
    if (this.#connections.includes(turn.connection)) {
      turn.connection.toClient.push({ type: "message_received", message: turn.message, timestamp });
    }
    this.#generation = { id: `g${this.#clock}`, events: [], thinking: "", text: "", isOver: false };
    this.#generations.push(this.#generation);
    for (const connection of this.#connections) {
      [connection.generation, connection.position] = [this.#generation, 0];
      this.#start(connection);
    }
  }

  get isGenerating() {
    return this.#generation !== null && !this.#generation.isOver;
  }

  /** Whether an answer began with this text. */
  tells(id, text) {
    return this.#generations.some((generation) => generation.id === id && generation.text.startsWith(text));
  }

  say(content) {
    if (!this.isGenerating) return;
    this.#generation.text += content;
    this.#append({ type: "stream_chunk", content, done: false });
  }

  think(content) {
    if (!this.isGenerating) return;
    this.#generation.thinking += content;
    this.#append({ type: "thinking_chunk", content });
  }

  end(reason = "stop", code = "bad_gateway") {
    if (!this.isGenerating) return;
    const timestamp = this.#now();
    const generation = this.#generation;
    const thinking = generation.thinking && { thinking: generation.thinking };
    // The text is kept, and yet the last event is an error.
    const mark = { interrupted: { interrupted: true }, not_stored: { pending: true } }[reason === "kept" ? code : ""];
    if (reason === "failed" || generation.text + generation.thinking === "") this.messages.at(-1).failed = true;
    else this.messages.push({ role: "assistant", content: generation.text, ...thinking, timestamp, model: "m", ...mark });
    const note = generation.text === "" && thinking && { note: "It used up its tokens." };
    const end = {
      type: "stream_end", full_response: generation.text, ...thinking, ...note, timestamp, done_reason: reason,
    };
    const failure = { type: "error", code, message: "It broke.", generation_id: generation.id };
    this.#append(reason === "failed" || reason === "kept" ? failure : end);
    generation.isOver = true;
    this.#beginTurn();
  }

  #append(event) {
    this.#generation.events.push({ ...event, seq: this.#generation.events.length + 1 });
    for (const connection of this.#connections) this.#tell(connection);
  }

  #start(connection) {
    connection.toClient.push({ type: "stream_start", generation_id: connection.generation.id, model: "m" });
  }

  #tell(connection) {
    if (!connection.generation) return;
    connection.toClient.push(...connection.generation.events.slice(connection.position));
    connection.position = connection.generation.events.length;
  }

  #resume(connection, after) {
    if (!this.#generation) return connection.toClient.push({ type: "error", code: "not_found", message: "Nothing." });
    [connection.generation, connection.position] = [this.#generation, after];
    connection.toClient.push({ type: "resumed", generation_id: this.#generation.id, from: after });
    if (after === 0) this.#start(connection);
    return this.#tell(connection);
  }
}
