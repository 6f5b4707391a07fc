import Access
import Sessions

extension SessionRegistry {
  /// The tests' own requests come from this machine.
  func generation(of id: SessionID) async -> Generation? {
    try? await generation(of: id, as: Principal(.thisMachine, scopes: [.chat, .admin]))
  }
}
