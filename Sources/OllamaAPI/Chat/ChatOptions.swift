public import JSON

/// The `options` of a request to Ollama: the two that this gateway knows, and any others as they came.
public struct ChatOptions: Equatable, Sendable {
  /// Ollama's `temperature`.
  public var temperature: Double?

  /// Ollama's `num_predict`: the bound on new tokens; -1 for none, -2 to fill the context.
  public var maximumTokens: Int?

  /// The rest: the members of a JSON object with their keys, as JSON, without the braces.
  private(set) var others: [UInt8] = []

  /// Values within an `options` object, at any depth: they are written anew on an event loop.
  public static let maximumValues = 1000

  /// Nil leaves it to the model.
  public init(temperature: Double? = nil, maximumTokens: Int? = nil) {
    self.temperature = temperature
    self.maximumTokens = maximumTokens
  }

  /// Takes a client's `options` object over. Option names are matched exactly, as Ollama does, and `null` means
  /// absent. What else an option may hold is Ollama's to judge.
  ///
  /// - Throws: when it is no object, or one of the two known options has the wrong type.
  public init(_ options: JSONValue) throws(InvalidOptionError) {
    guard options.kind == .object else {
      throw InvalidOptionError(name: "options", got: options.kind, expected: "an object")
    }
    var room = ChatOptions.maximumValues
    guard ChatOptions.fits(options, in: &room) else {
      throw InvalidOptionError(
        name: "options", got: options.kind, expected: "at most \(ChatOptions.maximumValues) values")
    }
    if let value = options.present("temperature") {
      guard let temperature = value.numeralDouble else {
        throw InvalidOptionError(name: "options.temperature", got: value.kind, expected: "a number")
      }
      self.temperature = temperature
    }
    if let value = options.present("num_predict") {
      guard let tokens = value.numeralInt else {
        throw InvalidOptionError(name: "options.num_predict", got: value.kind, expected: "an integer")
      }
      maximumTokens = tokens
    }
    var writer = JSONWriter()
    writer.members(of: options, except: ["temperature", "num_predict"])
    others = writer.take()
  }

  /// Whether a value holds no more values than there is room for. It looks at no more of them, and no deeper than the
  /// document's reader allows.
  static func fits(_ value: JSONValue, in room: inout Int) -> Bool {
    room -= value.count
    guard room >= 0 else { return false }
    var fits = true
    value.forEachElement { if fits { fits = ChatOptions.fits($0, in: &room) } }
    value.forEachMember { _, member in if fits { fits = ChatOptions.fits(member, in: &room) } }
    return fits
  }

  /// Bytes that it holds for the options that this gateway does not know.
  public var heldBytes: Int { others.count }

  /// An option, or another field of a request, that cannot be passed on.
  public struct InvalidOptionError: Error, Equatable, Sendable {
    /// The field as the client wrote it: `options.temperature`.
    public let name: String
    /// What stood there.
    public let got: JSONKind
    /// What it takes, with its article: "a number".
    public let expected: String
  }

  /// Whether there is nothing to send.
  public var isEmpty: Bool { temperature == nil && maximumTokens == nil && others.isEmpty }

  /// Writes the object. The others come first: where a name stands twice, Go keeps the last.
  public func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      if !others.isEmpty { writer.value(json: others) }
      if let temperature { writer.member("temperature", temperature) }
      if let maximumTokens { writer.member("num_predict", maximumTokens) }
    }
  }
}
