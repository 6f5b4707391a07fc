/// Puts together what a store has of some generations' texts: the rows of their own, and behind them what checkpoints have.
///
/// Texts are numbered, and what has a number twice is the same: where a checkpoint has texts that a row has got since, or that an
/// earlier checkpoint has whose commit nobody was told of, they are left out.
package struct GenerationParts {
  /// Bytes of a part that is made of some checkpoints' texts.
  private static let partBytes = 64 << 10

  fileprivate struct Texts {
    var parts: [StoredPart]
    /// How many of ``parts`` are rows.
    let rows: Int
    /// How many texts they are; nil where that is not known, as they are damaged.
    var count: Int?
  }

  private let generations: [String]
  /// By the ids in UTF-8; of those that run.
  private var running: [[UInt8]: Texts] = [:]
  private var ended: [String: [StoredPart]] = [:]

  /// - Parameter generations: those that are asked for.
  package init(of generations: [String]) { self.generations = generations }

  /// Whether any of them runs, as others have nothing in checkpoints.
  package var needsCheckpoints: Bool { !running.isEmpty }

  /// Takes the rows of a generation, in their order.
  package mutating func take(_ rows: [StoredPart], of generation: String, isRunning: Bool) {
    guard isRunning else {
      ended[generation] = rows
      return
    }
    var count: Int? = 0
    for row in rows {
      let texts = TextLengths.read(row.lengths, total: row.text.count)
      count = count.flatMap { count in texts.map { count + $0.count } }
    }
    running[Array(generation.utf8)] = Texts(parts: rows, rows: rows.count, count: count)
  }

  /// Takes what a checkpoint has; the earlier ones come first.
  package mutating func take(checkpoint texts: [UInt8]) throws(DamagedCheckpoint) {
    try CheckpointEntry.each(of: texts) { (entry) throws(DamagedCheckpoint) in
      let id = Array(entry.generation)
      guard running[id] != nil else { return }
      guard let new = TextLengths.read(Array(entry.lengths), total: entry.text.count) else {
        throw DamagedCheckpoint()
      }
      running[id]?.append(new, entry, partBytes: GenerationParts.partBytes)
    }
  }

  /// The parts of each generation, in the order in which they were asked for.
  package var parts: [[StoredPart]] {
    generations.map { running[Array($0.utf8)]?.parts ?? ended[$0] ?? [] }
  }
}

extension GenerationParts.Texts {
  fileprivate mutating func append(
    _ new: [(count: Int, kind: TextKind)], _ entry: CheckpointEntry, partBytes: Int
  ) {
    // Behind a gap nothing is to be had: what is damaged ends them.
    guard let count, entry.first <= count, count - entry.first < new.count else { return }
    let known = count - entry.first
    let text = entry.text.dropFirst(new[..<known].reduce(0) { $0 + $1.count })
    var lengths = TextLengths()
    for text in new[known...] { lengths.append(text.count, text.kind) }
    self.count = count + new.count - known
    if parts.count > rows, let last = parts.last, last.text.count + text.count <= partBytes {
      parts[parts.count - 1].text += text
      parts[parts.count - 1].lengths += lengths.bytes
    } else {
      parts.append(
        StoredPart(
          generation: String(decoding: entry.generation, as: UTF8.self),
          index: (parts.last?.index ?? -1) &+ 1,
          text: Array(text), lengths: lengths.bytes))
    }
  }
}
