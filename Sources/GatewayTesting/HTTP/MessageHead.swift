/// The head of a request or a response.
struct MessageHead: Sendable, Equatable {
  var startLine: String
  var headers: TestHeaders

  /// Takes a head apart.
  ///
  /// - Parameter bytes: the head without the empty line at its end.
  init(_ bytes: ArraySlice<UInt8>) throws(HTTPSyntaxError) {
    var lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\r\n", omittingEmptySubsequences: false)
    startLine = String(lines.removeFirst())
    headers = TestHeaders()
    for line in lines {
      guard let colon = line.firstIndex(of: ":"), MessageHead.isToken(line[..<colon]) else {
        throw .badHeader(String(line.prefix(200)))
      }
      let value = line[line.index(after: colon)...]
      guard !value.utf8.contains(where: { $0 == 0x0a || $0 == 0x0d || $0 == 0 }) else {
        throw .badHeader(String(line.prefix(200)))
      }
      headers.add(String(line[..<colon]), MessageHead.trim(value))
    }
  }

  /// Method, target and version of a request.
  func requestLine() throws(HTTPSyntaxError) -> (method: String, target: String, version: String) {
    let parts = startLine.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 3, MessageHead.isToken(parts[0]), !parts[1].isEmpty, parts[2].hasPrefix("HTTP/1.")
    else { throw .badStartLine(String(startLine.prefix(200))) }
    return (String(parts[0]), String(parts[1]), String(parts[2]))
  }

  /// Version, status and reason of a response.
  func statusLine() throws(HTTPSyntaxError) -> (version: String, status: Int, reason: String) {
    let parts = startLine.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), parts[1].utf8.count == 3,
      let status = Int(parts[1]),
      status >= 100
    else { throw .badStartLine(String(startLine.prefix(200))) }
    return (String(parts[0]), status, parts.count == 3 ? String(parts[2]) : "")
  }

  /// RFC 9110, 5.6.2.
  private static func isToken(_ text: Substring) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "a")...UInt8(ascii: "z"):
          true
        default: tokenSymbols.contains(byte)
        }
      }
  }

  private static let tokenSymbols = Array("!#$%&'*+-.^_`|~".utf8)

  private static func trim(_ text: Substring) -> String {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }
}
