internal import Fleet
internal import JSON
internal import Upstreams

/// The documents that say how the servers are and what waits for them. No credential is in them, and of a client nothing but who it is.
enum ServerReport {
  /// All servers.
  ///
  /// - Parameter isSoleUp: whether an only server works, of which the scheduler asks nothing by itself.
  static func list(_ view: UpstreamView, isSoleUp: Bool?, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("servers")
      writer.array { writer in
        for server in view.servers { encode(server, isSoleUp: isSoleUp, into: &writer) }
      }
      writer.member("count", view.servers.count)
    }
  }

  /// One of them.
  static func encode(_ server: UpstreamView.Server, isSoleUp: Bool?, into writer: inout JSONWriter) {
    let known = server.known
    writer.object { writer in
      writer.member("name", server.name)
      writer.member("url", server.url)
      writer.member("state", literal: state(of: known, isSoleUp: isSoleUp))
      writer.member("draining", known.isDraining)
      writer.member("leaving", known.isLeaving)
      writer.member("version", orNull: known.version)
      writer.member("in_flight", known.inFlight)
      writer.member("waiting", known.waiting)
      writer.member("breaker", literal: known.breaker.word)
      writer.member("busy_seconds", orNull: known.busyFor.map(seconds))
      writer.member("refuses_credentials", known.refusesCredentials)
      writer.member("foreign_wait_seconds", rounded(known.foreignWait))
      writer.member("cache_hit_rate", rounded(known.cacheHitRate))
      encodeLoads(of: known, into: &writer)
      writer.key("instances")
      writer.array { writer in
        for instance in known.instances where instance.state != .gone { encode(instance, into: &writer) }
      }
      writer.key("pins")
      writer.array { writer in
        for pin in known.pins {
          writer.object { writer in
            writer.member("model", pin.model)
            writer.member("state", literal: pin.state.word)
            writer.member("reason", orNull: pin.trouble.map { "\($0.word)" })
          }
        }
      }
      writer.key("models")
      writer.array { writer in
        for model in known.models {
          writer.object { writer in
            writer.member("name", model.name)
            writer.member("digest", model.digest)
          }
        }
      }
    }
  }

  private static func encodeLoads(of known: FleetView.Server, into writer: inout JSONWriter) {
    writer.key("loads")
    writer.object { writer in
      for reason in FleetLoadCount.Reason.allCases {
        let count = known.loads.reduce(0) { $1.reason == reason ? $0 + $1.count : $0 }
        writer.member(reason.word, count)
      }
    }
    writer.member("evictions", known.evictions)
  }

  private static func encode(_ instance: FleetView.Instance, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("model", instance.model)
      writer.member("digest", instance.digest)
      writer.member("state", literal: instance.state == .loading ? "loading" : "resident")
      writer.member("context_length", orNull: instance.contextLength)
      writer.member("num_ctx", orNull: instance.options.contextLength)
      writer.key("slots")
      writer.object { writer in
        writer.member("known", instance.slots)
        writer.member("configured", orNull: instance.configuredSlots)
        writer.member("settled", instance.areSlotsSettled)
      }
      writer.member("in_flight", instance.inFlight)
      writer.member("waiting", instance.waiting)
      writer.member("breaker", literal: instance.breaker.word)
      writer.member("size", instance.size)
      writer.member("size_vram", instance.sizeInVRAM)
      writer.key("load")
      if let load = instance.load {
        writer.object { writer in
          writer.member("elapsed_seconds", rounded(load.elapsed))
          writer.member("expected_seconds", rounded(load.expected))
        }
      } else {
        writer.null()
      }
      writer.member("load_seconds", orNull: instance.loadSeconds.map(rounded))
      writer.member("prefill_tokens_per_second", orNull: instance.prefillRate.map(rounded))
      writer.member("decode_tokens_per_second", orNull: instance.decodeRate.map(rounded))
    }
  }

  /// What waits.
  static func queue(_ view: UpstreamView, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("depth", view.depth)
      writer.key("waiting")
      writer.array { writer in
        for waiting in view.waiting {
          writer.object { writer in
            writer.member("ticket", waiting.ticket.description)
            writer.member("flow", orNull: view.callers[waiting.ticket]?.text)
            writer.member("band", literal: waiting.band.word)
            writer.member("position", waiting.standing.position)
            writer.member("reason", literal: waiting.standing.reason.word)
            writer.member("waited_seconds", seconds(waiting.waited))
            writer.member("eta_seconds", orNull: waiting.standing.seconds)
            writer.member("model", orNull: waiting.model)
            writer.member("server", orNull: waiting.server.flatMap(view.name))
          }
        }
      }
      writer.member("count", view.waiting.count)
    }
  }

  /// Of an only server it is what it has just said that counts.
  static func state(of known: FleetView.Server, isSoleUp: Bool?) -> StaticString {
    guard let isSoleUp, !known.isLeaving, !known.isDraining else { return known.state.word }
    return isSoleUp ? "up" : "down"
  }

  /// To the millisecond.
  private static func seconds(_ duration: Duration) -> Double {
    rounded(Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18)
  }

  private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: StaticString, orNull value: String?) {
    if let value { member(name, value) } else { null(name) }
  }

  fileprivate mutating func member(_ name: StaticString, orNull value: Int?) {
    if let value { member(name, value) } else { null(name) }
  }

  fileprivate mutating func member(_ name: StaticString, orNull value: Double?) {
    if let value { member(name, value) } else { null(name) }
  }

  private mutating func null(_ name: StaticString) {
    key(name)
    null()
  }
}
