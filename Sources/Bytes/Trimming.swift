// What is left of texts without what stands around them.

extension BidirectionalCollection {
  /// Without the elements at both ends for which `isDropped` holds.
  @inlinable
  package func trimmed(_ isDropped: (Element) -> Bool) -> SubSequence {
    drop(while: isDropped).trimmedAtEnd(isDropped)
  }

  /// Without the elements at the end for which `isDropped` holds.
  @inlinable
  package func trimmedAtEnd(_ isDropped: (Element) -> Bool) -> SubSequence {
    guard let last = lastIndex(where: { !isDropped($0) }) else { return self[..<startIndex] }
    return self[...last]
  }
}

// Without the blanks (spaces and tabs) at both ends: `OWS` of RFC 9110 section 5.6.3.

extension BidirectionalCollection<UInt8> {
  /// Without the blanks at both ends.
  @inlinable
  package var withoutBlanks: SubSequence { trimmed(ASCII.isBlank) }
}

extension Substring {
  /// Without the blanks at both ends.
  @inlinable
  package var withoutBlanks: Substring { Substring(utf8.withoutBlanks) }
}

extension UnsafeRawBufferPointer {
  /// The bytes of a range without the blanks at both ends. By index, as each field of each head is looked at so.
  @inlinable
  package func withoutBlanks(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, ASCII.isBlank(self[start]) { start += 1 }
    while end > start, ASCII.isBlank(self[end - 1]) { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: self[start..<end])
  }
}
