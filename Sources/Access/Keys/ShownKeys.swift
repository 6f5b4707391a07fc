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
    guard let blank = value.firstIndex(where: ASCII.isBlank) else { return }
    let credentials = UnsafeRawBufferPointer(rebasing: value[blank...].drop(while: ASCII.isBlank))
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
    count == word.utf8CodeUnitCount && indices.allSatisfy { ASCII.lowercased(self[$0]) == word.utf8Start[$0] }
  }
}
