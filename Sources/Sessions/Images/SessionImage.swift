public import Budgets

/// An image that a client has given to a session. Safe from any thread; its memory is counted as long as anybody has it.
public final class SessionImage: Sendable {
  /// The types that are taken, told by their first bytes.
  public enum MediaType: String, CaseIterable, Sendable {
    case png = "image/png"
    case jpeg = "image/jpeg"
    case webP = "image/webp"

    /// - Returns: nil for anything else.
    public init?(of bytes: [UInt8]) {
      if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
        self = .png
      } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
        self = .jpeg
      } else if bytes.count >= 12, bytes.starts(with: Array("RIFF".utf8)),
        bytes[8..<12].elementsEqual("WEBP".utf8)
      {
        self = .webP
      } else {
        return nil
      }
    }
  }

  /// By this messages name it.
  public let digest: ImageDigest
  /// What its first bytes say it is.
  public let mediaType: MediaType
  /// The image, as it came.
  public let bytes: [UInt8]
  private let hold: MemoryHold?

  /// - Parameter hold: what counts its bytes; nil where nothing does.
  public init(_ bytes: [UInt8], digest: ImageDigest, mediaType: MediaType, hold: MemoryHold?) {
    self.bytes = bytes
    self.digest = digest
    self.mediaType = mediaType
    self.hold = hold
  }
}
