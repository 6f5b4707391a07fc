/// One message of a conversation, as `/api/chat` takes it.
public struct ChatMessage: Equatable, Sendable {
  public enum Role: String, Sendable {
    case system, user, assistant
  }

  public var role: Role
  public var content: String

  public init(role: Role, content: String) {
    self.role = role
    self.content = content
  }
}
