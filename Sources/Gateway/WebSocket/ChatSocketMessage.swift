internal import HTTPFields
internal import JSON
internal import Sessions

/// What a client says over a WebSocket: the left column of the wire contract's table.
enum ChatSocketMessage: Equatable {
  case chat(ChatMessageRequest)
  case stop
  /// nil is the session that the socket has joined.
  case resume(SessionID?, after: Int)
  case history
  case clearHistory
  case ping
  /// The assistant dialect's `chat`.
  case text(ChatMessageRequest, includesContext: Bool)
  /// The object, as JSON.
  case config([UInt8])
  case command(Command)

  /// What `type` says.
  enum Kind: String, CaseIterable {
    case chat
    case text
    case stop
    case resume
    case getHistory = "get_history"
    case history
    case clearHistory = "clear_history"
    case ping
    case config
    case command
  }

  /// The assistant dialect's commands.
  enum Command: String, CaseIterable {
    case clearHistory = "clear_history"
    case getHistory = "get_history"
    case getMetrics = "get_metrics"
  }

  /// Bytes of a `config` object, which is sent back.
  private static let configLimit = 16 * 1024

  /// - Throws: 400 for a type or command that is unknown, 422 for a field with a value that it does not take.
  init(_ message: JSONValue, defaultModel: String) throws(RequestFailure) {
    guard message.kind == .object else {
      throw RequestFailure(400, "A message is a JSON object, and this is \(message.kind).")
    }
    switch try ChatSocketMessage.kind(of: message) {
    case .chat:
      self = .chat(
        try ChatMessageRequest(message, variant: .message, defaultModel: defaultModel, streamsByDefault: true)
      )
    case .text:
      let request = try ChatMessageRequest(
        message, variant: .message, defaultModel: defaultModel, streamsByDefault: true)
      self = .text(request, includesContext: try ChatSocketMessage.flag(message, "include_context") ?? true)
    case .stop: self = .stop
    case .resume: self = try ChatSocketMessage.resume(message)
    case .getHistory, .history: self = .history
    case .clearHistory: self = .clearHistory
    case .ping: self = .ping
    case .config: self = .config(try ChatSocketMessage.config(message))
    case .command: self = .command(try ChatSocketMessage.command(message))
    }
  }

  private static func kind(of message: JSONValue) throws(RequestFailure) -> Kind {
    guard let value = message.present("type") else { return .chat }
    guard let type = value.string else { throw .field("type", got: value.kind, "a string") }
    guard let kind = Kind(bytesOf: type) else {
      throw RequestFailure(400, "The message's type is unknown.", field: "type")
    }
    return kind
  }

  private static func flag(_ message: JSONValue, _ name: StaticString) throws(RequestFailure) -> Bool? {
    guard let value = message.present(name) else { return nil }
    guard let flag = value.bool else { throw .field("\(name)", got: value.kind, "true or false") }
    return flag
  }

  private static func resume(_ message: JSONValue) throws(RequestFailure) -> ChatSocketMessage {
    var session: SessionID?
    if let value = message.present("session_id") {
      session = value.string.flatMap { SessionID($0) }
      guard session != nil else { throw .field("session_id", got: value.kind, "the name of a session") }
    }
    var after = 0
    if let value = message.present("after") {
      guard let number = value.numeralInt, (0...QueryParameters.largestNumber).contains(number) else {
        throw .number("after", value, "a whole number from 0 to \(QueryParameters.largestNumber)")
      }
      after = number
    }
    return .resume(session, after: after)
  }

  private static func config(_ message: JSONValue) throws(RequestFailure) -> [UInt8] {
    var writer = JSONWriter()
    if let value = message.present("config") {
      guard value.kind == .object else { throw .field("config", got: value.kind, "an object") }
      writer.value(value)
    } else {
      writer.object { _ in }
    }
    let config = writer.take()
    guard config.count <= configLimit else {
      throw RequestFailure(422, "“config” takes at most \(configLimit) bytes.", field: "config")
    }
    return config
  }

  private static func command(_ message: JSONValue) throws(RequestFailure) -> Command {
    guard let value = message.present("command") else {
      throw RequestFailure(422, "“command” is missing.", field: "command")
    }
    guard let command = value.string.flatMap({ Command(bytesOf: $0) }) else {
      throw RequestFailure(
        400, "The command is unknown; there are clear_history, get_history and get_metrics.", field: "command"
      )
    }
    return command
  }
}
