internal import Bytes
internal import HTTPFields
internal import HTTPServer
internal import OllamaAPI

/// The parameters of a query, as forms write them: `name=value` pairs, escaped (WHATWG URL, section 5).
package struct QueryParameters {
  private let pairs: [(name: Substring, value: String?)]

  /// The largest number that a query may hold: 2^53 - 1, which every JSON reader can tell from its neighbours, as
  /// responses repeat it. What is added to it or multiplied by a page's size stays an `Int`.
  package static let largestNumber = 1 << 53 - 1

  /// The most pairs that are looked at.
  private static let limit = 64

  /// - Parameter query: what follows the question mark, as it was sent; nil where there is none.
  package init(_ query: Substring?) {
    let bytes = (query ?? "").utf8
    pairs = bytes.split(separator: UInt8(ascii: "&")).prefix(QueryParameters.limit).map { pair in
      let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? parts[1] : "".utf8[...]
      let spaced = value.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
      return (Substring(parts[0]), PercentEncoding.decode(Substring(String(decoding: spaced, as: UTF8.self))))
    }
  }

  /// The last value of a name; nil where it does not stand.
  ///
  /// - Throws: 422 for one that cannot be decoded.
  package func text(_ name: String) throws(RequestFailure) -> String? {
    guard let pair = pairs.last(where: { $0.name.utf8.elementsEqual(name.utf8) }) else { return nil }
    guard let value = pair.value else {
      throw RequestFailure(
        422, "“\(name)” takes UTF-8, escaped as %XX.", field: name, fault: FieldFault(in: .query))
    }
    return value
  }

  /// The value of a name as a whole number in decimal digits.
  ///
  /// - Throws: 422 if it is none, or out of range.
  package func integer(
    _ name: String, in range: ClosedRange<Int> = 0...QueryParameters.largestNumber
  ) throws(RequestFailure) -> Int? {
    guard let text = try text(name) else { return nil }
    guard let number = text.utf8.decimal, range.contains(number) else {
      throw RequestFailure(
        422, "“\(name)” takes a whole number, \(range.lowerBound) to \(range.upperBound).", field: name,
        fault: FieldFault(in: .query))
    }
    return number
  }
}
