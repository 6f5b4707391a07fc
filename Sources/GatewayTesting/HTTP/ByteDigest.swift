/// A running FNV-1a hash of 64 bits: tells whether two long streams of bytes are the same without keeping either.
public struct ByteDigest: Sendable, Equatable, CustomStringConvertible {
  /// The bytes hashed so far.
  public private(set) var count = 0
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The digest of nothing.
  public init() {}

  /// The digest of bytes.
  public init(of bytes: [UInt8]) { update(bytes) }

  /// The digest of a text's UTF-8.
  public init(of text: String) { update(Array(text.utf8)) }

  /// Takes in more bytes.
  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { update($0) }
  }

  /// Through a plain pointer: in a build without optimisation anything else costs ten times as much.
  public mutating func update(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard var pointer = bytes.baseAddress else { return }
    let end = pointer + bytes.count
    var state = state
    while pointer != end {
      state = (state ^ UInt64(truncatingIfNeeded: pointer.pointee)) &* 0x100_0000_01b3
      pointer += 1
    }
    self.state = state
    count += bytes.count
  }

  public var description: String { "\(count) bytes, \(String(state, radix: 16))" }
}
