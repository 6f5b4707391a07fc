internal import Handling

/// What is under way in the whole gateway at a moment.
public struct GatewayFigures: Sendable, Equatable {
  /// Requests that have begun and not ended, WebSockets among them.
  public var requests = 0
  /// Those whose response is made piece by piece.
  public var streams = 0
  /// Open WebSockets.
  public var sockets = 0
  /// Generations of the chat API that run.
  public var generations = 0
  /// Whether the gateway is going down.
  public var isDraining = false

  /// Nothing is under way.
  public init() {}

  /// In words, for the service manager.
  ///
  /// - Parameter ollama: the Ollama server, and whether it could be reached when it was last asked.
  public func statusLine(ollama: (url: String, isReachable: Bool?)) -> String {
    let state = isDraining ? "stopping, letting run: " : "serving "
    let counts = "\(requests) requests, \(streams) streams, \(sockets) WebSockets, \(generations) generations"
    switch ollama.isReachable {
    case true?: return "\(state)\(counts); Ollama \(ollama.url)"
    case false?: return "\(state)\(counts); Ollama \(ollama.url) cannot be reached"
    case nil: return "\(state)\(counts)"
    }
  }
}
