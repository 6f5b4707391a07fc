internal import Handling
internal import JSON
internal import OllamaAPI
internal import Sessions

/// The body of `POST /api/v1/chat` and its siblings, checked field by field: the wire contract's table.
struct ChatMessageRequest: Equatable {
  var message: String
  /// With its tag.
  var model: String
  /// What the client calls it, where that stands for another.
  var calledModel: String?
  /// nil makes a new session.
  var sessionID: SessionID?
  var userID = "anonymous"
  var stream: Bool
  /// Whether the message takes the place of the session's last turn: a message of the model that did not please is no context.
  var regenerates = false
  /// Those that are named by their digests. Others need ``MessageImages``.
  var images: [TurnImage] = []
  /// Whether the body has images that are none of ``images``.
  private(set) var hasUnreadImages = false
  var system: String?
  /// Temperature and token limit are always set.
  var options: ChatOptions
  var think: ChatThink?
  var format: ChatFormat?

  /// Bytes of a body of this API.
  static let bodyLimit = 4 << 20
  /// Bytes of a message or a system prompt.
  static let textLimit = 1 << 20
  /// Bytes of a user's name.
  static let userLimit = 256
  /// Fields of a message, unknown ones among them.
  static let fieldLimit = 1000
  /// Unicode scalars that `send` takes, which is what JSON Schema counts by `maxLength`: a character of people may be a
  /// letter under a megabyte of accents.
  static let sendLimit = 5000

  /// Of a message that names none.
  static let defaultTemperature = 0.7
  static let defaultMaximumTokens = 1000

  /// - Throws: 422 with the field, what it got and what it takes; 400 for what `send` refuses.
  init(
    _ body: JSONValue, variant: ChatVariant, defaultModel: String, streamsByDefault: Bool = false
  ) throws(RequestFailure) {
    guard body.kind == .object else {
      throw RequestFailure(
        422, "The body takes a JSON object, and got \(body.kind).", fault: FieldFault(.type))
    }
    // Each field is looked for among all of them, on an event loop.
    guard body.count <= ChatMessageRequest.fieldLimit else {
      throw RequestFailure(
        422, "The body takes at most \(ChatMessageRequest.fieldLimit) fields, and got \(body.count).")
    }
    message = try ChatMessageRequest.message(body, variant)
    model = try ChatMessageRequest.model(body) ?? defaultModel
    sessionID = try ChatMessageRequest.sessionID(body)
    if let user = try ChatMessageRequest.text(body, "user_id", limit: ChatMessageRequest.userLimit) {
      userID = user
    }
    stream = streamsByDefault
    if let flag = try ChatMessageRequest.flag(body, "stream") { stream = flag }
    regenerates = try ChatMessageRequest.flag(body, "regenerate") ?? false
    system = try ChatMessageRequest.text(body, "system", limit: ChatMessageRequest.textLimit)
    options = try ChatMessageRequest.options(body)
    try readImages(body)
    do throws(ChatOptions.InvalidOptionError) {
      if let value = body.present("think") { think = try ChatThink(value) }
      if let value = body.present("format") { format = try ChatFormat(value) }
    } catch {
      throw RequestFailure(error)
    }
  }

  private mutating func readImages(_ body: JSONValue) throws(RequestFailure) {
    guard let list = body.present("images") else { return }
    guard list.kind == .array else { throw .images("a list", .type) }
    guard list.count <= ImageLimits.perMessage else {
      throw .images("at most \(ImageLimits.perMessage) images")
    }
    list.forEachElement { element in
      let digest = element.withUTF8 { text in
        text.count > 80 ? nil : ImageDigest(String(decoding: text, as: UTF8.self))
      }
      if let digest = digest ?? nil { images.append(.known(digest)) } else { hasUnreadImages = true }
    }
  }

  /// Bytes that it holds beside its message.
  var attachedBytes: Int { (system?.utf8.count ?? 0) + options.heldBytes + (format?.json.count ?? 0) }

  private static func message(_ body: JSONValue, _ variant: ChatVariant) throws(RequestFailure) -> String {
    guard let message = try text(body, "message", limit: textLimit) else {
      throw RequestFailure(
        422, "“message” is missing; it takes a string that is not empty.", field: "message",
        fault: FieldFault(.missing))
    }
    let isBlank = message.unicodeScalars.allSatisfy(\.isWhiteSpace)
    if variant == .send {
      if isBlank { throw RequestFailure(400, "The message is empty.", field: "message") }
      if message.unicodeScalars.dropFirst(sendLimit).first != nil {
        throw RequestFailure(400, "The message is longer than \(sendLimit) characters.", field: "message")
      }
    }
    if isBlank {
      throw RequestFailure(
        422, "“message” takes a string that is not empty, and got white space alone.", field: "message")
    }
    return message
  }

  private static func model(_ body: JSONValue) throws(RequestFailure) -> String? {
    guard let text = try text(body, "model", limit: ModelName.maximumBytes) else { return nil }
    guard let name = ModelName(text) else {
      throw RequestFailure(
        422, "“model” takes the name of a model, such as tinyllama:latest.", field: "model")
    }
    return name.description
  }

  private static func sessionID(_ body: JSONValue) throws(RequestFailure) -> SessionID? {
    guard let text = try text(body, "session_id", limit: .max) else { return nil }
    guard let id = SessionID(text) else {
      throw RequestFailure(
        422,
        "“session_id” takes 1 to 128 characters of A-Z a-z 0-9 . _ -, but not “.” or “..”, and got something else.",
        field: "session_id")
    }
    return id
  }

  private static func options(_ body: JSONValue) throws(RequestFailure) -> ChatOptions {
    var options = ChatOptions()
    if let value = body.present("options") {
      do throws(ChatOptions.InvalidOptionError) {
        options = try ChatOptions(value)
      } catch {
        throw RequestFailure(error)
      }
    }
    if let value = body.present("temperature") {
      guard let temperature = value.numeralDouble, (0...2).contains(temperature) else {
        throw .number("temperature", value, "a number from 0 to 2")
      }
      options.temperature = temperature
    }
    if let value = body.present("max_tokens") {
      guard let tokens = value.numeralInt, (1...131_072).contains(tokens) else {
        throw .number("max_tokens", value, "an integer from 1 to 131072")
      }
      options.maximumTokens = tokens
    }
    options.temperature = options.temperature ?? defaultTemperature
    options.maximumTokens = options.maximumTokens ?? defaultMaximumTokens
    return options
  }

  private static func flag(_ body: JSONValue, _ name: StaticString) throws(RequestFailure) -> Bool? {
    guard let value = body.present(name) else { return nil }
    guard let flag = value.bool else { throw .field("\(name)", got: value.kind, "true or false") }
    return flag
  }

  private static func text(
    _ body: JSONValue, _ name: StaticString, limit: Int
  ) throws(RequestFailure) -> String? {
    guard let value = body.present(name) else { return nil }
    guard let text = value.string else { throw .field("\(name)", got: value.kind, "a string") }
    guard text.utf8.count <= limit else {
      throw RequestFailure(
        422, "“\(name)” takes at most \(limit) bytes, and got \(text.utf8.count).", field: "\(name)")
    }
    return text
  }
}

extension Unicode.Scalar {
  /// White space, for a message that may have a million of them.
  fileprivate var isWhiteSpace: Bool {
    isASCII ? value == 0x20 || (0x09...0x0D).contains(value) : properties.isWhitespace
  }
}
