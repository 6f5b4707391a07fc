internal import Bytes

/// A version of Ollama, to be compared: numbers with dots between, and perhaps a hyphen and what makes it earlier than without.
public struct OllamaVersion: Comparable, Sendable {
  private let numbers: [Int]
  private let isEarly: Bool

  /// Whether it is a build of its developers, `0.0.0`: newer than all.
  private var isUnreleased: Bool { numbers.allSatisfy { $0 == 0 } }

  /// - Parameter text: what is no number counts as 0; of numbers the first four count, and nine digits of each.
  public init(_ text: String) {
    let bytes = text.utf8.prefix(100)
    let release = bytes.prefix { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }
    var numbers = release.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).prefix(4).map
    {
      $0.prefix { ASCII.isDigit($0) }.prefix(9).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
    while numbers.count < 4 { numbers.append(0) }
    self.numbers = numbers
    isEarly = bytes.dropFirst(release.count).first == UInt8(ascii: "-")
  }

  /// Whether the left one was released before the right one.
  public static func < (left: OllamaVersion, right: OllamaVersion) -> Bool {
    if left.isUnreleased || right.isUnreleased { return !left.isUnreleased }
    if left.numbers == right.numbers { return left.isEarly && !right.isEarly }
    return left.numbers.lexicographicallyPrecedes(right.numbers)
  }
}
