// Streams of events as they come: server-sent events, or JSON objects one a line.

/** A longer event is not one of the gateway's. */
const LIMIT = 4 << 20;

/** Takes a stream apart, whatever the pieces in which it comes. */
export class EventStream {
  #isSSE;
  /** The line and the event's data that have come so far. */
  #line = "";
  #data = [];

  constructor(mediaType) {
    this.#isSSE = mediaType.startsWith("text/event-stream");
  }

  static isStream(mediaType) {
    return mediaType.startsWith("text/event-stream") || mediaType.startsWith("application/x-ndjson");
  }

  /** The data of the events that a piece of text completes. Each piece is looked at once, however long an event is. */
  take(text) {
    const [first, ...lines] = text.split("\n");
    this.#line += first;
    const events = lines.map((line) => {
      const event = this.#end(this.#line.replace(/\r$/, ""));
      this.#line = line;
      return event;
    });
    if (this.#line.length > LIMIT) this.#line = "";
    return events.filter((data) => data !== "");
  }

  /** The event that a line completes. Comments and fields but `data` are not for us. */
  #end(line) {
    if (!this.#isSSE) return line;
    if (line.startsWith("data:")) this.#data.push(line.slice(5).replace(/^ /, ""));
    return line === "" ? this.#data.splice(0).join("\n") : "";
  }
}

/** The piece of the answer that an event carries, in any of the APIs; "" for one without. */
export function pieceOf(data) {
  let event;
  try {
    event = JSON.parse(data);
  } catch {
    return "";
  }
  const choice = event?.choices?.[0];
  const piece = {
    stream_chunk: event?.content, stream: event?.token, content_block_delta: event?.delta?.text,
    "response.output_text.delta": event?.delta,
  }[event?.type] ?? event?.message?.content ?? event?.response ?? choice?.delta?.content ?? choice?.text;
  return typeof piece === "string" ? piece : "";
}
