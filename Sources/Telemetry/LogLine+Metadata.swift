internal import Logging

extension LogLine {
  /// Names that a line has of its own in JSON: a metadata key of that name gets a `_` in front.
  private static let reserved: Set<String> = ["time", "level", "logger", "message"]

  /// Adds metadata in the order of its keys.
  mutating func add(_ metadata: Logger.Metadata) {
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      let key = Self.reserved.contains(key) ? "_" + key : key
      switch format {
      case .text:
        append(" ")
        appendKey(key)
        append("=")
      case .json:
        append(",\"")
        appendKey(key)
        append("\":")
      }
      appendValue(value)
    }
  }

  /// Numbers and truth values stand for themselves; lists and dictionaries are written the way swift-log prints them.
  private mutating func appendValue(_ value: Logger.MetadataValue) {
    switch value {
    case .string(let text): appendValue(text)
    case .stringConvertible(let number as any FixedWidthInteger): append(number.description)
    case .stringConvertible(let truth as Bool): append(truth.description)
    case .stringConvertible(let number as Double) where number.isFinite: append(number.description)
    case .stringConvertible(let other): appendValue(other.description)
    case .array, .dictionary: appendValue("\(value)")
    }
  }

  private mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(clean: $0) }
  }
}
