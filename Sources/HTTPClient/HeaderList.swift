internal import CCurl
internal import HTTPFields

/// The header fields of a request as libcurl takes them (`CURLOPT_HTTPHEADER`): a linked list of lines. All of it lies
/// in two pieces of memory that are used again for the next request; `curl_slist_append` would take two each for each
/// line.
struct HeaderList {
  private var text: [CChar] = []
  private var starts: [Int] = []
  private var memory = ListMemory()

  mutating func removeAll() {
    text.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
  }

  mutating func append(_ field: HTTPField) {
    starts.append(text.count)
    append(field.name)
    if field.value.isEmpty {
      // How libcurl writes a field without content: with a colon alone it would leave the field out.
      text.append(CChar(UInt8(ascii: ";")))
    } else {
      text.append(CChar(UInt8(ascii: ":")))
      text.append(CChar(UInt8(ascii: " ")))
      append(field.value)
    }
    text.append(0)
  }

  /// Keeps libcurl from adding this field.
  mutating func suppress(_ name: String) {
    starts.append(text.count)
    append(name)
    text.append(CChar(UInt8(ascii: ":")))
    text.append(0)
  }

  /// The list, valid until the next change of this value.
  mutating func list() -> UnsafeMutablePointer<curl_slist>? {
    memory.link(text, starts)
  }

  private mutating func append(_ string: String) {
    var string = string
    string.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { text.append(contentsOf: $0) }
    }
  }
}

/// Memory of our own for a list: libcurl reads it until its transfer has ended.
private final class ListMemory {
  private var text = UnsafeMutableBufferPointer<CChar>(start: nil, count: 0)
  private var nodes = UnsafeMutableBufferPointer<curl_slist>(start: nil, count: 0)

  deinit {
    text.deallocate()
    nodes.deallocate()
  }

  func link(_ lines: [CChar], _ starts: [Int]) -> UnsafeMutablePointer<curl_slist>? {
    makeRoom(lines.count, starts.count)
    _ = text.update(fromContentsOf: lines)
    for (index, start) in starts.enumerated() {
      let next = index + 1 < starts.count ? nodes.baseAddress! + index + 1 : nil
      nodes[index] = curl_slist(data: text.baseAddress! + start, next: next)
    }
    return nodes.baseAddress
  }

  private func makeRoom(_ textSize: Int, _ count: Int) {
    if text.count < textSize {
      text.deallocate()
      text = .allocate(capacity: max(textSize, 1024))
      text.initialize(repeating: 0)
    }
    if nodes.count < count {
      nodes.deallocate()
      nodes = .allocate(capacity: max(count, 16))
      nodes.initialize(repeating: curl_slist())
    }
  }
}
