internal import Bytes
internal import JSON

/// A ``ChatRequest`` as it is sent, made piece by piece: its images may be many megabytes, and are there in base 64 only as
/// far as they are being sent. A plain value.
public struct ChatRequestBody: Sendable {
  /// Bytes of all of it.
  public let count: Int
  /// How many of them were written.
  public private(set) var written = 0
  /// All but the images, of which the quotes are there.
  private let text: [UInt8]
  private let images: [Image]
  /// How much of `text` was written.
  private var textWritten = 0
  /// The image that comes next, and how many of its digits were written.
  private var next = 0
  private var digitsWritten = 0

  private struct Image {
    /// Where it stands in the text.
    let position: Int
    let bytes: [UInt8]
  }

  /// The body of this request.
  public init(_ request: ChatRequest) {
    var writer = JSONWriter(reservingCapacity: 1024)
    var images: [Image] = []
    request.encode(into: &writer) { writer, bytes in
      writer.string("")
      images.append(Image(position: writer.bytes.count - 1, bytes: bytes))
    }
    text = writer.take()
    self.images = images
    count = images.reduce(text.count) { $0 + Base64.count(of: $1.bytes.count) }
  }

  /// Writes what comes next.
  ///
  /// - Returns: how many bytes: as many as fit, or as are left.
  public mutating func write(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var filled = 0
    while filled < buffer.count && written + filled < count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let textEnd = next < images.count ? images[next].position : text.count
      if textWritten < textEnd {
        let piece = text[textWritten..<textEnd].prefix(rest.count)
        rest.copyBytes(from: piece)
        textWritten += piece.count
        filled += piece.count
      } else {
        filled += writeImage(into: rest)
      }
    }
    written += filled
    return filled
  }

  private mutating func writeImage(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let bytes = images[next].bytes
    let count = bytes.withUnsafeBytes { Base64.write($0, from: digitsWritten, into: buffer) }
    digitsWritten += count
    if digitsWritten == Base64.count(of: bytes.count) {
      next += 1
      digitsWritten = 0
    }
    return count
  }
}
