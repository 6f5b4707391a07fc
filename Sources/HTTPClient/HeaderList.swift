internal import CCurl
internal import HTTPFields

/// The header fields of a request as libcurl takes them (`CURLOPT_HTTPHEADER`): a linked list of lines. All of it lies
/// in two pieces of memory that are used again for the next request; `curl_slist_append` would take two each for each
/// line.
///
/// libcurl reads the list until its transfer has ended: it may be changed only then.
struct HeaderList: ~Copyable {
  private var text = UnsafeMutableBufferPointer<CChar>(start: nil, count: 0)
  private var textSize = 0
  private var nodes = UnsafeMutableBufferPointer<curl_slist>(start: nil, count: 0)
  /// Where each line begins in `text`.
  private var starts: [Int] = []

  deinit {
    text.deallocate()
    nodes.deallocate()
  }

  mutating func removeAll() {
    textSize = 0
    starts.removeAll(keepingCapacity: true)
  }

  mutating func append(_ field: FieldSection.Field) {
    makeRoom(for: field.name.count + field.value.count + 3)
    starts.append(textSize)
    add(field.name)
    if field.value.isEmpty {
      // How libcurl writes a field without content: with a colon alone it would leave the field out.
      add(";\0")
    } else {
      add(": ")
      add(field.value)
      add("\0")
    }
  }

  mutating func append(_ line: StaticString) {
    makeRoom(for: line.utf8CodeUnitCount + 1)
    starts.append(textSize)
    add(line)
    add("\0")
  }

  /// Keeps libcurl from adding this field.
  mutating func suppress(_ name: StaticString) {
    makeRoom(for: name.utf8CodeUnitCount + 2)
    starts.append(textSize)
    add(name)
    add(":\0")
  }

  /// The list, valid until the next change of this value.
  mutating func list() -> UnsafeMutablePointer<curl_slist>? {
    guard let first = text.baseAddress, !starts.isEmpty else { return nil }
    if nodes.count < starts.count {
      nodes.deallocate()
      nodes = .allocate(capacity: max(starts.count, 16))
      nodes.initialize(repeating: curl_slist())
    }
    for (index, start) in starts.enumerated() {
      let next = index + 1 < starts.count ? nodes.baseAddress! + index + 1 : nil
      nodes[index] = curl_slist(data: first + start, next: next)
    }
    return nodes.baseAddress
  }

  private mutating func add(_ string: StaticString) {
    add(UnsafeRawBufferPointer(start: string.utf8Start, count: string.utf8CodeUnitCount))
  }

  /// There is room for `bytes`.
  private mutating func add(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    UnsafeMutableRawPointer(text.baseAddress! + textSize).copyMemory(from: source, byteCount: bytes.count)
    textSize += bytes.count
  }

  private mutating func makeRoom(for count: Int) {
    guard textSize + count > text.count else { return }
    let larger = UnsafeMutableBufferPointer<CChar>.allocate(
      capacity: max(textSize + count, 2 * text.count, 1024))
    larger.initialize(repeating: 0)
    for index in 0..<textSize { larger[index] = text[index] }
    text.deallocate()
    text = larger
  }
}
