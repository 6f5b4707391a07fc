internal import Bytes
internal import HTTPFields
internal import WebSocket

/// Collects the head of the response to the upgrade, from bytes that are cut anywhere.
struct UpgradeResponse {
  static let byteLimit = 16 * 1024

  private var head: [UInt8] = []

  /// Takes what belongs to the head off the front of `input`.
  ///
  /// - Returns: whether the head is whole.
  /// - Throws: if it is longer than ``byteLimit``.
  mutating func take(_ input: inout UnsafeMutableRawBufferPointer) throws(ChatLinkError) -> Bool {
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

  /// Checks the head, which is whole.
  func check(_ handshake: ClientHandshake) throws(ChatLinkError) {
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ", maxSplits: 2) ?? []
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
      throw ChatLinkError(reason: "what answers there does not speak HTTP", isFinal: true)
    }
    let fields = lines.dropFirst().compactMap { line -> HTTPField? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (String(line[..<colon]), String(line[line.index(after: colon)...].withoutBlanks))
    }
    do throws(HandshakeError) {
      _ = try handshake.subprotocol(ofResponse: status, fields: fields)
    } catch {
      if case .status(let status) = error {
        // A gateway that is going down or full may be back, or a proxy's gateway.
        throw ChatLinkError(
          reason: "it answers with status \(words[1...].joined(separator: " "))",
          isFinal: (300..<500).contains(status) && status != 408 && status != 429)
      }
      throw ChatLinkError(reason: "what answers there speaks no WebSocket", isFinal: true)
    }
  }
}
