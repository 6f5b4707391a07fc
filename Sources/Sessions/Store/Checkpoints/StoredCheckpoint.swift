/// What was new of all running generations when it was looked at, as one row: to write a page for each of them costs many times
/// more.
///
/// It is kept for some seconds only. A generation that runs for longer gets rows of its own: see ``StoredPart``.
package struct StoredCheckpoint: Equatable, Sendable {
  /// Counted up by the process that writes it.
  package var number: Int
  /// What ``CheckpointEncoder`` has written.
  package var texts: [UInt8]

  package init(number: Int, texts: [UInt8]) {
    self.number = number
    self.texts = texts
  }
}

/// A checkpoint that nobody has written as it is.
package struct DamagedCheckpoint: Error, Equatable {
  package init() {}
}
