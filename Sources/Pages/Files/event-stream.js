// Streams of events as they come: server-sent events, or JSON objects one a line.

/** A longer event is not one of the gateway's. */
const LIMIT = 4 << 20;

/** Takes a stream apart, whatever the pieces in which it comes. */
export class EventStream {
  #isSSE;
  #rest = "";

  constructor(mediaType) {
    this.#isSSE = mediaType.startsWith("text/event-stream");
  }

  static isStream(mediaType) {
    return mediaType.startsWith("text/event-stream") || mediaType.startsWith("application/x-ndjson");
  }

  /** The data of the events that a piece of text completes. */
  take(text) {
    // A line end may be cut in two: what its first half ends is told with its second.
    const all = this.#rest + text;
    const end = all.endsWith("\r") ? all.length - 1 : all.length;
    const parts = all.slice(0, end).replaceAll("\r\n", "\n").split(this.#isSSE ? "\n\n" : "\n");
    this.#rest = parts.pop() + all.slice(end);
    if (this.#rest.length > LIMIT) this.#rest = "";
    return parts.map((part) => (this.#isSSE ? dataOf(part) : part)).filter((data) => data !== "");
  }
}

/** Comments and fields but `data` are not for us. */
function dataOf(event) {
  return event.split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).replace(/^ /, ""))
    .join("\n");
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
