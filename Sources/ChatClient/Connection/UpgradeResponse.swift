internal import Bytes
internal import HTTPFields
internal import WebSocket

/// Collects the response to the upgrade, from bytes that are cut anywhere: its head, and of a refusal what it says.
struct UpgradeResponse {
  static let byteLimit = 16 * 1024
  /// Bytes of a refusal's body that are looked at.
  static let bodyLimit = 4 * 1024

  private var head: [UInt8] = []
  private var body: [UInt8] = []
  /// Bytes of the body that are to come; nil until the head is whole.
  private var missing: Int?

  /// Whether there is enough of it for ``check(_:hasKey:)``, should nothing more come.
  var isHeadWhole: Bool { missing != nil }

  /// Takes what belongs to it off the front of `input`.
  ///
  /// - Returns: whether it is whole.
  /// - Throws: if the head is longer than ``byteLimit``.
  mutating func take(_ input: inout UnsafeMutableRawBufferPointer) throws(ChatLinkError) -> Bool {
    var rest = 0
    if let missing {
      rest = missing
    } else {
      guard try takeHead(&input) else { return false }
      rest = bodyLength
    }
    let count = min(rest, input.count)
    body += input[..<count]
    input = UnsafeMutableRawBufferPointer(rebasing: input[count...])
    missing = rest - count
    return missing == 0
  }

  private mutating func takeHead(_ input: inout UnsafeMutableRawBufferPointer) throws(ChatLinkError) -> Bool {
    for (index, byte) in input.enumerated() {
      head.append(byte)
      guard byte == UInt8(ascii: "\n"), endsWithEmptyLine else { continue }
      input = UnsafeMutableRawBufferPointer(rebasing: input[(index + 1)...])
      return true
    }
    guard head.count <= Self.byteLimit else {
      throw ChatLinkError(reason: "what answers there is no gateway", isFinal: true)
    }
    input = UnsafeMutableRawBufferPointer(rebasing: input[input.count...])
    return false
  }

  private var endsWithEmptyLine: Bool { head.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A] }

  private var lines: [Substring] { String(decoding: head, as: UTF8.self).split(separator: "\r\n") }

  private var fields: [HTTPField] {
    lines.dropFirst().compactMap { line in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (String(line[..<colon]), String(line[line.index(after: colon)...].withoutBlanks))
    }
  }

  /// Version, status and reason; nil where that is no HTTP.
  private var statusLine: (status: Int, words: String)? {
    let words = lines.first?.split(separator: " ", maxSplits: 2) ?? []
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else { return nil }
    return (status, words[1...].joined(separator: " "))
  }

  /// Of what is no refusal, or does not tell its length, nothing is awaited.
  private var bodyLength: Int {
    guard let status = statusLine?.status, status >= 400 else { return 0 }
    return min(number("content-length") ?? 0, Self.bodyLimit)
  }

  /// Checks it once it is whole.
  ///
  /// - Parameter hasKey: whether the request has shown one.
  func check(_ handshake: ClientHandshake, hasKey: Bool) throws(ChatLinkError) {
    guard let (status, words) = statusLine else {
      throw ChatLinkError(reason: "what answers there does not speak HTTP", isFinal: true)
    }
    do throws(HandshakeError) {
      _ = try handshake.subprotocol(ofResponse: status, fields: fields)
    } catch {
      guard case .status = error else {
        throw ChatLinkError(reason: "what answers there speaks no WebSocket", isFinal: true)
      }
      throw refusal(status, "it answers with status \(words)", hasKey: hasKey)
    }
  }

  private func refusal(_ status: Int, _ words: String, hasKey: Bool) -> ChatLinkError {
    switch status {
    case 401 where hasKey:
      return ChatLinkError(
        reason: "it does not take the key: it is wrong, or has expired, or was disabled", isFinal: true)
    case 401:
      return ChatLinkError(
        reason: "it asks for a key: --key-file FILE, or OLLAMA_GATEWAY_KEY in the environment", isFinal: true)
    case 403: return ChatLinkError(reason: ProblemText.detail(of: body) ?? words, isFinal: true)
    case 429:
      let seconds = number("retry-after")
      let detail = ProblemText.detail(of: body) ?? words
      return ChatLinkError(
        reason: seconds.map { "\(detail); try again in \($0) s" } ?? detail,
        retryAfter: seconds.map { .seconds($0) })
    default:
      // A gateway that is going down or full may be back, or a proxy's gateway.
      return ChatLinkError(reason: words, isFinal: (300..<500).contains(status) && status != 408)
    }
  }

  /// A field that is a number of at most nine digits.
  private func number(_ name: StaticString) -> Int? {
    guard let text = fields.first(name), text.utf8.count <= 9, text.utf8.allSatisfy(ASCII.isDigit)
    else { return nil }
    return Int(text)
  }
}
