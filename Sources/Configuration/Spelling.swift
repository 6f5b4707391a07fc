internal import Bytes

/// Finds the name that a misspelt one was meant for.
enum Spelling {
  /// The candidate with the fewest edits (insert, delete, replace, swap neighbours), if there are at most a third as many
  /// edits as letters. `-` and `_`, upper and lower case count as equal.
  static func nearest(to name: String, among candidates: [String]) -> String? {
    guard name.utf8.count <= 64 else { return nil }
    let folded = fold(name)
    let ranked = candidates.map { (candidate: $0, edits: edits(folded, fold($0))) }
    guard let best = ranked.min(by: { $0.edits < $1.edits }), best.edits <= max(1, folded.count / 3) else {
      return nil
    }
    return best.candidate
  }

  private static func fold(_ name: String) -> [UInt8] {
    name.utf8.map { byte in
      byte == UInt8(ascii: "-") ? UInt8(ascii: "_") : ASCII.lowercased(byte)
    }
  }

  /// The optimal string alignment distance, row by row.
  private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, byte) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        var best = min(last[column] + (byte == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      (beforeLast, last) = (last, current)
    }
    return last[right.count]
  }
}
