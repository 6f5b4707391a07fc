internal import Sessions

/// The bounds of images in messages.
enum ImageLimits {
  /// Images of one message.
  static let perMessage = 8
  /// Bytes of one image.
  static let bytes = 8 << 20
  /// Bytes of all images of one message: those of a session.
  static let messageBytes = SessionLimits.imageBytes
  /// Bytes of a body with images in base 64.
  static let body = 64 << 20
}
