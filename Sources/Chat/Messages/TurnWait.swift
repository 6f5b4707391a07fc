internal import Access
internal import Handling

/// A turn that waits for others of its session: where its caller's key ends meanwhile it waits no longer. Lives on its worker's loop.
final class TurnWait {
  /// Waits for the turn; cancelled where the key has ended.
  var task: Task<Void, Never>?
  /// Why it waits no longer.
  private(set) var refusal: RequestFailure?
  private var work: WaitingWork?

  /// - Parameter admitted: whose turn it is; nobody without a key waits in vain.
  init(_ admitted: Admitted, in watch: AccessWatch) {
    guard admitted.principal.grant != nil else { return }
    work = WaitingWork(admitted, in: watch) { [weak self] failure in
      self?.refusal = failure
      self?.task?.cancel()
    }
  }

  /// Its turn has come, or it was refused.
  func end() {
    work = nil
    task = nil
  }
}
