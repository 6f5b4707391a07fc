import Glibc

/// Reads HTTP/1.1 messages from bytes that come in pieces of any size. Does no I/O.
///
/// Feed it with ``append(_:)``, then call ``next()`` until it returns nil. At the end of the stream call
/// ``finish()``.
struct HTTPParser {
  enum Role { case requests, responses }

  enum Event: Equatable {
    case head(MessageHead)
    /// Some bytes of the body, decoded. Their boundaries mean nothing.
    case body([UInt8])
    /// A chunk of a chunked body is whole: the bodies since the last one were its data.
    case chunkEnd
    /// The message is whole.
    case end
  }

  /// How the end of a body is found.
  enum Framing: Equatable {
    case none
    case length(Int)
    case chunked
    case untilClose
  }

  private enum State {
    case head
    case length(left: Int)
    case chunkSize
    case chunkData(left: Int)
    case chunkEnd
    case trailers
    case untilClose
  }

  let role: Role
  let headLimit: Int
  /// The next response is one to HEAD: its body is not there, whatever its fields say.
  var respondsToHEAD = false
  /// Whether ``raw`` collects the bytes as they come off the wire.
  var keepsRaw = false
  private(set) var raw: [UInt8] = []
  /// The framing of the message that the last head began.
  private(set) var framing = Framing.none

  private var state = State.head
  private var buffer: [UInt8] = []
  private var start = 0
  /// Up to where a head's end has been looked for, so that a slow head costs no more than a fast one.
  private var searched = 0

  init(_ role: Role, headLimit: Int = 4 << 20) {
    self.role = role
    self.headLimit = headLimit
  }

  /// Whether no message has begun: nothing is lost if the connection ends here.
  var isBetweenMessages: Bool {
    if case .head = state { return start == buffer.count }
    return false
  }

  /// Bytes appended and not read yet.
  var unread: Int { buffer.count - start }

  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: true)
      (start, searched) = (0, 0)
    } else if start > 1 << 16 {
      buffer.removeFirst(start)
      (start, searched) = (0, max(0, searched - start))
    }
    buffer.append(contentsOf: bytes)
  }

  mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { append($0) }
  }

  /// What comes next, or nil until there are more bytes.
  mutating func next() throws(HTTPSyntaxError) -> Event? {
    while true {
      switch state {
      case .head: return try nextHead()
      case .length(0): return end()
      case .length(let left):
        guard let bytes = take(upTo: left) else { return nil }
        state = .length(left: left - bytes.count)
        return .body(bytes)
      case .chunkSize:
        guard let line = try takeLine() else { return nil }
        let size = try chunkSize(line)
        state = size == 0 ? .trailers : .chunkData(left: size)
      case .chunkData(0): state = .chunkEnd
      case .chunkData(let left):
        guard let bytes = take(upTo: left) else { return nil }
        state = .chunkData(left: left - bytes.count)
        return .body(bytes)
      case .chunkEnd:
        guard unread >= 2 else { return nil }
        guard take(upTo: 2)! == [0x0d, 0x0a] else { throw .badChunkEnd }
        state = .chunkSize
        return .chunkEnd
      case .trailers:
        guard let line = try takeLine() else { return nil }
        if line.isEmpty { return end() }
      case .untilClose:
        guard let bytes = take(upTo: unread) else { return nil }
        return .body(bytes)
      }
    }
  }

  /// The stream has ended; to be called once ``next()`` returns nil.
  ///
  /// - Returns: `.end` for a body that the end of the stream delimits, nil between messages.
  /// - Throws: `truncated` inside a message.
  mutating func finish() throws(HTTPSyntaxError) -> Event? {
    if case .untilClose = state { return end() }
    guard isBetweenMessages else { throw .truncated }
    return nil
  }

  /// Hands over the raw bytes collected so far.
  mutating func takeRaw() -> [UInt8] {
    defer { raw = [] }
    return raw
  }

  private mutating func end() -> Event {
    state = .head
    searched = start
    return .end
  }
}

// MARK: - Heads

