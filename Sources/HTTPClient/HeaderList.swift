internal import Bytes
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
  private var text = GrowableBuffer()
  private var nodes = UnsafeMutableBufferPointer<curl_slist>(start: nil, count: 0)
  /// Where each entry begins in `text`.
  private var starts: [Int] = []

  /// Fields that libcurl would add, or that change what it adds; in lower case.
  private static let known = FieldNameSet(["accept", "content-type", "host"])

  deinit { nodes.deallocate() }

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
    text.removeAll(keeping: .max)
    starts.removeAll(keepingCapacity: true)
    // A field takes four bytes beside its text, what is added of our own less than 128.
    text.reserve(fields.byteCount + 4 * fields.count + host.count + 128)
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
    starts.map {
      String(cString: text.bytes.baseAddress!.advanced(by: $0).assumingMemoryBound(to: CChar.self))
    }
  }

  /// The list, valid until the next change of this value.
  mutating func list() -> UnsafeMutablePointer<curl_slist>? {
    guard let first = text.bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return nil }
    if nodes.count < starts.count {
      nodes.deallocate()
      nodes = .allocate(capacity: max(starts.count, 16))
      nodes.initialize(repeating: curl_slist())
    }
    for (index, start) in starts.enumerated() {
      let next = index + 1 < starts.count ? nodes.baseAddress! + index + 1 : nil
      nodes[index] = curl_slist(data: UnsafeMutablePointer(mutating: first + start), next: next)
    }
    return nodes.baseAddress
  }

  private mutating func appendOthers(_ fields: FieldSection, host: [UInt8]) {
    var start = text.count
    if !host.isEmpty {
      text.append("Host: ")
      host.withUnsafeBytes { text.append($0) }
      text.append("\r\n")
    }
    fields.withEachField { field in
      guard !HeaderList.known.contains(field) else { return }
      if text.count == start && field.value.isEmpty {
        // Alone: libcurl looks for content behind an entry's first colon.
        appendEntry(field)
        start = text.count
      } else {
        add(field, separator: ": ", end: "\r\n")
      }
    }
    guard text.count > start else { return }
    // libcurl ends the last line.
    text.removeLast(2)
    starts.append(start)
    text.append("\0")
  }

  private mutating func appendEntry(_ entry: StaticString) {
    starts.append(text.count)
    text.append(entry)
  }

  private mutating func appendEntry(_ field: FieldSection.Field) {
    let start = text.count
    // With a colon and nothing behind it, libcurl would take the entry for a field that it shall not add.
    add(field, separator: field.value.isEmpty ? ";" : ": ", end: "\0")
    if text.count > start { starts.append(start) }
  }

  private mutating func add(_ field: FieldSection.Field, separator: StaticString, end: StaticString) {
    // What came from a client was checked when it came; here several fields share an entry, and none may become two.
    guard field.name.isFieldValue, field.value.isFieldValue else { return }
    text.append(field.name)
    text.append(separator)
    text.append(field.value)
    text.append(end)
  }
}
