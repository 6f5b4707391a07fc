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
  private let membershipDidEnd: @Sendable () -> Void

  /// - Parameters:
  ///   - generationDidStart: runs on `loop`.
  ///   - membershipDidEnd: the session is somebody else's alone now: it hears nothing more. Runs on `loop`.
  public init(
    on loop: EventLoop, generationDidStart: @escaping @Sendable (Generation) -> Void,
    membershipDidEnd: @escaping @Sendable () -> Void = {}
  ) {
    self.loop = loop
    self.generationDidStart = generationDidStart
    self.membershipDidEnd = membershipDidEnd
  }

  /// Which listener it is, as long as it lives.
  public var id: ID { ID(self) }

  func tell(_ generation: Generation) {
    let generationDidStart = generationDidStart
    loop.execute { generationDidStart(generation) }
  }

  func tellEnd() {
    let membershipDidEnd = membershipDidEnd
    loop.execute { membershipDidEnd() }
  }
}
