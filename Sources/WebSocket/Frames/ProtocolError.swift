/// What a peer did that fails the connection: RFC 6455 section 7.1.7.
public enum ProtocolError: Error, Sendable, Hashable, CaseIterable {
  /// RSV1, RSV2 or RSV3 is set, and no extension gives them a meaning.
  case reservedBits
  case unknownOpcode
  case fragmentedControlFrame
  /// Over 125 bytes.
  case longControlFrame
  /// A client's frame without a mask.
  case maskMissing
  /// A server's frame with a mask.
  case maskUnexpected
  /// 2^63 or more.
  case lengthOutOfRange
  /// Over ``WebSocketLimits/frameBytes``.
  case frameTooLong
  /// Over ``WebSocketLimits/messageBytes``.
  case messageTooLong
  /// A continuation frame with no message to go on with.
  case continuationOfNothing
  /// A message that begins before the last one has ended.
  case messageInsideMessage
  /// In a text message or in the reason of a close frame.
  case invalidUTF8
  /// A close frame with one byte: neither nothing nor a code.
  case truncatedCloseCode
  /// One that may not be sent: ``CloseCode/maySend``.
  case invalidCloseCode

  /// The code that tells the peer.
  public var code: CloseCode {
    switch self {
    case .frameTooLong, .messageTooLong: .messageTooBig
    case .invalidUTF8: .invalidPayload
    default: .protocolError
    }
  }

  /// The reason that goes with the code: at most 123 bytes.
  public var reason: StaticString {
    switch self {
    case .reservedBits: "reserved bits are set and no extension was negotiated"
    case .unknownOpcode: "the opcode is unknown"
    case .fragmentedControlFrame: "a control frame is fragmented"
    case .longControlFrame: "a control frame is over 125 bytes"
    case .maskMissing: "a frame of a client is not masked"
    case .maskUnexpected: "a frame of a server is masked"
    case .lengthOutOfRange: "the length of a frame is 2^63 or more"
    case .frameTooLong: "a frame is over the limit"
    case .messageTooLong: "a message is over the limit"
    case .continuationOfNothing: "a continuation frame continues nothing"
    case .messageInsideMessage: "a message begins inside another one"
    case .invalidUTF8: "the text is not UTF-8"
    case .truncatedCloseCode: "a close frame has half a code"
    case .invalidCloseCode: "the close code may not be sent"
    }
  }
}
