internal import Bytes

/// The public part of a key: 12 random characters of base 62. It finds the key's record, and may be logged and shown.
public struct KeyID: Hashable, Sendable {
  /// Characters of its text.
  public static let count = 12

  // In network order, so that it takes no memory of its own and sorts as its text.
  private let first: UInt64
  private let last: UInt32

  /// Reads its text; nil for anything else.
  public init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8.prefix(Self.count + 1))
    guard let id = bytes.withUnsafeBytes(KeyID.init(bytes:)) else { return nil }
    self = id
  }

  /// Reads its 12 characters; nil for anything else.
  package init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.count, bytes.allSatisfy({ Base62.isDigit($0) }) else { return nil }
    first = bytes.loadUnaligned(as: UInt64.self).bigEndian
    last = bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self).bigEndian
  }

  /// Its text as numbers, which take no memory of their own.
  package var numbers: (UInt64, UInt32) { (first, last) }

  /// - Parameter numbers: see ``numbers``; of other numbers the text is nonsense.
  package init(numbers: (UInt64, UInt32)) { self.init(first: numbers.0, last: numbers.1) }

  private init(first: UInt64, last: UInt32) {
    self.first = first
    self.last = last
  }

  /// A new one, of 71 random bits.
  public static func random() -> KeyID {
    Base62.random(count: count).withUnsafeBytes { bytes in
      KeyID(
        first: bytes.loadUnaligned(as: UInt64.self).bigEndian,
        last: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self).bigEndian)
    }
  }

  /// Most of its bits, in no particular order.
  var bits: UInt64 { first ^ UInt64(last) }

  /// Its 12 characters.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The characters of ``text``.
  package var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Self.count) { buffer, count in
      let memory = UnsafeMutableRawBufferPointer(buffer)
      memory.storeBytes(of: first.bigEndian, as: UInt64.self)
      memory.storeBytes(of: last.bigEndian, toByteOffset: 8, as: UInt32.self)
      count = Self.count
    }
  }
}

extension KeyID: Comparable {
  public static func < (left: KeyID, right: KeyID) -> Bool {
    (left.first, left.last) < (right.first, right.last)
  }
}

extension KeyID: CustomStringConvertible {
  public var description: String { text }
}
