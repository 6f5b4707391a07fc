/// Refuses, before the YAML parser sees it, what no configuration of ours needs and what costs a parser more than the
/// text's length: anchors and aliases (a few lines of which stand for gigabytes) and deep nesting.
enum YAMLGuard {
  /// The most open brackets, list marks in a line, and spaces in front of one.
  static let deepest = 64

  static func check(_ text: String) throws(YAMLProblem) {
    var depth = 0
    for (index, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      try check(line, number: index + 1, depth: &depth)
    }
  }

  private static func check(
    _ line: Substring.UTF8View, number: Int, depth: inout Int
  ) throws(YAMLProblem) {
    var previous = UInt8(ascii: " ")
    var marks = line.prefix { $0 == 0x20 }.count
    var isOpenReference = false
    for byte in line {
      let isStart = isSeparator(previous)
      if isOpenReference, !isSeparator(byte) { throw .reference(line: number) }
      isOpenReference = false
      switch byte {
      case UInt8(ascii: "#") where isStart: return
      case UInt8(ascii: "&") where isStart, UInt8(ascii: "*") where isStart: isOpenReference = true
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
      case UInt8(ascii: "-") where isStart, UInt8(ascii: "?") where isStart: marks += 1
      default: break
      }
      if max(depth, marks) > deepest { throw .tooDeep(line: number) }
      previous = byte
    }
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0D, UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ","): true
    default: false
    }
  }
}
