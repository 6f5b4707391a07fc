internal import Sessions

/// The file of a store that is open.
struct StoreFile: Sendable {
  let path: String
  private let identity: FileStatus.Identity

  init(_ path: String, _ identity: FileStatus.Identity) {
    self.path = path
    self.identity = identity
  }

  /// Whether the name still stands for it. What is written to a file that was deleted goes with the process.
  func checkIsThere() throws(StoreError) {
    guard (try? FileStatus(path))?.identity == identity else {
      throw StoreError(
        .away,
        "the store \(path) was moved away or replaced while it was open: put it back, or restart the gateway")
    }
  }
}
