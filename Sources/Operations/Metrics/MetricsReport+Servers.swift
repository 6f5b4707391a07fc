internal import Fleet
internal import Handling
internal import Telemetry
internal import Upstreams

// The servers, each by its name, and what waits for them.
extension MetricsReport {
  /// Models that are told apart where they label servers' figures; all others are one.
  private static let modelLimit = 1_000
  private static let otherModels = "other"
  /// Has a character that no server's name has.
  private static let others = "_other"

  /// Those of the settings, each name once: two series of the same labels would spoil the whole reading.
  private var listed: [UpstreamView.Server] {
    var names: Set<String> = []
    return fleet.servers.filter { !$0.known.isLeaving && names.insert($0.label).inserted }
  }

  /// What came of calls, by the servers' labels; those to servers that are listed no more are one, where there were any.
  var serverFigures: [(server: String, figures: ServerFigures.Figures)] {
    let servers = listed
    var sums = Array(repeating: ServerFigures.Figures(), count: servers.count + 1)
    for worker in workers {
      for (place, figures) in worker.figures.upstreams.figures(of: servers.map(\.url)).enumerated() {
        sums[place].add(figures)
      }
    }
    let others = sums.removeLast()
    var figures = zip(servers, sums).map { (server: $0.label, figures: $1) }
    if others.latency.count > 0 || !others.errors.isEmpty { figures.append((MetricsReport.others, others)) }
    return figures
  }

  func writeServers(into text: inout MetricsText) {
    let servers = listed
    text.gauge(
      "ollama_gateway_upstream_up",
      "1 if the Ollama has answered when this was read, or of several when it was asked last, else 0.")
    for server in servers {
      text.sample(["server": server.label], isSoleUp ?? !server.known.isDown ? 1 : 0)
    }
    text.gauge("ollama_gateway_upstream_inflight", "Requests that the server has.")
    for server in servers { text.sample(["server": server.label], server.known.inFlight) }
    text.gauge("ollama_gateway_upstream_slots", "Requests that run side by side, as far as it is known.")
    for (server, model, slots) in slots(of: servers) {
      text.sample(["server": server, "model": model], slots)
    }
    text.gauge(
      "ollama_gateway_breaker_state", "0: all is sent there; 1: single requests try; 2: nothing is.")
    for server in servers { text.sample(["server": server.label], server.known.breaker.level) }
    text.counter("ollama_gateway_loads", "Loads of models, by why: cold, other options, others' requests.")
    for server in servers {
      for load in server.known.loads {
        text.sample(
          [
            "server": server.label, "model": load.model ?? MetricsReport.otherModels,
            "reason": "\(load.reason.word)",
          ], load.count)
      }
    }
    text.counter(
      "ollama_gateway_affinity_hits",
      "Requests of a conversation, by whether they came where its prompt is, and what it was known by.")
    for server in servers {
      for (signal, counts) in [
        ("session", server.known.affinity), ("prompt", server.known.promptAffinity),
      ] {
        for kind in FleetAffinity.allCases {
          guard let word = kind.word else { continue }
          text.sample(["server": server.label, "kind": "\(word)", "signal": signal], counts[kind])
        }
      }
    }
  }

  func writeQueue(into text: inout MetricsText) {
    text.gauge("ollama_gateway_queue_depth", "Requests that wait for a server.")
    for band in FleetBand.allCases { text.sample(["band": "\(band.word)"], fleet.depths[band] ?? 0) }
    text.histogram(
      "ollama_gateway_queue_wait_seconds", "What requests waited, of those that had to and were sent.")
    for band in FleetBand.allCases {
      text.sample(["band": "\(band.word)"], merged { $0.upstreamWaits[band.rawValue] })
    }
    text.counter(
      "ollama_gateway_queue_position_changes",
      "How often those who wait were told another position, nearer the front or further from it.")
    text.sample(["direction": "forward"], fleet.counters.stepsForward)
    text.sample(["direction": "back"], fleet.counters.stepsBack)
    text.gauge(
      "ollama_gateway_fairness_jain",
      "Jain's index of the last minute: 1 where all that had to wait were served alike by their weights.")
    text.sample(fleet.fairness)
    text.histogram("ollama_gateway_load_seconds", "What loads took that the gateway has asked for.")
    text.sample([:], merged { $0.upstreamLoads })
    text.counter("ollama_gateway_retries", "Requests that went on to another server, by why.")
    for reason in FleetFailure.allCases {
      text.sample(["reason": "\(reason.word)"], fleet.counters.retries[reason] ?? 0)
    }
    text.counter(
      "ollama_gateway_prefill_saved_tokens",
      "Tokens of prompts that servers had in their caches, as it seems.")
    text.sample(fleet.counters.savedTokens)
    text.counter(
      "ollama_gateway_reloads_avoided",
      "Requests that were sent with the context that their model was loaded with, in place of less.")
    text.sample(fleet.counters.reloadsAvoided)
  }

  private func merged(_ histogram: (WorkerMetrics.Figures) -> Histogram) -> Histogram {
    var sum = Histogram(.waiting)
    for worker in workers { sum.add(histogram(worker.figures)) }
    return sum
  }

  /// Of the models in memory or on the way there; those with several sets of options have the slots of all.
  private func slots(of servers: [UpstreamView.Server]) -> [(server: String, model: String, slots: Int)] {
    var models: Set<String> = []
    return servers.flatMap { server in
      var places: [String: Int] = [:]
      var slots: [(server: String, model: String, slots: Int)] = []
      for instance in server.known.instances where instance.state != .gone {
        if models.count < MetricsReport.modelLimit { models.insert(instance.model) }
        let model = models.contains(instance.model) ? instance.model : MetricsReport.otherModels
        if let place = places[model] {
          slots[place].slots += instance.slots
        } else {
          places[model] = slots.count
          slots.append((server.label, model, instance.slots))
        }
      }
      return slots
    }
  }
}
