/// Why a connection ends: RFC 6455 section 7.4 and the IANA registry that it founds.
public struct CloseCode: RawRepresentable, Hashable, Sendable {
  /// As it stands in a close frame.
  public let rawValue: UInt16

  /// - Parameter rawValue: any; see ``maySend``.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// What the connection was for is done.
  public static let normal = CloseCode(rawValue: 1000)
  /// The server goes down, or the page was left.
  public static let goingAway = CloseCode(rawValue: 1001)
  /// The peer has broken the protocol.
  public static let protocolError = CloseCode(rawValue: 1002)
  /// Messages of this kind are not understood.
  public static let unsupportedData = CloseCode(rawValue: 1003)
  /// A text that is not UTF-8, or another message that is not what it says.
  public static let invalidPayload = CloseCode(rawValue: 1007)
  /// The peer may not do what it did.
  public static let policyViolation = CloseCode(rawValue: 1008)
  /// A message is longer than is taken.
  public static let messageTooBig = CloseCode(rawValue: 1009)
  /// The server has too much to do.
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
  /// The number.
  public var description: String { "\(rawValue)" }
}
