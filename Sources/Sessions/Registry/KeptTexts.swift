/// What a store has of the texts of a generation that runs.
///
/// Each second what is new goes into a checkpoint, together with that of all others. When the first of them has grown old, or
/// they have become many, all that is in checkpoints goes into rows, and the checkpoints are not needed any more.
struct KeptTexts: Equatable {
  /// The age at which a checkpoint's texts go into rows, in checkpoints. Generations that have begun together do not do so together.
  private static let age = 32
  private static let spread = 16
  /// Bytes in checkpoints from which on it is rows.
  private static let bytes = 16 << 10

  /// The number of the last text.
  private(set) var last = 0
  /// The number of the last text that is in rows, and how many rows there are.
  private(set) var lastInRows = 0
  private(set) var rows = 0
  /// The oldest checkpoint that is needed; nil where none is.
  private(set) var since: Int?
  private var checkpointBytes = 0

  /// Whether the texts in checkpoints are to go into rows.
  ///
  /// - Parameter seed: any number of the generation's own.
  func isDue(at checkpoint: Int, seed: Int) -> Bool {
    guard let since else { return false }
    return checkpoint - since >= KeptTexts.age + seed % KeptTexts.spread
      || checkpointBytes >= KeptTexts.bytes
  }

  /// Texts have gone into a checkpoint.
  mutating func note(_ text: KeptText, inCheckpoint number: Int) {
    last = text.last
    since = since ?? number
    checkpointBytes += text.text.count
  }

  /// Texts have gone into the next row.
  mutating func noteRow(_ text: KeptText) {
    lastInRows = text.last
    rows += 1
    guard lastInRows >= last else { return }
    (last, since, checkpointBytes) = (lastInRows, nil, 0)
  }
}
