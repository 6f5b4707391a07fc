internal import Configuration
internal import Handling
internal import JSON
internal import Sessions
internal import System
internal import Telemetry

// The messages that end generations, and those that a question gets.
extension ChatSocketProtocol {
  static var now: String { Timestamp.now.iso8601 }

  /// - Parameter generation: the one that has failed; nil for what else was asked for.
  func write(_ failure: RequestFailure, of generation: Generation? = nil, into writer: inout JSONWriter) {
    write(.error, into: &writer) { failure.encodeMembers(of: generation, into: &$0) }
  }

  /// The message that ends a generation for one who wants it whole, or in the assistant dialect.
  func write(
    _ end: GenerationEnd, of generation: Generation, as rendering: Rendering, into writer: inout JSONWriter
  ) {
    if let failure = end.failure { return write(failure, of: generation, into: &writer) }
    if end.outcome == .interrupted, rendering != .stream {
      return write(.error, into: &writer) { writer in
        RequestFailure.interrupted.encodeMembers(of: generation, into: &writer)
        writer.member("full_response", generation.log.fullText)
      }
    }
    guard let completion = GenerationCompletion(of: generation, end) else { return }
    let text = generation.log.fullText
    switch rendering {
    // The encoder's.
    case .stream: break
    case .whole:
      write(.response, into: &writer) { writer in
        writer.member("content", text)
        completion.encode([.thinking, .model, .timestamp, .doneReason, .usage], into: &writer)
      }
    case .assistant(let streams):
      write(.response, into: &writer) { writer in
        writer.key("data")
        writer.object { writer in
          writer.member("success", true)
          writer.member("response", text)
          writer.key("metadata")
          writer.object { writer in
            completion.encode([.model], into: &writer)
            writer.member("model_used", generation.model)
            writer.member("latency", latency(of: generation, end))
            writer.member("streamed", streams)
            completion.encode([.timestamp, .doneReason, .usage], into: &writer)
          }
        }
      }
    }
  }

  /// Seconds of a generation, to the millisecond.
  private func latency(of generation: Generation, _ end: GenerationEnd) -> Double {
    let milliseconds = end.timestamp.millisecondsSince1970 - generation.startedAt.millisecondsSince1970
    // The clock may have been set back meanwhile.
    return Double(max(0, milliseconds)) / 1000
  }

  /// The message that tells of the connection.
  ///
  /// - Returns: the session's generation, where it is still running.
  @discardableResult
  func writeConnection(
    generation: Generation?, models: [String], into writer: inout JSONWriter
  ) -> Generation? {
    let running = generation.flatMap { $0.log.hasEnded ? nil : $0 }
    write(.connection, into: &writer) { writer in
      writer.member("status", "connected")
      writer.member("session_id", sessionID.description)
      writer.member("client_id", clientID)
      writer.member("instance", instance)
      writer.member("message", "Connected to \(GatewayVersion.name) \(GatewayVersion.current).")
      writer.key("generation")
      if let generation = running {
        writer.object { writer in
          writer.member("id", generation.id)
          writer.member("seq", generation.log.lastNumber)
          writer.member("model", generation.model)
        }
      } else {
        writer.null()
      }
      writer.key("capabilities")
      writer.object { writer in
        writer.member("voice", false)
        writer.member("text", true)
        writer.member("streaming", true)
        writer.member("tools", false)
        writer.key("models")
        writer.array { writer in for model in models { writer.string(model) } }
      }
    }
    return running
  }

  func writeConfig(_ config: SocketConfiguration, into writer: inout JSONWriter) {
    write(.configUpdated, into: &writer) { writer in
      writer.key("config")
      writer.value(json: config.json)
    }
  }

  func writeUnknownCommand(_ name: String, into writer: inout JSONWriter) {
    write(.commandResponse, into: &writer) { writer in
      writer.member("command", name)
      writer.member("status", "error")
      writer.member(
        "message", "The command is unknown; there are clear_history, get_history and get_metrics.")
    }
  }

  /// A session's history.
  ///
  /// - Parameter kept: kept as long as the document is.
  func history(_ messages: [Message], keeping kept: AnyObject?, dialect: Dialect) -> PiecewiseJSON {
    let count = messages.count
    switch dialect {
    case .chat:
      return .messages(messages, keeping: kept) { writer in
        writer.framing(#"{"type":"history","messages":["#)
      } tail: { writer in
        writer.framing("],")
        writer.member("count", count)
        writer.framing("}")
      }
    case .assistant:
      return .messages(messages, keeping: kept) { writer in
        writer.framing(
          #"{"type":"command_response","command":"get_history","status":"success","data":["#)
      } tail: { writer in
        writer.framing("]}")
      }
    }
  }

  func writeCleared(dialect: Dialect, into writer: inout JSONWriter) {
    switch dialect {
    case .chat:
      write(.historyCleared, into: &writer) { $0.member("session_id", sessionID.description) }
    case .assistant:
      writeCommandResponse("clear_history", into: &writer) {
        $0.member("message", "The history was cleared.")
      }
    }
  }

  func writeMetrics(_ counts: SessionCounts, connections: Int, into writer: inout JSONWriter) {
    writeCommandResponse("get_metrics", into: &writer) { writer in
      writer.key("data")
      writer.object { writer in
        writer.member("sessions", counts.sessions)
        writer.member("connections", connections)
        writer.member("running_turns", counts.runningTurns)
        writer.member("waiting_turns", counts.waitingTurns)
      }
    }
  }

  private func writeCommandResponse(
    _ command: StaticString, into writer: inout JSONWriter, _ members: (inout JSONWriter) -> Void
  ) {
    write(.commandResponse, into: &writer) { writer in
      writer.member("command", "\(command)")
      writer.member("status", "success")
      members(&writer)
    }
  }

  func write(
    _ type: ServerMessageType, into writer: inout JSONWriter, _ members: (inout JSONWriter) -> Void
  ) {
    writer.object { writer in
      writer.member("type", literal: type.name)
      members(&writer)
    }
  }
}
