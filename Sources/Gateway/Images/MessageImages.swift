internal import Budgets
internal import JSON
internal import OllamaAPI
internal import Sessions

/// The images of a message, read from its body where that may be too large for a loop.
struct MessageImages: Sendable {
  /// The body, with `null` in the images' place.
  let json: [UInt8]
  let images: [TurnImage]

  /// On no loop.
  ///
  /// - Throws: 400 for what is no JSON, 422 for images that are not taken, 429 or 503 where there is no memory for them.
  @concurrent
  static func read(
    _ body: [UInt8], _ services: Services, for account: ClientAccount?
  ) async throws(RequestFailure) -> MessageImages {
    let places = try places(in: body)
    var images: [TurnImage] = []
    var bytes = 0
    for text in try texts(in: body, places.last) {
      if Task.isCancelled { throw RequestFailure(503, "The request was cancelled.") }
      let text = body.withUnsafeBytes {
        JSONString.unescaped(UnsafeRawBufferPointer(rebasing: $0[text]))
      }
      if let digest = ImageDigest(String(decoding: text.prefix(80), as: UTF8.self)) {
        images.append(.known(digest))
        continue
      }
      let image = try decode(text)
      bytes += image.count
      guard bytes <= ImageLimits.messageBytes else {
        throw .images("at most \(ImageLimits.messageBytes) bytes together")
      }
      images.append(.given(try await services.makeImage(of: image, for: account)))
    }
    return MessageImages(json: without(places, body), images: images)
  }

  private static func decode(_ text: [UInt8]) throws(RequestFailure) -> [UInt8] {
    guard let bytes = Base64Text.decode(text), !bytes.isEmpty else {
      throw .images("images in base 64, or names such as sha256:…")
    }
    guard bytes.count <= ImageLimits.bytes else {
      throw .images("at most \(ImageLimits.bytes) bytes an image")
    }
    return bytes
  }

  /// Where the values of `images` stand: of several the last counts.
  private static func places(in body: [UInt8]) throws(RequestFailure) -> [Range<Int>] {
    let found = body.withUnsafeBytes { bytes -> Result<[Range<Int>], JSONError> in
      var scanner = JSONMemberScanner()
      var places: [Range<Int>] = []
      do throws(JSONError) {
        while case .member(let member) = try scanner.next(in: bytes) {
          guard JSONString.unescaped(member.key) == Array("images".utf8),
            let start = member.value.baseAddress, let base = bytes.baseAddress
          else { continue }
          places.append((start - base)..<(start - base + member.value.count))
        }
        return .success(places)
      } catch {
        return .failure(error)
      }
    }
    do throws(JSONError) {
      return try found.get()
    } catch {
      throw RequestFailure(malformed: error)
    }
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
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"), UInt8(ascii: ","):
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

  private static func without(_ places: [Range<Int>], _ body: [UInt8]) -> [UInt8] {
    var json: [UInt8] = []
    var start = 0
    for place in places {
      json += body[start..<place.lowerBound]
      json += Array("null".utf8)
      start = place.upperBound
    }
    return json + body[start...]
  }
}

extension RequestFailure {
  /// What `images` takes, and did not get.
  static func images(_ takes: String, _ fault: FieldFault.Kind = .value) -> RequestFailure {
    RequestFailure(422, "“images” takes \(takes).", field: "images", fault: FieldFault(fault))
  }

  static func unknownImage(_ digest: ImageDigest) -> RequestFailure {
    RequestFailure(422, "The session has no image \(digest); send it anew.", field: "images")
  }
}
