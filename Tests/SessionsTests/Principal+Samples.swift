import Access
import System

// Those who ask in the tests.
extension Principal {
  /// The programs of this machine.
  static let loopback = Principal(.thisMachine, scopes: [.inference, .chat, .modelsRead, .adminRead, .admin])
  static let everybody = Principal(.everybody, scopes: [.inference, .chat, .modelsRead])

  static func token(high: UInt64, low: UInt64) -> Principal {
    Principal(.token(Credential(high: high, low: low).digest), scopes: [.inference, .chat, .modelsRead])
  }

  static func cookie(high: UInt64, low: UInt64) -> Principal {
    Principal(.cookie(Credential(high: high, low: low).digest), scopes: [.inference, .chat, .modelsRead])
  }

  static func address(_ text: String) -> Principal {
    Principal(.address(IPAddress(text)!), scopes: [.inference, .chat, .modelsRead])
  }
}
