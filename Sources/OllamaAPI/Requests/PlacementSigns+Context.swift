// Where a request says how much context its model is to have.
extension PlacementSigns {
  /// The body has other bytes in some places: ``contextPlace`` is where it is now.
  ///
  /// - Parameters:
  ///   - places: as they were, in their order.
  ///   - count: the bytes that each has now.
  public mutating func bodyChanged(at places: [Range<Int>], to count: Int) {
    guard let place = contextNumberPlace else { return }
    let shift = places.reduce(0) { $1.upperBound <= place.lowerBound ? $0 + count - $1.count : $0 }
    contextNumberPlace = place.lowerBound + shift..<place.upperBound + shift
  }

  /// Where a body of the gateway's own has what was read of it before; nil where it stands in none or in several places.
  public static func contextPlace(in body: UnsafeRawBufferPointer) -> Range<Int>? {
    guard body.count <= contextBodyLimit, let probe = try? RequestProbe(body, .placement) else { return nil }
    return probe.placement?.contextPlace
  }

  /// A longer body is not read once more.
  private static let contextBodyLimit = 512 * 1024
}
