internal import CCurl
internal import HTTPFields

/// The header fields of a request as libcurl takes them (`CURLOPT_HTTPHEADER`): a linked list of lines. All of it lies
/// in two pieces of memory that are used again for the next request; `curl_slist_append` would take two each for each
/// line.
///
/// libcurl compares each entry with the names of some twenty fields, and formats it on its own. So those that it has no
/// opinion of are one entry, several lines long: it sends an entry as it is. `Host` leads it: libcurl is told to make none,
/// as it would write it twice, letter by letter.
///
/// libcurl reads the list until its transfer has ended: it may be changed only then.
struct HeaderList: ~Copyable {
  private var text = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var textSize = 0
  private var nodes = UnsafeMutableBufferPointer<curl_slist>(start: nil, count: 0)
  /// Where each entry begins in `text`.
  private var starts: [Int] = []

  /// Fields that libcurl would add, or that change what it adds; in lower case.
  private static let known = FieldNameSet(["accept", "content-type", "host"])

  deinit {
    text.deallocate()
    nodes.deallocate()
  }

  /// How the request's body goes out.
  enum Framing {
    /// With its length, or there is none; and it is so small that libcurl asks for no leave to send it.
    case small
    /// With its length.
    case large
    case chunked
  }

  /// Makes the list of another request. A field that would be more than one line is left out.
  ///
  /// - Parameter host: what `Host` is where `fields` have none; libcurl makes its own where this is empty.
  mutating func write(_ fields: FieldSection, host: [UInt8] = [], framing: Framing) {
    textSize = 0
    starts.removeAll(keepingCapacity: true)
    // A field takes four bytes beside its text, what is added of our own less than 128.
    makeRoom(for: fields.byteCount + 4 * fields.count + host.count + 128)
    let hasHost = fields.contains("host")
    if !hasHost && !host.isEmpty { appendEntry("Host:\0") }
    appendOthers(fields, host: hasHost ? [] : host)
    fields.withEachField { field in
      guard HeaderList.known.contains(field) else { return }
      appendEntry(field)
    }
    if !fields.contains("accept") { appendEntry("Accept:\0") }
    if !fields.contains("content-type") { appendEntry("Content-Type:\0") }
    if framing != .small { appendEntry("Expect:\0") }
    if framing == .chunked { appendEntry("Transfer-Encoding: chunked\0") }
  }

  /// The entries as text, in their order.
  var entries: [String] {
    starts.map { String(cString: text.baseAddress!.advanced(by: $0).assumingMemoryBound(to: CChar.self)) }
  }

  /// The list, valid until the next change of this value.
  mutating func list() -> UnsafeMutablePointer<curl_slist>? {
    guard let first = text.baseAddress?.assumingMemoryBound(to: CChar.self) else { return nil }
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

  private mutating func appendOthers(_ fields: FieldSection, host: [UInt8]) {
    var start = textSize
    if !host.isEmpty {
      add("Host: ")
      host.withUnsafeBytes { add($0) }
      add("\r\n")
    }
    fields.withEachField { field in
      guard !HeaderList.known.contains(field) else { return }
      if textSize == start && field.value.isEmpty {
        // Alone: libcurl looks for content behind an entry's first colon.
        appendEntry(field)
        start = textSize
      } else {
        add(field, separator: ": ", end: "\r\n")
      }
    }
    guard textSize > start else { return }
    // libcurl ends the last line.
    textSize -= 2
    starts.append(start)
    add("\0")
  }

  private mutating func appendEntry(_ entry: StaticString) {
    starts.append(textSize)
    add(entry)
  }

  private mutating func appendEntry(_ field: FieldSection.Field) {
    let start = textSize
    // With a colon and nothing behind it, libcurl would take the entry for a field that it shall not add.
    add(field, separator: field.value.isEmpty ? ";" : ": ", end: "\0")
    if textSize > start { starts.append(start) }
  }

  private mutating func add(_ field: FieldSection.Field, separator: StaticString, end: StaticString) {
    // What came from a client was checked when it came; here several fields share an entry, and none may become two.
    guard field.name.isFieldValue, field.value.isFieldValue else { return }
    add(field.name)
    add(separator)
    add(field.value)
    add(end)
  }

  private mutating func add(_ string: StaticString) {
    add(UnsafeRawBufferPointer(start: string.utf8Start, count: string.utf8CodeUnitCount))
  }

  /// There is room for `bytes`.
  private mutating func add(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    (text.baseAddress! + textSize).copyMemory(from: source, byteCount: bytes.count)
    textSize += bytes.count
  }

  /// Before anything is written.
  private mutating func makeRoom(for count: Int) {
    guard count > text.count else { return }
    text.deallocate()
    text = .allocate(byteCount: max(count, 1024), alignment: 1)
  }
}
