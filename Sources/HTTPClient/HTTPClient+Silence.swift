internal import EventLoop
internal import System

/// The time limits of transfers that make no progress: one timer watches over all of them, and nothing is to be done for
/// a transfer that ends in time, nor for a piece that comes.
extension HTTPClient {
  /// Sees to it that a transfer is looked at when it may have been silent for too long.
  func expectProgress(of transfer: Transfer) {
    if let deadline = transfer.silenceDeadline { silenceTimer?.schedule(noLaterThan: deadline) }
  }

  func endSilentTransfers() {
    // What their delegates do may start and end others.
    for transfer in transfers where transfer.isActive {
      guard let deadline = transfer.silenceDeadline else { continue }
      if deadline <= loop.now { transfer.endForSilence() } else { expectProgress(of: transfer) }
    }
  }
}
