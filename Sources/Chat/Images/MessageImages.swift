internal import Handling
internal import Budgets
internal import Bytes
internal import JSON
internal import OllamaAPI
internal import Sessions

/// The images of a message, read from its body where that may be too large for a loop.
struct MessageImages: Sendable {
  /// The body, with `null` in the images' place.
  let json: [UInt8]
  let images: [TurnImage]

  /// On no loop, which it leaves to others from piece to piece.
  ///
  /// - Throws: 400 for what is no JSON, 413 for too much beside images, 422 for images that are not taken, 429 or 503 where
  ///   there is no memory for them, 503 where nobody waits.
  @concurrent
  static func read(
    _ body: [UInt8], _ services: Services, for account: ClientAccount?
  ) async throws(RequestFailure) -> MessageImages {
    var scan = ImageScan()
    while try !scan.readOn(in: body) {
      if Task.isCancelled { throw .cancelled }
      await Task.yield()
    }
    var images: [TurnImage] = []
    var bytes = 0
    for text in try texts(in: body, scan.place) {
      if Task.isCancelled { throw .cancelled }
      switch try content(of: text, in: body) {
      case .digest(let digest): images.append(.known(digest))
      case .bytes(let image):
        bytes += image.count
        guard bytes <= ImageLimits.messageBytes else {
          throw .images("at most \(ImageLimits.messageBytes) bytes together")
        }
        images.append(.given(try await services.makeImage(of: image, for: account)))
      }
    }
    return MessageImages(json: scan.json, images: images)
  }

  private enum Content {
    case digest(ImageDigest)
    case bytes([UInt8])
  }

  private static func content(of text: Range<Int>, in body: [UInt8]) throws(RequestFailure) -> Content {
    try body.withUnsafeBufferPointer { bytes throws(RequestFailure) in
      let raw = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[text]))
      // Nearly all base 64 is plain, and need not be copied.
      guard raw.contains(UInt8(ascii: "\\")) else { return try content(of: raw) }
      return try JSONString.unescaped(raw).withUnsafeBufferPointer { text throws(RequestFailure) in
        try content(of: UnsafeRawBufferPointer(text))
      }
    }
  }

  private static func content(of text: UnsafeRawBufferPointer) throws(RequestFailure) -> Content {
    if let digest = ImageDigest(String(decoding: text.prefix(80), as: UTF8.self)) { return .digest(digest) }
    guard let bytes = Base64.decode(text, limit: ImageLimits.bytes), !bytes.isEmpty else {
      throw .images("images in base 64, or names such as sha256:…")
    }
    guard bytes.count <= ImageLimits.bytes else {
      throw .images("at most \(ImageLimits.bytes) bytes an image")
    }
    return .bytes(bytes)
  }

  /// What is between the quotes of each string of a list.
  private static func texts(in body: [UInt8], _ place: Range<Int>?) throws(RequestFailure) -> [Range<Int>] {
    guard let place, !body[place].elementsEqual("null".utf8) else { return [] }
    guard body[place.lowerBound] == UInt8(ascii: "[") else { throw .images("a list", .type) }
    var texts: [Range<Int>] = []
    var index = place.lowerBound + 1
    // The grammar was looked at: a string ends within the list.
    while index < place.upperBound - 1 {
      switch body[index] {
      case let byte where byte == UInt8(ascii: ",") || ASCII.isWhiteSpace(byte):
        index += 1
      case UInt8(ascii: "\""):
        let start = index + 1
        var end = start
        while end < place.upperBound - 1, body[end] != UInt8(ascii: "\"") {
          end += body[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        end = min(end, place.upperBound - 1)
        texts.append(start..<end)
        guard texts.count <= ImageLimits.perMessage else {
          throw .images("at most \(ImageLimits.perMessage) images")
        }
        index = end + 1
      default: throw .images("a list of strings", .type)
      }
    }
    return texts
  }
}

extension RequestFailure {
  /// What `images` takes, and did not get.
  static func images(_ takes: String, _ fault: FieldFault.Kind = .value) -> RequestFailure {
    RequestFailure(422, "“images” takes \(takes).", field: "images", fault: FieldFault(fault))
  }

  /// Nobody waits for the response any more.
  static var cancelled: RequestFailure { RequestFailure(503, "The request was cancelled.") }

  static func unknownImage(_ digest: ImageDigest) -> RequestFailure {
    RequestFailure(422, "The session has no image \(digest); send it anew.", field: "images")
  }
}
