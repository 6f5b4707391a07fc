// Reads what GET /metrics tells, and makes figures of the last minutes of it.

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The page's own requests would be most of what an idle gateway has to show. */
const OWN_ROUTES = new Set(["/metrics", "/status", "/assets/{name}", "/api/v1/admin/servers"]);

/** Prometheus' text as samples by their names: each has `labels` and `value`. */
export function parseMetrics(text) {
  const metrics = new Map();
  for (const line of text.split("\n")) {
    const match = line.startsWith("#") ? null : LINE.exec(line);
    if (!match) continue;
    const labels = {};
    for (const [, name, value] of (match[2] ?? "").matchAll(LABEL)) {
      labels[name] = value.replace(/\\(.)/g, (_, character) => (character === "n" ? "\n" : character));
    }
    const samples = metrics.get(match[1]) ?? [];
    samples.push({ labels, value: number(match[3]) });
    metrics.set(match[1], samples);
  }
  return metrics;
}

function number(text) {
  return text === "+Inf" ? Infinity : Number(text);
}

/** The sum of a metric's samples, of those that `accepts` takes. */
export function sum(metrics, name, accepts = () => true) {
  return (metrics.get(name) ?? []).filter(({ labels }) => accepts(labels)).reduce((total, { value }) => total + value, 0);
}

/** A histogram's counts up to each bound, all of its series together. */
export function buckets(metrics, name) {
  const counts = new Map();
  for (const { labels, value } of metrics.get(`${name}_bucket`) ?? []) {
    const bound = number(labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return [...counts].sort(([one], [other]) => one - other);
}

/** What came to a histogram between two readings. A gateway that was started anew counts from nothing. */
export function bucketsBetween(before, after) {
  const earlier = new Map(before);
  const differences = after.map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)]);
  return differences.some(([, count]) => count < 0) ? after : differences;
}

/** The value below which a share of a histogram lies, taken to lie evenly within its bucket; null where there is nothing. */
export function quantile(share, counts) {
  const total = counts.at(-1)?.[1] ?? 0;
  if (total <= 0) return null;
  const wanted = share * total;
  let [lowest, below] = [0, 0];
  for (const [bound, count] of counts) {
    if (count >= wanted && count > below) {
      return bound === Infinity ? lowest : lowest + ((bound - lowest) * (wanted - below)) / (count - below);
    }
    [lowest, below] = [bound, count];
  }
  return lowest;
}

/** What one reading says that is shown over time. */
export function reading(metrics, time) {
  return {
    time,
    requests: sum(metrics, "http_server_request_duration_seconds_count", ({ http_route: route }) => !OWN_ROUTES.has(route)),
    tokens: sum(metrics, "gen_ai_client_token_usage_sum", (labels) => labels.gen_ai_token_type === "output"),
    firstToken: buckets(metrics, "gen_ai_server_time_to_first_token_seconds"),
    latencySum: sum(metrics, "ollama_gateway_upstream_response_head_seconds_sum"),
    latencyCount: sum(metrics, "ollama_gateway_upstream_response_head_seconds_count"),
    streams: sum(metrics, "ollama_gateway_upstream_transfers"),
    webSockets: sum(metrics, "ollama_gateway_websockets"),
  };
}

/** The readings of the last minutes, and the figures between them. */
export class Recent {
  #span;
  #readings = [];

  /** `span` is in milliseconds, as times are. */
  constructor(span) {
    this.#span = span;
  }

  add(next) {
    this.#readings.push(next);
    while (this.#readings[0].time < next.time - this.#span) this.#readings.shift();
  }

  /** A value of each reading, as points `[time, value]`. */
  values(name) {
    return this.#readings.map((one) => [one.time, one[name]]);
  }

  /** How fast a counter grows, over the `window` before each reading. */
  rates(name, window) {
    return this.#between(window, (before, after) => {
      const grown = after[name] - before[name];
      return (grown < 0 ? after[name] : grown) / ((after.time - before.time) / 1000);
    });
  }

  /** Quantiles of the time to the first token, over the `window` before each reading. */
  quantiles(share, window) {
    return this.#between(window, (before, after) => quantile(share, bucketsBetween(before.firstToken, after.firstToken)));
  }

  /** How long Ollama took for its response's head, on average. */
  latencies(window) {
    return this.#between(window, (before, after) => {
      const count = after.latencyCount - before.latencyCount;
      return count > 0 ? (after.latencySum - before.latencySum) / count : null;
    });
  }

  #between(window, figure) {
    let first = 0;
    return this.#readings.map((after, index) => {
      while (first < index - 1 && this.#readings[first].time < after.time - window) first += 1;
      return [after.time, index === 0 ? null : figure(this.#readings[first], after)];
    });
  }
}
