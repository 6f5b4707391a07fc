public import EventLoop

/// Somebody who wants to hear of each generation of a session as it starts: a WebSocket that has joined it.
///
/// Safe from any thread.
public final class SessionListener: Sendable {
  /// Which listener it is.
  public struct ID: Hashable, Sendable {
    private let identifier: ObjectIdentifier

    fileprivate init(_ listener: SessionListener) { identifier = ObjectIdentifier(listener) }
  }

  private let loop: EventLoop
  private let generationDidStart: @Sendable (Generation) -> Void

  /// - Parameter generationDidStart: runs on `loop`.
  public init(on loop: EventLoop, generationDidStart: @escaping @Sendable (Generation) -> Void) {
    self.loop = loop
    self.generationDidStart = generationDidStart
  }

  /// Which listener it is, as long as it lives.
  public var id: ID { ID(self) }

  func tell(_ generation: Generation) {
    let generationDidStart = generationDidStart
    loop.execute { generationDidStart(generation) }
  }
}
