internal import JSON

/// What the gateway says over its WebSocket, as far as this client cares.
enum ChatServerMessage: Equatable {
  struct HistoryEntry: Equatable {
    var role: String
    var content: String
    var timestamp: String
    /// Whether the gateway ended before it did.
    var isInterrupted = false
    /// Whether it is not stored yet.
    var isPending = false
  }

  /// - Parameter generation: the one in flight.
  case connection(session: String, generation: String?)
  case messageReceived
  case streamStart(generation: String)
  /// The generation waits for a server.
  ///
  /// - Parameters:
  ///   - seconds: until it begins, as it seems; nil where that is not known.
  ///   - isLoading: whether its model is being loaded meanwhile.
  case queued(position: Int, seconds: Int?, isLoading: Bool)
  case chunk(String, number: Int)
  case thinkingChunk(String, number: Int)
  /// - Parameter note: what explains a generation without a text.
  case streamEnd(text: String, reason: String, timestamp: String, note: String? = nil)
  case resumed(generation: String)
  case history([HistoryEntry])
  case historyCleared
  case pong(timestamp: String)
  case broadcast(String)
  /// - Parameters:
  ///   - generation: the one that has failed; nil for what else was asked for.
  ///   - text: what was kept of it; nil where nothing is said of that.
  ///   - retryAfter: seconds after which it may go better; nil where nothing is said of that.
  case error(
    code: String, message: String, generation: String? = nil, text: String? = nil, retryAfter: Int? = nil)
  /// A type that is not known here, perhaps of a later gateway.
  case other

  /// What makes a message unreadable.
  struct MalformedError: JSONDecodingError, Equatable {
    let reason: String

    init(reason: String) { self.reason = reason }
    init(malformed error: JSONError) { reason = error.message }
  }

  /// - Throws: if a member is missing or of another type.
  init(_ message: JSONValue) throws(MalformedError) {
    // No type is longer, and to compare a long text of combining marks is dear.
    switch String(decoding: try message.text("type").utf8.prefix(32), as: UTF8.self) {
    case "connection":
      let session = try message.text("session_id")
      // It goes into the request of the next connection.
      guard ChatSettings.isSession(session) else {
        throw MalformedError(reason: "“session_id” is no name of a session")
      }
      self = .connection(session: session, generation: message.present("generation")?["id"]?.string)
    case "message_received", "message_queued": self = .messageReceived
    case "stream_start": self = .streamStart(generation: try message.text("generation_id"))
    case "queued":
      self = .queued(
        position: message["position"]?.int ?? 0, seconds: message["eta_seconds"]?.int,
        isLoading: message["reason"]?.string?.prefix(16) == "loading")
    case "stream_chunk":
      self = .chunk(try message.text("content"), number: try ChatServerMessage.number(message))
    case "thinking_chunk":
      self = .thinkingChunk(try message.text("content"), number: try ChatServerMessage.number(message))
    case "stream_end":
      self = .streamEnd(
        text: try message.text("full_response"), reason: try message.text("done_reason"),
        timestamp: try message.text("timestamp"), note: message["note"]?.string)
    case "resumed": self = .resumed(generation: try message.text("generation_id"))
    case "history": self = .history(try ChatServerMessage.entries(message))
    case "history_cleared": self = .historyCleared
    case "pong": self = .pong(timestamp: try message.text("timestamp"))
    case "broadcast": self = .broadcast(try message.text("message"))
    case "error":
      self = .error(
        code: try message.text("code"), message: try message.text("message"),
        generation: message["generation_id"]?.string, text: message["full_response"]?.string,
        retryAfter: message["retry_after"]?.int)
    default: self = .other
    }
  }

  /// The number of a chunk: one that can be counted on from.
  private static func number(_ message: JSONValue) throws(MalformedError) -> Int {
    guard let number = message["seq"]?.int, (0...Int(Int32.max)).contains(number) else {
      throw MalformedError(reason: "a chunk has no seq")
    }
    return number
  }

  private static func entries(_ message: JSONValue) throws(MalformedError) -> [HistoryEntry] {
    var entries: [HistoryEntry] = []
    try message["messages"]?.forEachElement { (entry) throws(MalformedError) in
      entries.append(
        HistoryEntry(
          role: try entry.text("role"), content: try entry.text("content"),
          timestamp: try entry.text("timestamp"), isInterrupted: entry["interrupted"]?.bool == true,
          isPending: entry["pending"]?.bool == true))
    }
    return entries
  }
}

extension JSONValue {
  fileprivate func text(_ key: StaticString) throws(ChatServerMessage.MalformedError) -> String {
    guard let text = self[key]?.string else {
      throw ChatServerMessage.MalformedError(reason: "“\(key)” is missing or no string")
    }
    return text
  }
}
