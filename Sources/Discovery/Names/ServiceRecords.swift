internal import Access

/// The SRV records in a response of DNS (RFC 1035 section 4.1, RFC 2782). Whatever the bytes are, reading ends: each name and
/// each record goes on behind the last, and a name's pointers lead backward only.
struct ServiceRecords {
  /// Where the records say that servers are, in their order; none where the service is said not to be there.
  private(set) var targets: [FoundServer] = []

  private let message: [UInt8]
  private var place = 0

  /// As many targets are read.
  static let limit = 1_000

  /// Nil for what is no whole response.
  init?(_ message: [UInt8]) {
    self.message = message
    guard message.count >= 12 else { return nil }
    place = 4
    guard let questions = number(), let answers = number() else { return nil }
    place = 12
    for _ in 0..<questions {
      guard skipName(), skip(4) else { return nil }
    }
    for _ in 0..<answers where targets.count < Self.limit {
      guard readRecord() else { return nil }
    }
  }

  private mutating func readRecord() -> Bool {
    guard skipName(), let type = number(), let family = number(), skip(4), let size = number(),
      size <= message.count - place
    else { return false }
    let end = place + size
    defer { place = end }
    // SRV, of the Internet.
    guard type == 33, family == 1 else { return true }
    guard size >= 7, skip(4), let port = number(), let name = name(at: place, within: end) else {
      return false
    }
    // The root: there is no such service.
    guard port > 0, let authority = Authority(name), authority.port == nil else { return true }
    targets.append(FoundServer(authority.host, port: UInt16(port)))
    return true
  }

  /// 16 bits, at most 65,535.
  private mutating func number() -> Int? {
    guard place + 2 <= message.count else { return nil }
    defer { place += 2 }
    return Int(message[place]) << 8 | Int(message[place + 1])
  }

  private mutating func skip(_ count: Int) -> Bool {
    guard count <= message.count - place else { return false }
    place += count
    return true
  }

  private mutating func skipName() -> Bool {
    while place < message.count {
      let size = Int(message[place])
      switch size >> 6 {
      case 3: return skip(2)
      case 0:
        guard skip(1 + size) else { return false }
        if size == 0 { return true }
      default: return false
      }
    }
    return false
  }

  /// - Parameter end: of the record; what a pointer leads to stands before it.
  /// - Returns: with dots between the labels; nil for one that is none.
  private func name(at start: Int, within end: Int) -> String? {
    var labels: [UInt8] = []
    var (place, bound) = (start, end)
    // The beginning of the part that is read: a pointer leads before it.
    var partStart = start
    while place < bound {
      let size = Int(message[place])
      switch size >> 6 {
      case 3:
        guard place + 2 <= bound else { return nil }
        let target = (size & 63) << 8 | Int(message[place + 1])
        guard target < partStart else { return nil }
        (place, bound, partStart) = (target, partStart, target)
      case 0:
        guard size > 0 else { return String(decoding: labels, as: UTF8.self) }
        guard place + 1 + size <= bound, labels.count + size <= 254 else { return nil }
        if !labels.isEmpty { labels.append(UInt8(ascii: ".")) }
        labels += message[place + 1..<place + 1 + size]
        place += 1 + size
      default: return nil
      }
    }
    return nil
  }
}
