/// One message of a conversation, as `/api/chat` takes it.
public struct ChatMessage: Equatable, Sendable {
  public enum Role: String, Sendable {
    case system, user, assistant
  }

  public var role: Role
  public var content: String
  /// The bytes of each.
  public var images: [[UInt8]]

  public init(role: Role, content: String, images: [[UInt8]] = []) {
    self.role = role
    self.content = content
    self.images = images
  }
}
