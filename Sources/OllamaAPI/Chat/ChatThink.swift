public import JSON

/// Whether a model shall think before it says anything, and how much: the `think` of a request to `/api/chat`.
public enum ChatThink: Equatable, Sendable {
  case flag(Bool)
  /// `low`, `medium`, `high`…: what there is, and for which model, is Ollama's to judge.
  case level(String)

  /// Bytes of a level.
  public static let maximumBytes = 256

  /// - Throws: when it is neither a boolean nor a string within the bound.
  public init(_ value: JSONValue) throws(ChatOptions.InvalidOptionError) {
    if let flag = value.bool {
      self = .flag(flag)
    } else if let level = value.string, level.utf8.count <= ChatThink.maximumBytes {
      self = .level(level)
    } else {
      throw ChatOptions.InvalidOptionError(
        name: "think", got: value.kind,
        expected: "true, false or a string of at most \(ChatThink.maximumBytes) bytes")
    }
  }

  func encode(into writer: inout JSONWriter) {
    switch self {
    case .flag(let flag): writer.bool(flag)
    case .level(let level): writer.string(level)
    }
  }
}
