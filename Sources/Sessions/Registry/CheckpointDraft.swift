/// What is to be stored of running generations, as it is collected.
struct CheckpointDraft {
  /// Bytes of one part.
  private static let partBytes = 64 << 10
  /// Bytes of all that are stored at once.
  private static let bytes = 8 << 20

  /// What a store has of a generation, when this is stored.
  struct Step {
    let session: Session
    let generation: Generation
    let kept: KeptTexts
  }

  let number: Int
  /// Whether all texts go into rows, as there are too many in checkpoints.
  private let hasRowsOnly: Bool
  private var encoder = CheckpointEncoder()
  private var rows: [StoreChange] = []
  private(set) var bytes = 0
  private(set) var steps: [Step] = []
  /// The oldest checkpoint that is needed, by those that were looked at.
  private(set) var oldestNeeded: Int
  private var text = KeptText()

  init(_ number: Int, hasRowsOnly: Bool) {
    self.number = number
    self.hasRowsOnly = hasRowsOnly
    oldestNeeded = number
  }

  /// Takes what is new of a session's generation. What it does not get to is stored with the next.
  mutating func take(_ generation: Generation, _ stored: KeptTexts, of session: Session) {
    var kept = stored
    if kept.isDue(at: number, seed: session.serial) || hasRowsOnly && kept.since != nil {
      takeRows(of: generation, &kept)
    } else {
      takeTexts(of: generation, &kept)
    }
    if let since = kept.since { oldestNeeded = min(oldestNeeded, since) }
    if kept != stored { steps.append(Step(session: session, generation: generation, kept: kept)) }
  }

  private mutating func takeRows(of generation: Generation, _ kept: inout KeptTexts) {
    while bytes < CheckpointDraft.bytes,
      generation.log.read(after: kept.lastInRows, atMost: CheckpointDraft.partBytes, into: &text)
    {
      rows.append(
        .appendPart(
          StoredPart(
            generation: generation.id, index: kept.rows, text: text.text, lengths: text.lengths.bytes)))
      bytes += text.text.count
      kept.noteRow(text)
    }
  }

  private mutating func takeTexts(of generation: Generation, _ kept: inout KeptTexts) {
    while bytes < CheckpointDraft.bytes,
      generation.log.read(after: kept.last, atMost: CheckpointDraft.partBytes, into: &text)
    {
      encoder.append(
        generation.id, after: kept.last, lengths: text.lengths.bytes, text: text.text)
      bytes += text.text.count
      kept.note(text, inCheckpoint: number)
    }
  }

  /// Whether there is a checkpoint, and not rows alone.
  var hasCheckpoint: Bool { !encoder.isEmpty }

  /// What is written. Checkpoints that are not needed go first: what was theirs the new one takes.
  ///
  /// - Parameter drops: whether there are some that are not needed.
  func changes(drops: Bool) -> [StoreChange] {
    var changes: [StoreChange] = drops ? [.dropCheckpoints(before: oldestNeeded)] : []
    changes += rows
    if hasCheckpoint {
      changes.append(.putCheckpoint(StoredCheckpoint(number: number, texts: encoder.texts)))
    }
    return changes
  }
}
