/// Texts of one generation, in a checkpoint.
struct CheckpointEntry {
  /// The generation's id in UTF-8.
  let generation: ArraySlice<UInt8>
  /// How many texts of the generation are before these.
  let first: Int
  let lengths: ArraySlice<UInt8>
  let text: ArraySlice<UInt8>

  /// Goes through what a ``CheckpointEncoder`` has written.
  ///
  /// - Throws: where it has not: what was gone through by then is not to be used.
  static func each(
    of texts: [UInt8], _ body: (CheckpointEntry) throws(DamagedCheckpoint) -> Void
  ) throws(DamagedCheckpoint) {
    guard texts.first == CheckpointEncoder.version else { throw DamagedCheckpoint() }
    var rest = texts.dropFirst()
    while !rest.isEmpty {
      let generation = try take(&rest)
      guard !generation.isEmpty, generation.count <= CheckpointEncoder.idBytes,
        let first = LEB128.take(&rest)
      else { throw DamagedCheckpoint() }
      try body(
        CheckpointEntry(
          generation: generation, first: Int(first), lengths: try take(&rest), text: try take(&rest)))
    }
  }

  private static func take(_ rest: inout ArraySlice<UInt8>) throws(DamagedCheckpoint) -> ArraySlice<UInt8> {
    guard let count = LEB128.take(&rest), count <= UInt64(rest.count) else { throw DamagedCheckpoint() }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }
}

extension StoredCheckpoint {
  /// The texts of a checkpoint without those of some generations: these are deleted.
  ///
  /// - Returns: nil where it has none of theirs.
  package static func texts(
    _ texts: [UInt8], without generations: [String]
  ) throws(DamagedCheckpoint) -> [UInt8]? {
    let deleted = Set(generations.map { Array($0.utf8) })
    var kept = CheckpointEncoder()
    var isChanged = false
    try CheckpointEntry.each(of: texts) { (entry) throws(DamagedCheckpoint) in
      if deleted.contains(Array(entry.generation)) {
        isChanged = true
      } else {
        kept.append(entry)
      }
    }
    return isChanged ? kept.texts : nil
  }
}

extension CheckpointEncoder {
  fileprivate mutating func append(_ entry: CheckpointEntry) {
    append(
      String(decoding: entry.generation, as: UTF8.self), after: entry.first, lengths: Array(entry.lengths),
      text: entry.text)
  }
}
