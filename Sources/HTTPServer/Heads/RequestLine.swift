internal import Bytes
internal import Glibc

/// The first line of a request: RFC 9112 section 3.
struct RequestLine {
  enum Outcome {
    case incomplete
    case complete(RequestLine)
    case refused(RequestValidation.Refusal)
  }

  let method: Range<Int>
  let target: Range<Int>
  let version: ServerRequest.Version
  /// Behind its line end.
  let end: Int

  private init(method: Range<Int>, target: Range<Int>, version: ServerRequest.Version, end: Int) {
    self.method = method
    self.target = target
    self.version = version
    self.end = end
  }

  /// Nil where the pieces do not lie one behind the other.
  init?(cut bytes: UnsafeRawBufferPointer, target: Range<Int>) {
    let version = target.upperBound + 1..<target.upperBound + 9
    guard target.lowerBound > 1, bytes[target.lowerBound - 1] == 0, version.upperBound + 2 <= bytes.count,
      case .success(let number) = RequestLine.readVersion(bytes, in: version),
      // A bare line feed leaves one byte. Version 1.0 of the library writes over the CR only.
      bytes[version.upperBound] == 0, bytes[version.upperBound + 1] == (Daemon.isOldLibrary ? 0 : 0x0a)
    else { return nil }
    self.init(
      method: 0..<target.lowerBound - 1, target: target, version: number, end: version.upperBound + 2)
  }

  static func parse(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Outcome {
    // What is no request, such as a handshake of TLS, need not have lines.
    guard ASCII.isTokenCharacter(bytes[start]) else { return .refused(broken) }
    guard let lineFeed = bytes.firstOffset(of: 0x0a, in: start..<bytes.count) else { return .incomplete }
    let end = lineFeed - 1
    guard end > start, bytes[end] == 0x0d,
      let first = bytes.firstOffset(of: 0x20, in: start..<end), first > start,
      let second = bytes.firstOffset(of: 0x20, in: first + 1..<end), second > first + 1
    else { return .refused(broken) }
    switch readVersion(bytes, in: second + 1..<end) {
    case .success(let version):
      return .complete(
        RequestLine(
          method: start..<first, target: first + 1..<second, version: version, end: lineFeed + 1))
    case .failure(let refusal): return .refused(refusal)
    }
  }

  /// RFC 9112 section 2.3: `HTTP/`, a digit, a point and a digit.
  private static func readVersion(
    _ bytes: UnsafeRawBufferPointer, in range: Range<Int>
  ) -> Result<ServerRequest.Version, RequestValidation.Refusal> {
    let start = range.lowerBound
    guard range.count == 8, memcmp(bytes.baseAddress! + start, "HTTP/", 5) == 0,
      ASCII.isDigit(bytes[start + 5]), bytes[start + 6] == UInt8(ascii: "."),
      ASCII.isDigit(bytes[start + 7])
    else { return .failure(broken) }
    guard bytes[start + 5] == 0x31 else { return .failure(unknownVersion) }
    return .success(bytes[start + 7] == 0x30 ? .http1_0 : .http1_1)
  }

  private static let broken = RequestValidation.Refusal(
    400, "the request line is not a method, a path and HTTP/1.1, with a space between each, and CRLF")
  private static let unknownVersion = RequestValidation.Refusal(505, "the only HTTP here is HTTP/1.1")
}

extension UnsafeRawBufferPointer {
  /// Where a byte first stands; `range` lies in the buffer.
  func firstOffset(of byte: UInt8, in range: Range<Int>) -> Int? {
    guard let start = baseAddress, let place = memchr(start + range.lowerBound, Int32(byte), range.count)
    else {
      return nil
    }
    return UnsafeRawPointer(place) - start
  }
}
