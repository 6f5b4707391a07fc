internal import Bytes

/// A file that browsers get from the gateway itself: embedded in the program, so that nothing has to be installed beside it.
package struct StaticFile: Sendable {
  /// Its last path component, with its ending.
  package let name: String
  /// All of it.
  package let content: [UInt8]
  /// The value of `Content-Type`.
  package let mediaType: String
  /// The value of `ETag`, a strong one: it is made of the content.
  package let entityTag: String

  /// - Parameter name: its ending tells the media type.
  package init(_ name: String, _ content: [UInt8]) {
    self.name = name
    self.content = content
    mediaType = StaticFile.mediaType(of: name)
    entityTag = "\"\(String(StaticFile.hash(of: content), radix: 36))-\(String(content.count, radix: 36))\""
  }

  /// Whether it is a page itself, and not what one needs.
  package var isPage: Bool { name.hasSuffix(".html") }

  /// Whether a client that has sent this `If-None-Match` has the file as it is: RFC 9110 section 13.1.2, where weak tags
  /// are as good. A proxy that compresses makes them weak.
  package func isKnown(by ifNoneMatch: String?) -> Bool {
    guard let ifNoneMatch else { return false }
    return ifNoneMatch.utf8.split(separator: UInt8(ascii: ",")).contains { listed in
      let tag = listed.drop(while: ASCII.isBlank).prefix { !ASCII.isBlank($0) }
      return tag.elementsEqual("*".utf8)
        || (tag.starts(with: "W/".utf8) ? tag.dropFirst(2) : tag).elementsEqual(entityTag.utf8)
    }
  }

  private static func mediaType(of name: String) -> String {
    switch name.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    case "svg": "image/svg+xml"
    case "json": "application/json"
    default: preconditionFailure("\(name) has no media type")
    }
  }

  /// FNV-1a: tells one version of a file from another, and guards against nobody.
  private static func hash(of content: [UInt8]) -> UInt64 {
    content.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
