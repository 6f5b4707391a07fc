internal import Access
internal import JSON
internal import Limits

/// The limits of a file.
extension LimitSet {
  /// Bytes of the largest set, as JSON.
  private static let largest = 16 << 10

  /// Reads a map such as `{rpm: 60, budgets: [{unit: tokens, period: month, amount: 1000000}]}`.
  init(_ node: YAMLNode, at place: FilePlace) throws(ConfigurationError) {
    guard case .mapping(let pairs) = node.content else {
      throw .wrongKind("a list of maps", at: place.origin, takes: "one map of limits")
    }
    // Of one that stands there twice the last would count.
    _ = try place.members(of: pairs, among: LimitSet.numbers.map(\.name) + ["budgets"])
    var writer = JSONWriter()
    node.encodeRecord(into: &writer)
    do throws(RecordError) {
      self = try JSONReader(maximumBytes: Self.largest).withDocument(
        String(decoding: writer.bytes, as: UTF8.self)
      ) { (json) throws(RecordError) in try LimitSet(json) }
    } catch {
      throw .misplaced(place.origin(of: error.member, in: pairs), "takes \(error.takes)")
    }
  }
}
