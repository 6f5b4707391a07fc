/// An image of a message.
public enum TurnImage: Sendable, Equatable {
  /// One that comes with the message.
  case given(SessionImage)
  /// One that was given to the session before.
  case known(ImageDigest)

  public static func == (left: TurnImage, right: TurnImage) -> Bool { left.digest == right.digest }

  /// The name of either.
  public var digest: ImageDigest {
    switch self {
    case .given(let image): image.digest
    case .known(let digest): digest
    }
  }
}
