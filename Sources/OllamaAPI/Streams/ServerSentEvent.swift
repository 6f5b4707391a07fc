/// One server-sent event as a reader of the stream gets it (WHATWG HTML, section 9.2.6).
struct ServerSentEvent {
  /// The `event` field; empty when there is none.
  private(set) var name = ""
  /// The `data` fields, joined by line feeds.
  private(set) var data: [UInt8] = []

  /// - Parameter bytes: the event's lines, with or without the blank one.
  init(_ bytes: UnsafeRawBufferPointer) {
    var index = 0
    while index < bytes.count {
      let end = bytes.firstLineEnd(from: index)
      read(UnsafeRawBufferPointer(rebasing: bytes[index..<end]))
      index = end + 1
    }
    // The line feed after the last `data` is not part of it.
    if !data.isEmpty { data.removeLast() }
  }

  private mutating func read(_ line: UnsafeRawBufferPointer) {
    let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.count
    var value = line[min(colon + 1, line.count)...]
    if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
    if line[..<colon].elementsEqual("data".utf8) {
      data.append(contentsOf: value)
      data.append(0x0A)
    } else if line[..<colon].elementsEqual("event".utf8) {
      name = String(decoding: value, as: UTF8.self)
    }
  }
}
