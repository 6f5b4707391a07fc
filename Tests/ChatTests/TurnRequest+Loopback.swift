import Access
import Sessions

extension TurnRequest {
  /// A message from this machine.
  init(sessionID: SessionID?, user: String = "anonymous", message: String, model: String) {
    self.init(
      sessionID: sessionID, principal: Principal(.thisMachine, scopes: [.chat, .admin]), user: user,
      message: message, model: model)
  }
}
