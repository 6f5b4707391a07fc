internal import Bytes

/// The name of a session: 1-128 characters of `A-Z a-z 0-9 . _ -`, chosen by a client or made up here. `.` and `..` are
/// none: as a segment of a path they mean another one (RFC 3986 section 5.2.4), and clients take them out of it. Nor is `adopt`: at
/// its path, `/api/v1/chat/sessions/adopt`, sessions are taken over.
public struct SessionID: Hashable, Sendable, CustomStringConvertible {
  /// Characters of a name, which are bytes as well.
  public static let maximumLength = 128

  /// The name as text.
  public let description: String

  /// - Returns: `nil` when the text is no session's name.
  public init?(_ text: some StringProtocol) {
    let bytes = text.utf8
    guard !bytes.isEmpty, bytes.count <= Self.maximumLength, bytes.allSatisfy(Self.isAllowed),
      text != ".", text != "..", text != "adopt"
    else { return nil }
    description = String(text)
  }

  /// A new random UUID (RFC 9562, version 4).
  public static func random() -> SessionID {
    var generator = SystemRandomNumberGenerator()
    return SessionID(high: generator.next(), low: generator.next())
  }

  private init(high: UInt64, low: UInt64) {
    // Four bits say that it is version 4, two that the layout is the RFC's.
    let high = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    description = String(unsafeUninitializedCapacity: 36) { text in
      var end = 0
      for place in 0..<32 {
        if place == 8 || place == 12 || place == 16 || place == 20 {
          text[end] = UInt8(ascii: "-")
          end += 1
        }
        text[end] = Hexadecimal.digit(
          UInt8(truncatingIfNeeded: (place < 16 ? high : low) >> UInt64(60 - 4 * (place & 15))) & 15)
        end += 1
      }
      return end
    }
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    ASCII.isAlphanumeric(byte) || "._-".utf8.contains(byte)
  }
}
