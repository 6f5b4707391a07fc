internal import HTTPServer

/// The parameters of a query, as forms write them: `name=value` pairs, escaped (WHATWG URL, section 5).
struct QueryParameters {
  private let pairs: [(name: Substring, value: String?)]

  /// The most pairs that are looked at.
  private static let limit = 64

  init(_ query: Substring?) {
    pairs = (query ?? "").split(separator: "&").prefix(QueryParameters.limit).map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? parts[1] : ""
      return (parts[0], PercentEncoding.decode(Substring(value.map { $0 == "+" ? " " : $0 })))
    }
  }

  /// The last value of a name; nil where it does not stand.
  func text(_ name: String) -> String? {
    pairs.last { $0.name == name }?.value
  }

  /// The value of a name as a whole number.
  ///
  /// - Throws: 422 if it is none, or out of range.
  func integer(_ name: String, in range: ClosedRange<Int>) throws(RequestFailure) -> Int? {
    guard let text = text(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      let takes =
        range.upperBound == .max
        ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      throw RequestFailure(422, "“\(name)” takes a whole number, \(takes).", field: name)
    }
    return number
  }
}
