internal import Bytes

/// Reads the frames of one peer from bytes that are cut anywhere: RFC 6455 section 5, without extensions. It checks
/// everything that can be checked without keeping a message: the order of fragments, lengths, UTF-8, close codes.
///
/// Payloads are unmasked in the input and lent from there. Only a control frame that is cut is copied, at most 125
/// bytes.
///
/// ```swift
/// while let part = try parser.next(from: &input) { … }
/// ```
public struct FrameParser: ~Copyable {
  private enum State {
    case header
    case payload
    /// After a close frame or a failure: what else comes is thrown away, RFC 6455 sections 5.5.1 and 7.1.7.
    case finished
  }

  private let rules: FrameHeaderParser.Rules
  let messageBytes: Int
  private var state = State.header
  private var headerParser = FrameHeaderParser()
  /// The frame whose payload is being read.
  private var opcode = Opcode.continuation
  private var isFinal = false
  private var remaining = 0
  private var mask: FrameMask?
  /// The message being read, from its first header to its last byte.
  private var message: MessageKind?
  private var hasDeliveredPiece = false
  /// Of the message's frames so far, with what their headers announced.
  private var announcedBytes = 0
  /// Complete between two messages, as each text must end so.
  private var utf8 = UTF8Validator()
  /// A control frame that was cut.
  private var control = GrowableBuffer()
  private var isControlLent = false

  /// - Parameters:
  ///   - role: of this end; the frames are those of the other one.
  ///   - frameBytes: the longest payload of a frame.
  ///   - messageBytes: the longest message, all fragments together. Their number has no bound: they are not kept.
  public init(role: WebSocketRole, frameBytes: Int, messageBytes: Int) {
    precondition(frameBytes >= 0 && messageBytes >= 0, "limits are not negative")
    rules = FrameHeaderParser.Rules(isMasked: role.expectsMaskedFrames, frameBytes: frameBytes)
    self.messageBytes = messageBytes
  }

  /// Whether a close frame was read or the peer failed: there will be no other part.
  public var isFinished: Bool { state == .finished }

  /// Whether nothing was begun: no frame, and no message between two of its fragments.
  public var isIdle: Bool {
    state == .header && !headerParser.isWithinHeader && message == nil
  }

  /// Reads on to the next part, and takes what it read off the front of `input`.
  ///
  /// - Returns: nil if the input ends before the next part, and is then empty.
  /// - Throws: what the peer did wrong. The parser is then finished, and the input empty.
  public mutating func next(
    from input: inout UnsafeMutableRawBufferPointer
  ) throws(ProtocolError) -> FramePart? {
    if isControlLent {
      control.removeAll()
      isControlLent = false
    }
    do {
      return try read(&input)
    } catch {
      state = .finished
      control.removeAll()
      input = input.dropping(input.count)
      throw error
    }
  }

  private mutating func read(
    _ input: inout UnsafeMutableRawBufferPointer
  ) throws(ProtocolError) -> FramePart? {
    while true {
      switch state {
      case .header:
        guard let header = try readHeader(&input) else { return nil }
        try begin(header)
      case .payload:
        if remaining > 0 && input.isEmpty { return nil }
        if !opcode.isControl { return try readData(&input) }
        guard let payload = readControl(&input) else { return nil }
        return try part(ofControl: payload)
      case .finished:
        input = input.dropping(input.count)
        return nil
      }
    }
  }

  private mutating func readHeader(
    _ input: inout UnsafeMutableRawBufferPointer
  ) throws(ProtocolError) -> FrameHeader? {
    var index = 0
    while index < input.count {
      let header = try headerParser.take(input[index], rules: rules)
      index += 1
      guard let header else { continue }
      input = input.dropping(index)
      return header
    }
    input = input.dropping(index)
    return nil
  }

  /// A header is complete: its frame must fit in where it stands.
  private mutating func begin(_ header: FrameHeader) throws(ProtocolError) {
    (opcode, isFinal, remaining, mask) = (header.opcode, header.isFinal, header.length, header.mask)
    state = .payload
    switch opcode {
    case .text: try beginMessage(.text)
    case .binary: try beginMessage(.binary)
    case .continuation: guard message != nil else { throw .continuationOfNothing }
    case .close, .ping, .pong: return
    }
    guard remaining <= messageBytes - announcedBytes else { throw .messageTooLong }
    announcedBytes += remaining
  }

  private mutating func beginMessage(_ kind: MessageKind) throws(ProtocolError) {
    guard message == nil else { throw .messageInsideMessage }
    message = kind
    hasDeliveredPiece = false
    announcedBytes = 0
  }
}

// MARK: - Payloads

extension FrameParser {
  private mutating func readData(
    _ input: inout UnsafeMutableRawBufferPointer
  ) throws(ProtocolError) -> FramePart {
    guard let kind = message else { preconditionFailure("data stands in a message") }
    let piece = takePayload(&input)
    let isLast = remaining == 0 && isFinal
    if kind == .text {
      guard utf8.take(piece), !isLast || utf8.isComplete else { throw .invalidUTF8 }
    }
    let isFirst = !hasDeliveredPiece
    hasDeliveredPiece = true
    if remaining == 0 { state = .header }
    if isLast { message = nil }
    return .data(kind, piece, isFirst: isFirst, isLast: isLast)
  }

  /// - Returns: the whole payload of a control frame, once it is there.
  private mutating func readControl(
    _ input: inout UnsafeMutableRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    let piece = takePayload(&input)
    if remaining == 0 && control.isEmpty { return piece }
    control.append(piece, bound: FrameHeader.maximumControlPayload)
    guard remaining == 0 else { return nil }
    isControlLent = true
    return control.bytes
  }

  /// Takes as much of the payload off the input as there is, and unmasks it.
  private mutating func takePayload(
    _ input: inout UnsafeMutableRawBufferPointer
  ) -> UnsafeRawBufferPointer {
    let piece = UnsafeMutableRawBufferPointer(rebasing: input[..<min(remaining, input.count)])
    input = input.dropping(piece.count)
    remaining -= piece.count
    mask?.apply(to: piece)
    return UnsafeRawBufferPointer(piece)
  }

  private mutating func part(ofControl payload: UnsafeRawBufferPointer) throws(ProtocolError) -> FramePart {
    state = .header
    switch opcode {
    case .ping: return .ping(payload)
    case .pong: return .pong(payload)
    default: return try close(payload)
    }
  }

  /// RFC 6455 sections 5.5.1 and 7.4.
  private mutating func close(_ payload: UnsafeRawBufferPointer) throws(ProtocolError) -> FramePart {
    state = .finished
    guard !payload.isEmpty else { return .close(nil, reason: payload) }
    guard payload.count >= 2 else { throw .truncatedCloseCode }
    let code = CloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
    guard code.maySend else { throw .invalidCloseCode }
    let reason = UnsafeRawBufferPointer(rebasing: payload[2...])
    var validator = UTF8Validator()
    guard validator.take(reason), validator.isComplete else { throw .invalidUTF8 }
    return .close(code, reason: reason)
  }
}

extension UnsafeMutableRawBufferPointer {
  /// What follows the first `length` bytes.
  fileprivate func dropping(_ length: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: self[length...])
  }
}
