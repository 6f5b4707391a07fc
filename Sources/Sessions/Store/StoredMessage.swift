/// A message, and where it stands in its session's history.
package struct StoredMessage: Equatable, Sendable {
  /// How many messages are before it.
  package var place: Int
  package var message: Message

  package init(place: Int, message: Message) {
    self.place = place
    self.message = message
  }
}

/// An image of a session.
package struct StoredImage: Equatable, Sendable {
  package var digest: ImageDigest
  package var mediaType: SessionImage.MediaType
  package var bytes: [UInt8]

  package init(digest: ImageDigest, mediaType: SessionImage.MediaType, bytes: [UInt8]) {
    self.digest = digest
    self.mediaType = mediaType
    self.bytes = bytes
  }
}
