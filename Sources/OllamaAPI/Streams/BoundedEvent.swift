/// The bytes of one event, whole up to a bound, and of a larger one its beginning and its end.
struct BoundedEvent {
  /// Each half is kept up to this size: of an event of up to 64 KiB nothing is lost.
  static let halfBytes = 32 * 1024

  private var head: [UInt8] = []
  private var tail: [UInt8] = []
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  /// Whether nothing was left out.
  var isWhole: Bool { count == head.count + tail.count }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    count += bytes.count
    let room = min(bytes.count, Self.halfBytes - head.count)
    head.append(contentsOf: bytes[..<room])
    let rest = bytes[room...].suffix(Self.halfBytes)
    guard !rest.isEmpty else { return }
    tail.append(contentsOf: rest)
    // Cut back at twice the size only, so that a byte is moved once at most on the average.
    if tail.count > 2 * Self.halfBytes { tail.removeFirst(tail.count - Self.halfBytes) }
  }

  mutating func removeAll() {
    count = 0
    head.removeAll(keepingCapacity: true)
    tail = []
  }

  /// Lends what was kept, in one piece. Between the halves of a larger event a line feed marks the gap.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    guard !tail.isEmpty else { return head.withUnsafeBytes(body) }
    let joined = isWhole ? head + tail : head + [0x0A] + tail.suffix(Self.halfBytes)
    return joined.withUnsafeBytes(body)
  }
}
