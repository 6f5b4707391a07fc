/// The fixed parts of a route's path that has one parameter or two.
package struct PathShape: Sendable {
  /// Before the first parameter.
  private let prefix: [UInt8]
  /// Between two of them; empty where there is one.
  private let middle: [UInt8]
  /// Behind the last.
  private let suffix: [UInt8]

  /// - Returns: nil for a pattern without parameters. There are two at most.
  package init?(_ pattern: String) {
    let parts = pattern.split(separator: "{", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return nil }
    precondition(parts.count <= 3, "\(pattern) has more than two parameters")
    let fixed = parts.dropFirst().map { part in
      Array((part.firstIndex(of: "}").map { part[part.index(after: $0)...] } ?? "").utf8)
    }
    prefix = Array(parts[0].utf8)
    middle = fixed.count > 1 ? fixed[0] : []
    suffix = fixed.count > 1 ? fixed[1] : fixed[0]
  }

  /// Bytes of the fixed parts behind the first parameter. Where a path has two shapes, the one with more of them is meant.
  package var fixedBytes: Int { middle.count + suffix.count }

  /// What a path has in the place of the parameter: of two, all from the beginning of the first to the end of the second.
  ///
  /// - Returns: nil where the path has another shape.
  package func parameter(in path: String.UTF8View) -> String? {
    guard path.count > prefix.count + fixedBytes, path.starts(with: prefix),
      path.suffix(suffix.count).elementsEqual(suffix)
    else { return nil }
    let parameter = path.dropFirst(prefix.count).dropLast(suffix.count)
    guard middle.isEmpty || PathShape.splits(parameter, middle) else { return nil }
    return String(decoding: parameter, as: UTF8.self)
  }

  /// Whether what follows the first segment begins with these bytes, and goes on behind them.
  private static func splits(_ parameter: Substring.UTF8View, _ middle: [UInt8]) -> Bool {
    guard let end = parameter.firstIndex(of: UInt8(ascii: "/")), end > parameter.startIndex else {
      return false
    }
    let rest = parameter[end...]
    return rest.starts(with: middle) && rest.dropFirst(middle.count).first != nil
  }
}
