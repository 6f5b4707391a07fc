/// One message of a conversation, as `/api/chat` takes it.
public struct ChatMessage: Equatable, Sendable {
  /// Who speaks.
  public enum Role: String, Sendable {
    case system, user, assistant
  }

  /// Who speaks.
  public var role: Role
  /// What is said.
  public var content: String
  /// The bytes of each.
  public var images: [[UInt8]]

  /// - Parameter images: the bytes of each.
  public init(role: Role, content: String, images: [[UInt8]] = []) {
    self.role = role
    self.content = content
    self.images = images
  }
}
