internal import Configuration
internal import Handling
internal import EventLoop
internal import Sessions
internal import System
internal import Telemetry
internal import Upstreams

/// All that `GET /metrics` tells: the workers' figures added up, and what belongs to no worker. A plain value; names and
/// buckets are OpenTelemetry's where it has them, in Prometheus' spelling. A counter's name stands here without `_total`, which
/// `MetricsText` adds.
struct MetricsReport: Sendable {
  /// One budget of the process.
  struct Memory: Sendable {
    var name: String
    var used: Int
    var limit: Int
  }

  /// One worker at one moment.
  struct WorkerState: Sendable {
    var name: String
    var figures: WorkerMetrics.Figures
    /// Requests that are being served, by method.
    var activeRequests: [RequestMethod: Int]
    var clientConnections: Int
    var upstreamConnections: Int
    var activeTransfers: Int
    var pausedTransfers: Int
    /// Since the reading before.
    var longestTick: Duration
    /// ``WorkerMetrics/hasUnlistedModels``.
    var hasUnlistedModels: Bool
    /// Bytes of the budgets that it keeps in hand.
    var spareMemory: (bodies: Int, unsent: Int)
  }

  var workers: [WorkerState]
  /// Their patterns, by their numbers.
  var routes: [String]
  /// The labels of keys, by their numbers.
  var keys: [String] = []
  /// What stands for all servers together: the URL of the only one, or the word for several.
  var upstream: String
  /// The servers, and what waits for them.
  var fleet: UpstreamView
  /// Whether an only server has just responded, of which the scheduler asks nothing; nil where there are several.
  var isSoleUp: Bool?
  var sessions: SessionCounts
  /// What keeps them; nil where nothing does.
  var store: StoreReport?
  var memory: [Memory]
  var webSockets: [OpenConnection.State: Int]
  var process: ProcessStatistics?

  func text(_ format: MetricsText.Format) -> [UInt8] {
    var text = MetricsText(format)
    writeRequests(into: &text)
    writeGenerations(into: &text)
    writeKeys(into: &text)
    writeUpstream(into: &text)
    writeServers(into: &text)
    writeQueue(into: &text)
    writeState(into: &text)
    writeStore(into: &text)
    writeProcess(into: &text)
    return text.finish()
  }
}

// MARK: - HTTP

extension MetricsReport {
  private func writeRequests(into text: inout MetricsText) {
    text.histogram(
      "http_server_request_duration_seconds", "Time from a request's head to the end of its response.")
    for (series, duration) in merged(\.requests, by: \.series, { $0.duration.add($1.duration) }) {
      text.sample(
        [
          "http_request_method": series.method.rawValue, "http_route": routes[series.route],
          "http_response_status_code": "\(series.status)",
        ], duration.duration)
    }
    text.gauge("http_server_active_requests", "Requests that are being served, WebSockets among them.")
    for method in RequestMethod.allCases {
      let count = workers.reduce(0) { $0 + ($1.activeRequests[method] ?? 0) }
      if count > 0 || method == .get || method == .post {
        text.sample(["http_request_method": method.rawValue], count)
      }
    }
    text.counter("ollama_gateway_received_bytes", "Bytes of request content taken from clients.")
    text.sample(workers.reduce(0) { $0 + $1.figures.receivedBytes })
    text.counter("ollama_gateway_sent_bytes", "Bytes of response content given to clients.")
    text.sample(workers.reduce(0) { $0 + $1.figures.sentBytes })
  }

  /// The workers' entries of one list, those of the same series made one.
  private func merged<Series: Hashable, Entry>(
    _ list: KeyPath<WorkerMetrics.Figures, [Entry]>, by series: KeyPath<Entry, Series>,
    _ add: (inout Entry, Entry) -> Void
  ) -> [(series: Series, entry: Entry)] {
    var places: [Series: Int] = [:]
    var result: [(series: Series, entry: Entry)] = []
    for entry in workers.flatMap({ $0.figures[keyPath: list] }) {
      let key = entry[keyPath: series]
      if let place = places[key] {
        add(&result[place].entry, entry)
      } else {
        places[key] = result.count
        result.append((key, entry))
      }
    }
    return result
  }
}

// MARK: - Generations

extension MetricsReport {
  private func writeGenerations(into text: inout MetricsText) {
    let entries = merged(\.generations, by: \.series, { $0.figures.add($1.figures) }).map(\.entry)
    text.histogram("gen_ai_client_token_usage", "Tokens of prompts and answers, by generation.")
    for (series, figures) in entries {
      text.sample(labels(of: series, token: "input"), figures.inputTokens)
      text.sample(labels(of: series, token: "output"), figures.outputTokens)
    }
    text.histogram(
      "gen_ai_server_time_to_first_token_seconds", "From a request to the first token of its stream.")
    for (series, figures) in entries where figures.timeToFirstToken.count > 0 {
      text.sample(labels(of: series), figures.timeToFirstToken)
    }
    text.histogram(
      "gen_ai_server_time_per_output_token_seconds", "Time between tokens of a stream after its first.")
    for (series, figures) in entries where figures.timePerOutputToken.count > 0 {
      text.sample(labels(of: series), figures.timePerOutputToken)
    }
  }