extension HTTPParser {
  private mutating func nextHead() throws(HTTPSyntaxError) -> Event? {
    // An empty line before a message is to be overlooked (RFC 9112, 2.2).
    while unread >= 2, buffer[start] == 0x0d, buffer[start + 1] == 0x0a { drop(2) }
    guard let end = endOfHead() else {
      guard unread <= headLimit else { throw .headTooLong(limit: headLimit) }
      return nil
    }
    guard end - start <= headLimit else { throw .headTooLong(limit: headLimit) }
    let head = try MessageHead(buffer[start..<end])
    framing = try self.framing(of: head)
    drop(end + 4 - start)
    state =
      switch framing {
      case .none: .length(left: 0)
      case .length(let length): .length(left: length)
      case .chunked: .chunkSize
      case .untilClose: .untilClose
      }
    return .head(head)
  }

  /// Where the empty line begins that ends the head.
  private mutating func endOfHead() -> Int? {
    let from = max(start, searched)
    let found = buffer.withUnsafeBytes { bytes -> Int? in
      guard let base = bytes.baseAddress else { return nil }
      var next = from
      while let hit = memchr(base + next, 0x0a, bytes.count - next) {
        let feed = UnsafeRawPointer(hit) - base
        if feed >= start + 3, bytes[feed - 1] == 0x0d, bytes[feed - 2] == 0x0a, bytes[feed - 3] == 0x0d {
          return feed - 3
        }
        next = feed + 1
      }
      return nil
    }
    searched = buffer.count
    return found
  }

  /// RFC 9112, 6.3.
  private func framing(of head: MessageHead) throws(HTTPSyntaxError) -> Framing {
    if role == .responses {
      let status = try head.statusLine().status
      if respondsToHEAD || status < 200 || status == 204 || status == 304 { return .none }
    } else {
      _ = try head.requestLine()
    }
    let lengths = head.headers.values(of: "Content-Length")
    let encodings = head.headers.values(of: "Transfer-Encoding")
    if !encodings.isEmpty {
      guard lengths.isEmpty else { throw .lengthBesideTransferEncoding }
      guard encodings.count == 1, encodings[0].lowercased() == "chunked" else {
        throw .unknownTransferEncoding(encodings.joined(separator: ", "))
      }
      return .chunked
    }
    guard !lengths.isEmpty else { return role == .requests ? .none : .untilClose }
    guard lengths.count == 1, lengths[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let length = Int(lengths[0])
    else { throw .badContentLength(lengths) }
    return .length(length)
  }
}

// MARK: - Pieces

extension HTTPParser {
  private mutating func drop(_ count: Int) {
    if keepsRaw { raw += buffer[start..<start + count] }
    start += count
  }

  private mutating func take(upTo limit: Int) -> [UInt8]? {
    let count = min(limit, unread)
    guard count > 0 else { return nil }
    let bytes = Array(buffer[start..<start + count])
    drop(count)
    return bytes
  }

  /// A line of the chunked coding without its CRLF: a size or a trailer field.
  private mutating func takeLine() throws(HTTPSyntaxError) -> [UInt8]? {
    let limit = 4096
    let window = buffer[start..<min(buffer.count, start + limit)]
    guard let feed = window.firstIndex(of: 0x0a) else {
      guard window.count < limit else { throw .badChunkSize("a line of over \(limit) bytes") }
      return nil
    }
    guard feed > start, buffer[feed - 1] == 0x0d else {
      throw .badChunkSize(String(decoding: buffer[start..<feed], as: UTF8.self))
    }
    let line = Array(buffer[start..<feed - 1])
    drop(feed + 1 - start)
    return line
  }

  private func chunkSize(_ line: [UInt8]) throws(HTTPSyntaxError) -> Int {
    let digits = line.prefix { $0 != UInt8(ascii: ";") }
    let text = String(decoding: digits, as: UTF8.self)
    // `Int(_:radix:)` takes a sign, which a chunk size has not.
    guard (1...15).contains(digits.count), text.allSatisfy(\.isHexDigit), let size = Int(text, radix: 16)
    else {
      throw .badChunkSize(String(text.prefix(100)))
    }
    return size
  }
}
