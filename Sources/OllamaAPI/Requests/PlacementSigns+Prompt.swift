// The text by which a prompt is known where its client names no conversation.
extension PlacementSigns {
  /// What a model reads of a request, in its order and as it stands in the body: the next turn of a conversation begins with the same
  /// bytes, as clients write what they have said before in the same way again. It ends where the next turn goes on.
  ///
  /// - Parameter body: that the signs were read of, the same bytes.
  public func promptParts(of body: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
    var prompt = promptPlace
    // The bracket or the quote at its end is no part of it.
    if !prompt.isEmpty { prompt = prompt.lowerBound..<prompt.upperBound - 1 }
    return [systemPlace, toolsPlace, prompt].compactMap { place in
      guard !place.isEmpty, place.upperBound <= body.count else { return nil }
      return UnsafeRawBufferPointer(rebasing: body[place])
    }
  }
}
