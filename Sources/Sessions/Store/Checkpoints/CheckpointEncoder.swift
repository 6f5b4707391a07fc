/// Writes the texts of a checkpoint.
///
/// They are a byte for the version of the form, and then of each generation: its id, the number of texts before these, the texts'
/// ``TextLengths`` and the texts. Numbers are LEB128, and so is the length before the id, the lengths and the texts.
package struct CheckpointEncoder {
  /// The form's.
  static let version: UInt8 = 1
  /// Of a generation's id: there is none that is longer.
  static let idBytes = 256

  /// So far.
  package private(set) var texts: [UInt8] = [version]

  package init() {}

  /// Whether it has the texts of no generation.
  package var isEmpty: Bool { texts.count == 1 }

  /// Puts texts of a generation behind the others.
  ///
  /// - Parameters:
  ///   - first: how many texts of the generation are before them.
  ///   - lengths: of ``TextLengths``.
  ///   - text: the texts, one after the other.
  package mutating func append(
    _ generation: String, after first: Int, lengths: [UInt8], text: some Collection<UInt8>
  ) {
    LEB128.append(generation.utf8.count, to: &texts)
    texts.append(contentsOf: generation.utf8)
    LEB128.append(first, to: &texts)
    LEB128.append(lengths.count, to: &texts)
    texts.append(contentsOf: lengths)
    LEB128.append(text.count, to: &texts)
    texts.append(contentsOf: text)
  }
}
