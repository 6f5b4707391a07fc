internal import Handling
internal import OllamaAPI

/// How long one of several servers may be silent over an order, before the others go on without it.
struct OrderPatience: Sendable {
  /// One that answers what it is asked meanwhile; nil: as long as it likes.
  let whileUp: Duration?
  /// One that is down.
  let whileDown: Duration

  /// - Parameters:
  ///   - isStreamed: whether the servers tell how far they are.
  init(_ intervals: Intervals, of route: RelayRoute, isStreamed: Bool) {
    whileDown = intervals.orderSilence
    switch route.stream {
    // Without telling, it may fetch a model for hours.
    case .progress: whileUp = isStreamed ? intervals.orderProgress : nil
    default: whileUp = intervals.orderTime
    }
  }

  /// Why a server is waited for no longer; nil while it is.
  func verdict(silentFor silence: Duration, isDown: Bool) -> String? {
    if isDown, silence >= whileDown {
      return "it is down, and was silent for \(silence.components.seconds) s"
    }
    guard let whileUp, silence >= whileUp else { return nil }
    return "it was silent for \(silence.components.seconds) s"
  }

  /// Between two looks.
  var interval: Duration {
    min(max(min(whileDown, whileUp ?? whileDown) / 8, .milliseconds(20)), .seconds(2))
  }
}
