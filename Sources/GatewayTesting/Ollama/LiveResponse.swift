/// A response that is made while it goes out: one of a ``SimulatedOllama``, which does not know beforehand when it says what.
///
/// `@unchecked Sendable`: a script carries it, and all of it is used on the fake's thread.
final class LiveResponse: @unchecked Sendable {
  /// Lets the connection send what is new. Set while the connection waits for it.
  var wake: (() -> Void)?
  /// Runs once if the exchange ends before the response is whole.
  var onLeave: (() -> Void)?
  private(set) var isWhole = false
  private var output: [UInt8] = []

  /// Adds bytes, which are sent at once if the socket takes them.
  ///
  /// - Parameter isWhole: nothing comes behind them.
  func send(_ bytes: [UInt8], isWhole: Bool = false) {
    output += bytes
    self.isWhole = isWhole
    if isWhole { onLeave = nil }
    let wake = wake
    self.wake = nil
    wake?()
  }

  /// What is to be sent next; nil if that is nothing.
  func takeOutput() -> [UInt8]? {
    guard !output.isEmpty else { return nil }
    defer { output = [] }
    return output
  }

  /// The exchange has ended before the response was whole.
  func leave() {
    let onLeave = onLeave
    (wake, self.onLeave) = (nil, nil)
    onLeave?()
  }
}
