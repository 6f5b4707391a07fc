extension ScriptedOllama {
  /// A request as it came off the wire.
  public struct Request: Sendable {
    /// Counts the requests of this fake, from 1.
    public let number: Int
    /// Counts the connections of this fake, from 1: two requests with the same number shared one.
    public let connection: Int
    /// The method of the request line.
    public let method: String
    /// The target as sent, with its query.
    public let target: String
    /// The version of the request line.
    public let version: String
    /// The header fields.
    public let headers: TestHeaders
    /// The body, as far as it has come.
    public internal(set) var body: Body

    /// The target up to its query.
    public var path: String { String(target.prefix { $0 != "?" }) }
    /// The target after the question mark, or nil.
    public var query: String? {
      target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) }
    }
    /// The body as JSON; `.null` if it is none.
    public var json: TestJSON { (try? TestJSON(body.bytes)) ?? .null }
    /// The body as text.
    public var text: String { String(decoding: body.bytes, as: UTF8.self) }
  }

  /// The body of a request.
  public struct Body: Sendable {
    /// The first bytes, up to the fake's limit. Empty until the body is whole or its exchange has ended.
    public internal(set) var bytes: [UInt8] = []
    /// The number of bytes that came, kept or not.
    public internal(set) var count = 0
    /// A hash of all bytes: compare it with `ByteDigest(of:)` what was sent.
    public internal(set) var digest = ByteDigest()
    /// Whether it came to its end.
    public internal(set) var isWhole = false
    /// Whether ``bytes`` has all of it.
    public var isKept: Bool { bytes.count == count }
  }
}
