/// Appends frames to a buffer, one behind the other, so that one system call sends many: RFC 6455 section 5.
///
/// Lengths are written in their shortest form. A client's frames get a mask of their own, from the system's random
/// numbers, as section 10.3 asks for.
public struct FrameEncoder: Sendable {
  /// Whose frames they are: a client masks them.
  public let role: WebSocketRole

  /// - Parameter role: whose frames they are.
  public init(role: WebSocketRole) { self.role = role }

  /// Appends a frame with this payload. That of a control frame is at most 125 bytes.
  public func append(
    _ opcode: Opcode, isFinal: Bool = true, _ payload: UnsafeRawBufferPointer, to buffer: inout [UInt8]
  ) {
    var random = SystemRandomNumberGenerator()
    append(opcode, isFinal: isFinal, payload, to: &buffer, using: &random)
  }

  /// Appends a frame whose payload `write` appends to the buffer: it is made in its place and not copied.
  ///
  /// `write` may only append. The payload of a text frame must be UTF-8.
  public func append<Failure: Error>(
    _ opcode: Opcode, isFinal: Bool = true, to buffer: inout [UInt8],
    writing write: (inout [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    var random = SystemRandomNumberGenerator()
    try append(opcode, isFinal: isFinal, to: &buffer, using: &random, writing: write)
  }

  /// The same with other random numbers, for tests.
  func append(
    _ opcode: Opcode, isFinal: Bool = true, _ payload: UnsafeRawBufferPointer, to buffer: inout [UInt8],
    using random: inout some RandomNumberGenerator
  ) {
    let header = header(opcode, isFinal: isFinal, length: payload.count, using: &random)
    let start = buffer.count
    withUnsafeTemporaryAllocation(byteCount: FrameHeader.maximumBytes, alignment: 1) { bytes in
      header.write(to: bytes)
      buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<header.wireBytes]))
    }
    buffer.append(contentsOf: payload)
    mask(&buffer, from: start + header.wireBytes, header)
  }

  func append<Failure: Error>(
    _ opcode: Opcode, isFinal: Bool = true, to buffer: inout [UInt8],
    using random: inout some RandomNumberGenerator,
    writing write: (inout [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    // Room for the header of a payload of 126 to 65,535 bytes. A shorter one moves up by two bytes, which costs
    // next to nothing; a longer one moves down by six, which is rare.
    let reserved = role.masksFrames ? 8 : 4
    let start = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: reserved))
    do {
      try write(&buffer)
    } catch {
      buffer.removeSubrange(start...)
      throw error
    }
    let length = buffer.count - start - reserved
    precondition(length >= 0, "the payload is appended")
    let header = header(opcode, isFinal: isFinal, length: length, using: &random)
    buffer.move(from: start + reserved, to: start + header.wireBytes)
    buffer.withUnsafeMutableBytes { header.write(to: UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
    mask(&buffer, from: start + header.wireBytes, header)
  }

  private func header(
    _ opcode: Opcode, isFinal: Bool, length: Int, using random: inout some RandomNumberGenerator
  ) -> FrameHeader {
    precondition(
      !opcode.isControl || isFinal && length <= FrameHeader.maximumControlPayload,
      "control frames are short and whole")
    let mask = role.masksFrames ? FrameMask(key: random.next()) : nil
    return FrameHeader(isFinal: isFinal, opcode: opcode, length: length, mask: mask)
  }

  private func mask(_ buffer: inout [UInt8], from start: Int, _ header: FrameHeader) {
    guard var mask = header.mask else { return }
    buffer.withUnsafeMutableBytes { mask.apply(to: UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
  }
}

extension [UInt8] {
  /// Moves everything from `source` on so that it begins at `target`.
  fileprivate mutating func move(from source: Int, to target: Int) {
    let length = count - source
    if target > source { append(contentsOf: repeatElement(0, count: target - source)) }
    withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress, target != source else { return }
      base.advanced(by: target).copyMemory(from: base.advanced(by: source), byteCount: length)
    }
    removeLast(count - target - length)
  }
}
