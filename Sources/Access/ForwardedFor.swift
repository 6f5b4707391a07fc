internal import Bytes
public import System

/// The way that a request says it has come, read from the `X-Forwarded-For` of a trusted proxy.
///
/// Each proxy puts the address of its own peer behind what was there, so the list is believed from its right end on, as
/// far as trusted proxies have written it: the rightmost address that is no trusted proxy is the client, and what stands
/// to the left of it is the client's own word. If all are trusted, the leftmost is the client.
public struct ForwardedFor: Equatable, Sendable {
  /// What is believed, in the order of the list: the client, then the proxies that it came through, without the last of
  /// them, the peer itself. At most ``longest``.
  public private(set) var hops: [IPAddress] = []
  /// Whether the first of ``hops`` is the client; otherwise there is none, or the list had an entry that is no address,
  /// or too many, and ``hops`` is what stands to the right of that.
  public private(set) var isComplete = false

  /// Whether something stands to the left of the client: its own word, or that of a proxy which is not trusted.
  public private(set) var hasMore = false

  /// The most entries that are read.
  public static let longest = 32

  /// No list.
  public init() {}

  /// Reads the values of all fields of the name as one list (RFC 9110 section 5.3).
  ///
  /// - Parameter list: addresses parted by commas, each with or without a port and, if IPv6, brackets.
  public init(_ list: Span<UInt8>, trusting proxies: TrustedProxies) {
    var end = list.count
    for _ in 0..<Self.longest {
      var start = end
      while start > 0, list[start - 1] != UInt8(ascii: ",") { start -= 1 }
      guard let address = Self.address(list.extracting(start..<end)) else { break }
      hops.append(address)
      if start == 0 || !proxies.contains(address) {
        (isComplete, hasMore) = (true, start > 0)
        break
      }
      end = start - 1
    }
    hops.reverse()
  }

  /// The client's address, if the list tells it.
  public var client: IPAddress? { isComplete ? hops.first : nil }

  private static func address(_ entry: Span<UInt8>) -> IPAddress? {
    var (start, end) = (0, entry.count)
    while start < end, ASCII.isBlank(entry[start]) { start += 1 }
    while end > start, ASCII.isBlank(entry[end - 1]) { end -= 1 }
    let entry = entry.extracting(start..<end)
    if let address = IPAddress(bytes: entry) { return address }
    guard case .address(let address)? = Authority(bytes: entry)?.host else { return nil }
    return address
  }
}
