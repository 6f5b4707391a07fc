internal import EventLoop

/// The time limits of transfers that make no progress: one timer watches over all of them, and nothing is to be done for
/// a transfer that ends in time, nor for a piece that comes.
extension HTTPClient {
  /// Sees to it that a transfer is looked at by then.
  func expectProgress(by deadline: MonotonicTime) {
    silenceTimer?.schedule(noLaterThan: deadline)
  }

  func endSilentTransfers() {
    // What their delegates do may start and end others.
    for transfer in transfers where transfer.isActive {
      let deadline = transfer.silenceDeadline
      if deadline <= loop.now { transfer.endForSilence() } else { expectProgress(by: deadline) }
    }
  }
}
