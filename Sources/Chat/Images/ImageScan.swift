internal import Handling
internal import JSON

/// Finds the images in a body of many megabytes, piece by piece, and puts together what is beside them. A plain value.
struct ImageScan {
  /// Where the value of `images` stands: of several the last counts.
  private(set) var place: Range<Int>?
  /// Once it has read all: the body, with `null` in the images' place.
  private(set) var json: [UInt8] = []
  private var scanner = JSONMemberScanner()
  /// What is before is in ``json``.
  private var start = 0

  /// Bytes of a piece: some tenths of a millisecond.
  static let pieceBytes = 256 * 1024
  private static let name = Array("images".utf8)
  /// Bytes that the name takes where each letter is escaped.
  private static let longestName = 6 * name.count

  /// Reads one piece.
  ///
  /// - Parameter body: the same each time.
  /// - Returns: whether it has read all.
  /// - Throws: 400 for what is no JSON, 413 where there is too much beside images, as soon as that is seen.
  mutating func readOn(in body: [UInt8]) throws(RequestFailure) -> Bool {
    let limit = scanner.position + ImageScan.pieceBytes
    return try body.withUnsafeBufferPointer { bytes throws(RequestFailure) in
      let bytes = UnsafeRawBufferPointer(bytes)
      while true {
        switch try step(in: bytes, upTo: limit) {
        case .member(let member):
          if ImageScan.isName(member.key) { try cut(member.value, from: bytes) }
          try checkRest(upTo: scanner.position)
        case .pause: return false
        case .end:
          try checkRest(upTo: bytes.count)
          json += bytes[start...]
          return true
        // Elements are not watched.
        case .element: break
        }
      }
    }
  }

  private mutating func step(
    in bytes: UnsafeRawBufferPointer, upTo limit: Int
  ) throws(RequestFailure) -> JSONMemberScanner.Step {
    do throws(JSONError) {
      return try scanner.next(in: bytes, upTo: limit)
    } catch {
      throw RequestFailure(malformed: error)
    }
  }

  private static func isName(_ key: UnsafeRawBufferPointer) -> Bool {
    if key.count == name.count { return key.elementsEqual(name) }
    return key.count <= longestName && key.contains(UInt8(ascii: "\\")) && JSONString.unescaped(key) == name
  }

  private mutating func cut(
    _ value: UnsafeRawBufferPointer, from bytes: UnsafeRawBufferPointer
  ) throws(RequestFailure) {
    let place = scanner.position - value.count..<scanner.position
    try checkRest(upTo: place.lowerBound)
    json += bytes[start..<place.lowerBound]
    json += Array("null".utf8)
    start = place.upperBound
    self.place = place
  }

  private func checkRest(upTo end: Int) throws(RequestFailure) {
    guard json.count + end - start <= ChatMessageRequest.bodyLimit else {
      throw RequestFailure(
        413, "A message takes at most \(ChatMessageRequest.bodyLimit) bytes beside its images.")
    }
  }
}