  private func labels(of series: WorkerMetrics.GenerationSeries) -> MetricsText.Labels {
    let route = routes[series.route]
    return [
      "gen_ai_operation_name": MetricsReport.operation(route), "gen_ai_provider_name": "ollama",
      "gen_ai_request_model": series.model, "http_route": route,
    ]
  }

  private func labels(of series: WorkerMetrics.GenerationSeries, token: String) -> MetricsText.Labels {
    let route = routes[series.route]
    return [
      "gen_ai_operation_name": MetricsReport.operation(route), "gen_ai_provider_name": "ollama",
      "gen_ai_request_model": series.model, "gen_ai_token_type": token, "http_route": route,
    ]
  }

  /// The well-known values of `gen_ai.operation.name`.
  private static func operation(_ route: String) -> String {
    route == "/api/generate" || route == "/v1/completions" ? "text_completion" : "chat"
  }
}

// MARK: - Ollama, and what is under way

extension MetricsReport {
  private func writeUpstream(into text: inout MetricsText) {
    let servers = serverFigures
    text.histogram(
      "ollama_gateway_upstream_response_head_seconds", "From a request to Ollama to the head of its response."
    )
    for (server, figures) in servers {
      text.sample(["upstream": upstream, "server": server], figures.latency)
    }
    text.counter("ollama_gateway_upstream_errors", "Requests to Ollama that failed, by their reason.")
    for (server, figures) in servers {
      for error in WorkerMetrics.UpstreamError.allCases {
        text.sample(
          ["upstream": upstream, "server": server, "error_type": error.rawValue], figures.errors[error] ?? 0)
      }
    }
    text.gauge("ollama_gateway_upstream_connections", "Open connections to Ollama, idle ones among them.")
    text.sample(["upstream": upstream], sum(\.upstreamConnections))
    text.gauge("ollama_gateway_upstream_transfers", "Requests to Ollama under way.")
    text.sample(["upstream": upstream], sum(\.activeTransfers))
    text.gauge(
      "ollama_gateway_upstream_paused_transfers", "Of these, paused because a client reads too slowly.")
    text.sample(["upstream": upstream], sum(\.pausedTransfers))
  }

  private func writeState(into text: inout MetricsText) {
    text.gauge("ollama_gateway_client_connections", "Open connections of clients.")
    text.sample(sum(\.clientConnections))
    text.gauge("ollama_gateway_websockets", "Open WebSockets.")
    for state in OpenConnection.State.allCases {
      text.sample(["state": state.rawValue], webSockets[state] ?? 0)
    }
    text.gauge("ollama_gateway_sessions", "Chat sessions in memory.")
    text.sample(sessions.sessions)
    text.gauge("ollama_gateway_session_bytes", "Bytes of their histories.")
    text.sample(sessions.bytes)
    text.gauge("ollama_gateway_session_listeners", "WebSockets that have joined a session.")
    text.sample(sessions.listeners)
    text.gauge("ollama_gateway_memory_bytes", "Bytes that are held, by what for.")
    for budget in memory { text.sample(["budget": budget.name], max(0, budget.used)) }
    text.gauge("ollama_gateway_memory_limit_bytes", "The most that may be held.")
    for budget in memory { text.sample(["budget": budget.name], budget.limit) }
    text.gauge("ollama_gateway_turns", "Turns of chat sessions, by what they do.")
    text.sample(["state": "generating"], sessions.runningTurns)
    text.sample(["state": "waiting"], sessions.waitingTurns)
    text.counter("ollama_gateway_dropped_sessions", "Sessions that went, by the reason.")
    text.sample(["reason": "limit"], sessions.evicted)
    text.sample(["reason": "age"], sessions.expired)
    text.gauge(
      "ollama_gateway_loop_lag_seconds",
      "The longest time for which a worker's loop did not look at its sockets, of the last half minute or minute."
    )
    for worker in workers { text.sample(["worker": worker.name], worker.longestTick.milliseconds / 1000) }
  }

  private func sum(_ figure: KeyPath<WorkerState, Int>) -> Int {
    workers.reduce(0) { $0 + $1[keyPath: figure] }
  }

  private func writeProcess(into text: inout MetricsText) {
    text.gauge("ollama_gateway_build_info", "Always 1; its labels say what is running.")
    text.sample(["version": GatewayVersion.current], 1)
    guard let process else { return }
    text.counter("process_cpu_seconds", "User and system time of the process.")
    text.sample(process.cpuSeconds)
    text.gauge("process_resident_memory_bytes", "Resident memory of the process.")
    text.sample(process.residentBytes)
    text.gauge("process_virtual_memory_bytes", "Virtual memory of the process.")
    text.sample(process.virtualBytes)
    text.gauge("process_open_fds", "Open file descriptors.")
    text.sample(process.openDescriptors)
    text.gauge("process_max_fds", "File descriptors that may be open.")
    text.sample(process.maximumDescriptors)
    text.gauge("process_threads", "Threads of the process.")
    text.sample(process.threads)
    text.gauge("process_start_time_seconds", "When the process began, in seconds since the epoch.")
    text.sample(process.startTimeSeconds)
  }
}
