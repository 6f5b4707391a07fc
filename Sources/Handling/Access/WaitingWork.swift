/// Work that waits for a server, until its last reference goes: it is refused where its caller is let in no more. Lives on its
/// worker's loop.
package final class WaitingWork: AdmittedWork {
  package var admitted: Admitted
  private let watch: AccessWatch
  private let refuse: (RequestFailure) -> Void

  /// - Parameter refuse: ends the work; called once at most.
  package init(_ admitted: Admitted, in watch: AccessWatch, refuse: @escaping (RequestFailure) -> Void) {
    self.admitted = admitted
    self.watch = watch
    self.refuse = refuse
    watch.add(self)
  }

  deinit { watch.remove(self) }

  package func accessDidEnd(_ failure: RequestFailure) { refuse(failure) }
}
