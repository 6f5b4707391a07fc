internal import System

/// Traps when something that only one may use at a time is used by two.
final class BusyFlag: Sendable {
  private let isBusy = Lock(false)

  func enter() {
    let wasBusy = isBusy.withLock { isBusy in
      defer { isBusy = true }
      return isBusy
    }
    precondition(!wasBusy, "a TestClient performs one thing at a time")
  }

  func leave() {
    isBusy.withLock { $0 = false }
  }
}
