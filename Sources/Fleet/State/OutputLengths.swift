/// Tokens of the responses that flows have got of models, in the mean of the last ones. Bounded, and of one piece: what two of one place
/// have got is forgotten each time that the other's turn comes.
struct OutputLengths: Sendable {
  private struct Entry: Sendable {
    /// 0 for none.
    var key: UInt64 = 0
    var tokens: Float = 0
  }

  private static let limit = 8_192
  /// Made when the first response has come.
  private var entries: [Entry] = []

  /// - Parameter key: as good as random, and not 0.
  subscript(key: UInt64) -> Float? {
    get {
      guard !entries.isEmpty else { return nil }
      let entry = entries[OutputLengths.place(of: key)]
      return entry.key == key ? entry.tokens : nil
    }
    set {
      guard let newValue else { return }
      if entries.isEmpty { entries = Array(repeating: Entry(), count: OutputLengths.limit) }
      entries[OutputLengths.place(of: key)] = Entry(key: key, tokens: newValue)
    }
  }

  private static func place(of key: UInt64) -> Int { Int(key >> 32) & (limit - 1) }
}
