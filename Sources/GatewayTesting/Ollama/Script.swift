/// What the fake Ollama does with one request: steps, one after the other.
///
/// ```swift
/// [.head(200, ["Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked"]),
///  .chunk("{\"response\":\"Hel\"}\n"), .gate("go on"), .chunk("{\"done\":true}\n"), .endChunks]
/// ```
///
/// Each step that sends is a `send` of its own, without Nagle's delay: on an idle connection it is a segment of its
/// own. A step begins when the socket has taken what the one before it sent. After the last step the exchange
/// has its response and the connection takes the next request, unless the request had asked to close it.
public struct Script: Sendable, ExpressibleByArrayLiteral {
  /// What is done, in order.
  public var steps: [Step]

  /// A script of these steps.
  public init(_ steps: [Step]) { self.steps = steps }

  /// A script of these steps.
  public init(arrayLiteral steps: Step...) { self.steps = steps }

  /// One script after the other.
  public static func + (first: Script, second: Script) -> Script { Script(first.steps + second.steps) }
}
