import Access
import Sessions

// The tests' own requests come from this machine.

extension Principal {
  static let loopback = Principal(.thisMachine, mayAdminister: true)
}

extension TurnRequest {
  init(sessionID: SessionID?, user: String = "anonymous", message: String, model: String) {
    self.init(sessionID: sessionID, principal: .loopback, user: user, message: message, model: model)
  }
}

extension SessionRegistry {
  func generation(of id: SessionID) -> Generation? { generation(of: id, as: .loopback) }
}
