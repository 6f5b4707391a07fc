import Access
import System

// Those who ask in the tests.
extension Principal {
  /// The programs of this machine.
  static let loopback = Principal(.thisMachine, mayAdminister: true)
  static let everybody = Principal(.everybody, mayAdminister: false)

  static func token(high: UInt64, low: UInt64) -> Principal {
    Principal(.token(Credential(high: high, low: low).digest), mayAdminister: false)
  }

  static func cookie(high: UInt64, low: UInt64) -> Principal {
    Principal(.cookie(Credential(high: high, low: low).digest), mayAdminister: false)
  }

  static func address(_ text: String) -> Principal {
    Principal(.address(IPAddress(text)!), mayAdminister: false)
  }
}
