extension TestClient {
  /// A response as it came off the wire.
  public struct Response: Sendable, CustomStringConvertible {
    /// How the end of the body was found.
    public enum Framing: Sendable, Equatable {
      case none
      case length(Int)
      case chunked
      case untilClose
    }

    /// The version of the status line.
    public internal(set) var version = "HTTP/1.1"
    /// The status code.
    public internal(set) var status: Int
    /// The reason phrase of the status line.
    public internal(set) var reason: String
    /// The header fields.
    public internal(set) var headers: TestHeaders
    /// How the content's end is told.
    public internal(set) var framing: Framing
    /// The body, decoded.
    public internal(set) var body: [UInt8] = []
    /// The chunks of a chunked body, as they were framed.
    public internal(set) var chunks: [[UInt8]] = []
    /// The bytes as they came, framing included.
    public internal(set) var raw: [UInt8] = []
    /// The status codes of interim responses before this one (100, 103).
    public internal(set) var interim: [Int] = []
    /// Whether it came to its end.
    public internal(set) var isWhole = false

    /// The content as UTF-8.
    public var text: String { String(decoding: body, as: UTF8.self) }
    /// The body as JSON; `.null` if it is none.
    public var json: TestJSON { (try? TestJSON(body)) ?? .null }
    /// The lines of the body, without line feeds; a last one without a line feed counts.
    public var lines: [String] {
      text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropLastIfEmpty()
    }
    /// The body as server-sent events.
    public var events: [Event] {
      var parser = EventParser()
      return lines.compactMap { parser.take($0) }
    }

    public var description: String {
      "\(status) \(reason), \(framing), \(body.count) bytes\(isWhole ? "" : ", truncated")\n\(headers)\(text.prefix(500))"
    }
  }

  /// A block of a `text/event-stream` (HTML, 9.2.6).
  public struct Event: Sendable, Equatable {
    /// The `event` field, or nil.
    public var type: String?
    /// The `data` fields, joined by line feeds; nil for a block of comments alone.
    public var data: String?
    /// The value of `id:`.
    public var id: String?
    /// The value of `retry:`.
    public var retry: String?
    /// The comment lines without their colon: `" ping"`.
    public var comments: [String] = []

    /// The data as JSON; `.null` if it is none.
    public var json: TestJSON { data.flatMap { try? TestJSON($0) } ?? .null }
  }
}

extension [String] {
  fileprivate func dropLastIfEmpty() -> [String] { last == "" ? dropLast() : self }
}
