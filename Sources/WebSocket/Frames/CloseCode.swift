/// Why a connection ends: RFC 6455 section 7.4 and the IANA registry that it founds.
public struct CloseCode: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let normal = CloseCode(rawValue: 1000)
  public static let goingAway = CloseCode(rawValue: 1001)
  public static let protocolError = CloseCode(rawValue: 1002)
  public static let unsupportedData = CloseCode(rawValue: 1003)
  public static let invalidPayload = CloseCode(rawValue: 1007)
  public static let policyViolation = CloseCode(rawValue: 1008)
  public static let messageTooBig = CloseCode(rawValue: 1009)
  public static let tryAgainLater = CloseCode(rawValue: 1013)

  /// Whether the code may stand in a close frame. 1004 has no meaning; 1005, 1006 and 1015 are for the reports of
  /// an end to its own program; up to 2999 the rest is kept for later versions of the protocol.
  public var maySend: Bool {
    switch rawValue {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}

extension CloseCode: CustomStringConvertible {
  public var description: String { "\(rawValue)" }
}
