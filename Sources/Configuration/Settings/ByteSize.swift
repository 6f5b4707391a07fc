internal import Bytes

/// Sizes as text: decimal (`64MB`) and binary (`64MiB`) units; a plain number is bytes.
enum ByteSize {
  /// Largest first.
  private static let units: [(name: String, bytes: Int)] = [
    ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000), ("MiB", 1 << 20),
    ("MB", 1_000_000), ("KiB", 1 << 10), ("KB", 1000), ("B", 1),
  ]

  /// Nil when it is no size. Units in any case.
  static func bytes(_ text: String) -> Int? {
    let number = String(text.prefix { $0.isNumber })
    let rest = text.dropFirst(number.count).lowercased()
    let unit = rest.isEmpty ? "b" : rest
    guard let value = number.utf8.decimal,
      let scale = units.first(where: { $0.name.lowercased() == unit })?.bytes
    else {
      return nil
    }
    let (bytes, overflow) = value.multipliedReportingOverflow(by: scale)
    return overflow ? nil : bytes
  }

  /// In the largest unit that divides it; bytes without one.
  static func text(_ bytes: Int) -> String {
    guard let unit = units.first(where: { bytes >= $0.bytes && bytes % $0.bytes == 0 }), unit.bytes > 1 else {
      return "\(bytes)"
    }
    return "\(bytes / unit.bytes)\(unit.name)"
  }
}
