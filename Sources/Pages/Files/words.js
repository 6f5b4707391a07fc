// What the pages say, in words.

/** What stands under an answer, in short pieces. */
export function figures({ usage, time_to_first_token: first, response_time: whole }) {
  if (!usage) return [];
  const { completion_tokens: tokens, prompt_tokens: prompt } = usage;
  const pieces = [count(tokens, "token")];
  const seconds = whole - (first ?? 0);
  // The first token is there when the time of the others begins.
  if (tokens > 1 && seconds > 0) pieces.push(`${decimal((tokens - 1) / seconds)} tokens/s`);
  if (first !== undefined) pieces.push(`first after ${duration(first)}`);
  pieces.push(`prompt ${count(prompt, "token")}`);
  return pieces;
}

/** What is to be said of an answer that is not kept as others are; undefined of others. */
export function keeping({ interrupted, pending }) {
  if (interrupted) return ["Interrupted: the gateway ended before this answer did"];
  if (pending) return ["Not stored yet: it is lost if the gateway ends now"];
}

/** What the gateway said when it refused something, as a sentence, with when to try again, if it says so. */
export function refusal(text, seconds) {
  const sentence = /[.!?]$/.test(text) ? text : `${text}.`;
  return seconds > 0 ? `${sentence} Try again in ${duration(seconds)}.` : sentence;
}

/** A text of the gateway's with its times, which are in UTC, as a clock of here shows them. */
export function withLocalTimes(text) {
  return text.replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)/g, (time) => {
    const date = new Date(time.replace(" ", "T").replace(/\.\d+/, ""));
    return Number.isNaN(date.valueOf()) ? time : date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  });
}

export function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** Two digits that say something. */
export function decimal(number) {
  return number >= 10 ? Math.round(number).toLocaleString("en") : number.toFixed(1);
}

export function duration(seconds) {
  if (seconds > 0 && seconds < 0.001) return "< 1 ms";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${decimal(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

/** Of seconds that are a guess: nothing finer. */
function whole(seconds) {
  return seconds < 60 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60).toLocaleString("en")} min`;
}

export function ordinal(number) {
  const teen = number % 100 > 10 && number % 100 < 14;
  const ending = teen ? "th" : ["th", "st", "nd", "rd"][number % 10] ?? "th";
  return `${number.toLocaleString("en")}${ending}`;
}

export function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = number;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value >= 100 ? Math.round(value) : value.toPrecision(2)} ${units[unit]}`;
}

/** When something was, as people say it. */
export function when(time, now = new Date()) {
  const date = new Date(time);
  const minutes = Math.floor((now - date) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return date.toLocaleString([], { weekday: "short", hour: "2-digit", minute: "2-digit" });
  return date.toLocaleDateString([], { day: "numeric", month: "short", year: "numeric" });
}

/**
 * What a failure means and what to do: `title`, `hint`, and perhaps a `command` for the machine where Ollama runs.
 *
 * The code is the gateway's word for a status, such as `not_found`.
 */
export function explain({ code, message, seconds }, model) {
  if (code === "not_found" && /model/i.test(message)) {
    return {
      title: `The model “${model}” is not on this Ollama.`,
      hint: "Fetch it on the machine where Ollama runs, then ask again; or choose another one.",
      command: `ollama pull ${model}`,
    };
  }
  if (code === "service_unavailable" && /as may wait|was free/.test(message)) {
    return { title: message, hint: "All servers are busy. Ask again in a while." };
  }
  if (code === "service_unavailable" && /drained/.test(message)) {
    return { title: message, hint: "Whoever runs them has taken them out of work. Ask again in a while." };
  }
  if (code === "service_unavailable" && /^The store/.test(message)) {
    return { title: message, hint: "Nothing is lost of what was answered. Ask again in a moment." };
  }
  if (code === "service_unavailable") {
    return /shutting down/.test(message) ? { title: "The gateway is being restarted.", hint: "Ask again in a moment." } : {
      title: "Ollama cannot be reached.",
      hint: "Start it on the machine where it runs, then ask again.",
      command: "ollama serve",
    };
  }
  if (code === "gateway_timeout") {
    return { title: message, hint: "A large model takes its time to load. Ask again, or choose a smaller one." };
  }
  if (code === "forbidden") return { title: message, hint: "Choose another model, or ask whoever runs this gateway." };
  if (code === "unauthorized") return { title: message, hint: "Your key, or your sign-in, is not taken any more." };
  if (code === "too_many_requests" && /^rate limit|budget/.test(message)) {
    return { title: message, hint: seconds ? `Ask again in ${duration(seconds)}.` : "Whoever runs this gateway can give you more." };
  }
  if (code === "too_many_requests") return { title: message, hint: "Wait until one of them is answered." };
  return { title: message, hint: "Ask again. If it stays so, Ollama's log may say why." };
}

/**
 * What to say while an answer has no first token: nothing at first; then whether the model is being loaded, if `isLoaded`
 * says so (null is unknown). `queue` is where it stood last that has no server yet: it is told as it changes, and each 15 s.
 */
export function waiting(seconds, model, isLoaded, queue, now) {
  if (queue && now - queue.toldAt < 17_000) {
    const eta = queue.seconds ? `, about ${whole(queue.seconds)}` : "";
    const loading = queue.isLoading ? `; ${queue.server ?? "Ollama"} is loading ${model}` : "";
    return `${queue.position > 1 ? ordinal(queue.position) : "Next"} in line${eta}${loading}.`;
  }
  const soFar = `${Math.floor(seconds)} s so far.`;
  if (seconds < 3 || isLoaded === null) return "Waiting for the first word…";
  if (isLoaded) return `Ollama has ${model} ready and is busy: it reads the conversation, or answers somebody else. ${soFar}`;
  return `Ollama loads ${model} into memory. The first answer after a pause takes longer. ${soFar}`;
}

/**
 * What the state of the connection means for whoever talks: a `text`, and a `countdown` that is not worth to be read out each
 * second. Nothing while there is nothing to say.
 */
export function connection({ name, until, failures = 0 }, now, isAnswering) {
  if (name === "closed" || name === "open" || failures === 0) return null;
  const what = failures > 2 ? "The gateway does not answer." : "The connection broke.";
  const goesOn = isAnswering ? " The answer goes on meanwhile, and comes whole." : "";
  const seconds = Math.max(1, Math.ceil((until - now) / 1000));
  return { text: what + goesOn, countdown: name === "connecting" ? "Connecting…" : `Next attempt in ${seconds} s.` };
}
