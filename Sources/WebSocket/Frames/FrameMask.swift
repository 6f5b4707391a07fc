/// The masking key of a frame, turned so that the next byte of the payload meets its lowest byte: RFC 6455 section
/// 5.3. Masking and unmasking are the same.
struct FrameMask {
  /// The key as it stands on the wire, the first byte lowest.
  private(set) var key: UInt32

  init(key: UInt32) { self.key = key }

  /// Masks the next piece of the payload where it is, eight bytes at a time.
  mutating func apply(to payload: UnsafeMutableRawBufferPointer) {
    let word = UInt64(key) << 32 | UInt64(key)
    var index = 0
    while index + 8 <= payload.count {
      let masked = UInt64(littleEndian: payload.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ word
      payload.storeBytes(of: masked.littleEndian, toByteOffset: index, as: UInt64.self)
      index += 8
    }
    while index < payload.count {
      payload[index] ^= UInt8(truncatingIfNeeded: key)
      key = key >> 8 | key << 24
      index += 1
    }
  }
}
