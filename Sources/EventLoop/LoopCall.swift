/// A method of an actor that lives on a loop, for those who are on the loop already without the compiler's knowledge: the
/// callbacks of C libraries.
///
/// It does what `assumeIsolated` does, with the check of ``LoopBound``. That one asks the Swift runtime who runs, and takes
/// its closure to the heap: for a small request more than all else that happens on the way in. Lives on its loop's thread.
public struct LoopCall<Target: Actor, Argument> {
  private let loop: EventLoop
  private let method: (Target, Argument) -> Void

  /// - Parameter method: of actors whose executor is `loop`.
  public init(to loop: EventLoop, _ method: @escaping (isolated Target, Argument) -> Void) {
    self.loop = loop
    // The types differ in isolation alone, which is no part of how a function is called: `assumeIsolated` rests on the same
    // cast. That the caller is where the method must run is checked at each call.
    self.method = unsafeBitCast(method, to: ((Target, Argument) -> Void).self)
  }

  /// On the loop's thread.
  public func callAsFunction(_ target: Target, _ argument: Argument) {
    loop.preconditionCurrent()
    #if DEBUG
      // `assertIsolated` asks the runtime in a release build as well.
      target.preconditionIsolated("an actor of another loop")
    #endif
    method(target, argument)
  }
}
