internal import Bytes

/// What the file of a store's lock says: lines of two words, of which the last one is whole. A value.
///
/// There is always a line of what was made, so that a file that was emptied or cut off is told from one of before the first start.
struct StoreLockText: Equatable, Sendable {
  private static let newLine = UInt8(ascii: "\n")

  /// The store that was made beside it; nil where none was.
  var store: String?
  /// Whether access was closed by a store that was made there.
  var isClosed = false
  /// Which process holds it, as far as it has said so.
  var process: String?
  /// Whether that one has it for a moment, for which others may wait.
  var isBrief = false

  /// Of a lock beside which nothing was made.
  init(process: String? = nil) { self.process = process }

  /// - Returns: nil for what is no such text, or has lost its end.
  init?(_ bytes: [UInt8]) {
    guard bytes.last == Self.newLine else { return nil }
    var isOurs = false
    for line in bytes.split(separator: Self.newLine) {
      let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard words.count == 2, words.allSatisfy({ !$0.isEmpty && $0.allSatisfy(ASCII.isAlphanumeric) }) else {
        return nil
      }
      let word = String(decoding: words[1], as: UTF8.self)
      switch String(decoding: words[0], as: UTF8.self) {
      case "store": store = word
      case "access": isClosed = true
      case "process": process = word
      case "use": isBrief = word == "brief"
      case "made": break
      // Of a newer program.
      default: continue
      }
      isOurs = true
    }
    if !isOurs { return nil }
  }

  var bytes: [UInt8] {
    let lines = [
      store.map { "store \($0)" } ?? "made nothing", isClosed ? "access closed" : nil,
      process.map { "process \($0)" }, isBrief ? "use brief" : nil,
    ]
    return Array(lines.compactMap { $0.map { "\($0)\n" } }.joined().utf8)
  }
}
