internal import System

/// The responses of a small, healthy Ollama: the default of ``ScriptedOllama``.
///
/// ```swift
/// let responses = OllamaResponses(tokens: ["a", "b"], interval: .milliseconds(50))
/// let ollama = try ScriptedOllama { responses.script(for: $0) }
/// ```
public struct OllamaResponses: Sendable {
  /// What it says when it is not told otherwise.
  public static let defaultTokens = ["Hel", "lo", " from", " the", " fake", " Ollama", "."]

  /// The models it has, with their tags.
  public var models: [String]
  /// What it says to everything, a line each.
  public var tokens: [String]
  /// The time between two tokens.
  public var interval: Duration
  /// What `/api/version` says.
  public var version: String
  /// The digests of the blobs it was given.
  let blobs = Lock<Set<String>>([])

  /// An Ollama of this version with these models.
  public init(
    models: [String] = ["tinyllama:latest", "smollm2:135m"], tokens: [String] = defaultTokens,
    interval: Duration = .zero, version: String = "0.9.3"
  ) {
    self.models = models
    self.tokens = tokens
    self.interval = interval
    self.version = version
  }

  /// The response to a request whose body is whole.
  public func script(for request: ScriptedOllama.Request) -> Script {
    let path = request.path
    if path.hasPrefix("/api/blobs/") { return blob(request) }
    if path.hasPrefix("/v1/models/"), request.method == "GET" {
      return openAIModel(String(path.dropFirst("/v1/models/".count)))
    }
    guard let methods = Self.methods[path] else {
      return .response(404, type: "text/plain", Array("404 page not found".utf8))
    }
    guard methods.contains(request.method) else { return notAllowed(methods) }
    switch path {
    case "/": return reply(request, .text("Ollama is running"))
    case "/api/version": return reply(request, .json(#"{"version":"\#(version)"}"#))
    case "/api/tags": return reply(request, .ollamaJSON(tags))
    case "/api/ps": return .ollamaJSON(loadedModels)
    case "/v1/models": return .ollamaJSON(openAIModels, type: "application/json")
    case "/v1/chat/completions": return completions(request)
    default: return native(request)
    }
  }

  private static let methods = [
    "/": ["GET", "HEAD"], "/api/version": ["GET", "HEAD"], "/api/tags": ["GET", "HEAD"], "/api/ps": ["GET"],
    "/v1/models": ["GET"], "/api/show": ["POST"], "/api/chat": ["POST"], "/api/generate": ["POST"],
    "/api/embed": ["POST"], "/api/embeddings": ["POST"], "/v1/chat/completions": ["POST"],
  ]

  private func notAllowed(_ methods: [String]) -> Script {
    [
      .response(
        405, ["Allow": methods.joined(separator: ", "), "Content-Type": "text/plain", "Date": Script.date],
        Array("405 method not allowed".utf8))
    ]
  }

  /// A response to HEAD has the head alone.
  private func reply(_ request: ScriptedOllama.Request, _ script: Script) -> Script {
    guard request.method == "HEAD", case .send(let bytes) = script.steps[0].action else { return script }
    let end = bytes.indices.first { bytes[$0...].starts(with: [0x0d, 0x0a, 0x0d, 0x0a]) }!
    return [.bytes(Array(bytes[..<(end + 4)]))]
  }

  /// A name without a tag means `:latest`.
  func has(_ model: String) -> Bool {
    models.contains(model.contains(":") ? model : model + ":latest")
  }
}
