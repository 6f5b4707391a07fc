extension [UInt8] {
  /// The same bytes with others at some places.
  ///
  /// - Parameter places: in their order, none in another; those that are not within the bytes are passed over.
  public func replacing(_ places: [Range<Int>], with text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count + places.count * text.count)
    var position = 0
    for place in places where place.lowerBound >= position && place.upperBound <= count {
      result.append(contentsOf: self[position..<place.lowerBound])
      result.append(contentsOf: text)
      position = place.upperBound
    }
    result.append(contentsOf: self[position...])
    return result
  }
}
