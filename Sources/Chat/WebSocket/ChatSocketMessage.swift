internal import Access
internal import Handling
internal import HTTPFields
internal import JSON
internal import OllamaAPI
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
  /// One that there is not, at most ``commandLimit`` bytes of its name.
  case unknownCommand(String)
  /// The first system's clients say it before all else: they want to be told of the connection.
  case connect

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
    case connect
    case handshake
  }

  /// The assistant dialect's commands.
  enum Command: String, CaseIterable {
    case clearHistory = "clear_history"
    case getHistory = "get_history"
    case getMetrics = "get_metrics"
  }

  /// Who may say it, of those who have opened a socket.
  var rule: RouteRule {
    switch self {
    case .chat, .text, .stop, .resume, .history, .clearHistory, .config, .connect, .ping: .chat
    case .command(.clearHistory), .command(.getHistory), .unknownCommand: .chat
    // It tells of everybody's.
    case .command(.getMetrics): .scope(.metrics)
    }
  }

  /// Bytes of an unknown command's name, which is sent back.
  private static let commandLimit = 100

  /// - Throws: 400 for a type or command that is unknown, 422 for a field with a value that it does not take.
  init(_ message: JSONValue, defaultModel: String) throws(RequestFailure) {
    guard message.kind == .object else {
      throw RequestFailure(400, "A message is a JSON object, and this is \(message.kind).")
    }
    switch try ChatSocketMessage.kind(of: message) {
    case .chat:
      self = .chat(try ChatSocketMessage.request(message, defaultModel))
    case .text:
      let request = try ChatSocketMessage.request(message, defaultModel)
      self = .text(request, includesContext: try ChatSocketMessage.flag(message, "include_context") ?? true)
    case .stop: self = .stop
    case .resume: self = try ChatSocketMessage.resume(message)
    case .getHistory, .history: self = .history
    case .clearHistory: self = .clearHistory
    case .ping: self = .ping
    case .config: self = .config(try ChatSocketMessage.config(message))
    case .command: self = try ChatSocketMessage.command(message)
    case .connect, .handshake: self = .connect
    }
  }

  /// Images are large for a WebSocket's messages: they are sent before.
  private static func request(
    _ message: JSONValue, _ defaultModel: String
  ) throws(RequestFailure) -> ChatMessageRequest {
    let request = try ChatMessageRequest(
      message, variant: .message, defaultModel: defaultModel, streamsByDefault: true)
    guard !request.hasUnreadImages else {
      throw .images("names such as sha256:… over a WebSocket, of images that were sent before")
    }
    return request
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
    guard config.count <= SocketConfiguration.limit else { throw SocketConfiguration.tooLarge }
    return config
  }

  private static func command(_ message: JSONValue) throws(RequestFailure) -> ChatSocketMessage {
    guard let value = message.present("command") else {
      throw RequestFailure(422, "“command” is missing.", field: "command", fault: FieldFault(.missing))
    }
    guard let name = value.string else { throw .field("command", got: value.kind, "a string") }
    if let command = Command(bytesOf: name) { return .command(command) }
    // Of a character that is cut nothing is left but the mark that it was there.
    return .unknownCommand(String(decoding: name.utf8.prefix(commandLimit), as: UTF8.self))
  }
}
