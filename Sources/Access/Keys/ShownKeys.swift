internal import Bytes
internal import HTTPFields

/// Where a request may show a key.
enum ShownKeys {
  /// The most bytes of user and password in `Authorization: Basic` that are decoded.
  private static let longestPair = 1024

  /// Calls `body` with each text that may be a key, where it lies or in memory that is valid during the call.
  @inline(__always)
  static func forEach(in fields: FieldSection, _ body: (UnsafeRawBufferPointer) -> Void) {
    fields.withEachField { field in
      switch field.name.count {
      case 13: if field.isNamed("authorization") { authorization(field.value, body) }
      case 9: if field.isNamed("x-api-key") { body(field.value) }
      case 7: if field.isNamed("api-key") { body(field.value) }
      case 22: if field.isNamed("sec-websocket-protocol") { subprotocols(field.value, body) }
      default: break
      }
    }
  }

  /// `Bearer KEY`, or `Basic` with the key as the password (RFC 7617).
  private static func authorization(_ value: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void)
  {
    var blank = 0
    while blank < value.count, !ASCII.isBlank(value[blank]) { blank += 1 }
    var start = blank
    while start < value.count, ASCII.isBlank(value[start]) { start += 1 }
    guard start > blank else { return }
    let credentials = UnsafeRawBufferPointer(rebasing: value[start...])
    let scheme = UnsafeRawBufferPointer(rebasing: value[..<blank])
    if scheme.isInAnyCase("bearer") {
      body(credentials)
    } else if scheme.isInAnyCase("basic") {
      guard let pair = Base64.decode(credentials, limit: longestPair), pair.count <= longestPair,
        let colon = pair.firstIndex(of: UInt8(ascii: ":"))
      else { return }
      pair.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[(colon + 1)...])) }
    }
  }

  /// `og.v1, og.key.KEY`: browsers set no other field for a WebSocket.
  private static func subprotocols(_ value: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void)
  {
    for item in value.split(separator: UInt8(ascii: ",")) {
      let name = item.drop(while: ASCII.isBlank)
      guard name.starts(with: "og.key.".utf8) else { continue }
      let key = name.dropFirst("og.key.".utf8.count)
      let end = key.firstIndex(where: ASCII.isBlank) ?? key.endIndex
      body(UnsafeRawBufferPointer(rebasing: key[..<end]))
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether it is this word in any case; `word` in lower case.
  fileprivate func isInAnyCase(_ word: StaticString) -> Bool {
    guard count == word.utf8CodeUnitCount else { return false }
    var difference: UInt8 = 0
    for place in 0..<count { difference |= ASCII.lowercased(self[place]) ^ word.utf8Start[place] }
    return difference == 0
  }
}
