internal import Glibc

/// Finds the models that a form names, as Go's `Request.FormValue` would find them: in `multipart/form-data` (RFC 7578), where
/// a request to write down speech has its model beside the sound. Reads in pieces of any size, in constant memory.
///
/// It looks at what stands behind each delimiter, wherever that stands, and takes a part for a model's name if its head has
/// the word in any spelling: one too many costs nothing, one that Ollama sees and this does not would.
public struct FormModels {
  /// What was found.
  public private(set) var names: [String] = []
  /// Whether one of them is of Ollama's cloud, or a value is that may be one's name.
  public private(set) var namesCloudModel = false
  /// Whether there is more than is kept, or what may be read in two ways: then nothing is known of the form.
  public private(set) var isOverfull = false
  /// Bytes that were looked at.
  public private(set) var position = 0

  private let delimiter: [UInt8]
  private var parts = 0

  /// Different names that are kept.
  private static let nameLimit = 16
  /// Parts that Go's reader takes.
  private static let partLimit = 1000
  /// Bytes of a part's head that are read.
  private static let headLimit = 4096
  /// Bytes of a value that is a model's name, with the white space around it.
  private static let valueLimit = 2 * ModelName.maximumBytes

  /// - Parameter query: of the request's target, whose parameters are the form's as well.
  /// - Returns: nil where the type is none of a form in parts.
  public init?(contentType: String, query: String) {
    switch MultipartBoundary(contentType) {
    case .none: return nil
    case .text(let text): delimiter = Array("--\(text)".utf8)
    case .unclear:
      delimiter = Array("--".utf8)
      isOverfull = true
    }
    for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
      let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      note(
        halves.count > 1 ? FormModels.decoded(halves[1]) : "",
        isModel: FormModels.decoded(halves[0]).utf8.elementsEqual("model".utf8))
    }
  }

  /// Reads on up to byte `limit` of the body, or a part's head and name further.
  ///
  /// - Parameter body: the same bytes each time.
  /// - Returns: whether that was all.
  public mutating func read(_ body: UnsafeRawBufferPointer, upTo limit: Int) -> Bool {
    while position < body.count && !isOverfull {
      let end = min(limit, body.count)
      guard position < end else { return false }
      // What begins before the end may end behind it.
      let window = UnsafeRawBufferPointer(rebasing: body[position..<min(end + delimiter.count, body.count)])
      guard let place = FormModels.place(of: delimiter, in: window) else {
        position = end
        continue
      }
      position += place + delimiter.count
      parts += 1
      isOverfull = isOverfull || parts > FormModels.partLimit
      readPart(UnsafeRawBufferPointer(rebasing: body[position...]))
    }
    return true
  }

  private mutating func readPart(_ part: UnsafeRawBufferPointer) {
    let head = UnsafeRawBufferPointer(rebasing: part.prefix(FormModels.headLimit))
    let ends = [Array("\r\n\r\n".utf8), Array("\n\n".utf8)].compactMap { end in
      FormModels.place(of: end, in: head).map { (start: $0, end: $0 + end.count) }
    }
    guard let end = ends.min(by: { $0.start < $1.start }) else {
      // Go takes a longer head; no client has one.
      if part.count > FormModels.headLimit { isOverfull = true }
      return
    }
    let rest = UnsafeRawBufferPointer(rebasing: part[end.end...])
    let window = UnsafeRawBufferPointer(rebasing: rest.prefix(FormModels.valueLimit + delimiter.count + 2))
    let isModel = FormModels.namesModel(UnsafeRawBufferPointer(rebasing: head[..<end.start]))
    guard let length = FormModels.place(of: delimiter, in: window) else {
      // Of a name the white space around it may be long.
      isOverfull = isOverfull || isModel
      return
    }
    note(String(decoding: rest[..<length], as: UTF8.self), isModel: isModel)
  }

  private mutating func note(_ value: String, isModel: Bool) {
    if ModelName.isOfCloud(value) { namesCloudModel = true }
    guard isModel, !names.contains(where: { $0.utf8.elementsEqual(value.utf8) }) else { return }
    guard names.count < FormModels.nameLimit else {
      isOverfull = true
      return
    }
    names.append(value)
  }

  /// A name may be escaped or come in pieces (RFC 2231): then it is anybody's.
  private static func namesModel(_ head: UnsafeRawBufferPointer) -> Bool {
    let text = head.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
    return text.withUnsafeBytes { text in
      ["model", "name*", "\\"].contains { place(of: Array($0.utf8), in: text) != nil }
    }
  }

  /// - Parameter text: not empty.
  private static func place(of text: [UInt8], in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let start = bytes.baseAddress, bytes.count >= text.count else { return nil }
    let last = bytes.count - text.count
    var place = 0
    while place <= last, let found = memchr(start + place, Int32(text[0]), last - place + 1) {
      place = UnsafeRawPointer(found) - start
      if memcmp(found, text, text.count) == 0 { return place }
      place += 1
    }
    return nil
  }

  /// As Go decodes a query, but for what it refuses.
  private static func decoded(_ text: Substring.UTF8View) -> String {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == UInt8(ascii: "%"), digits.count == 2, let code = UInt8(String(Substring(digits)), radix: 16)
      {
        bytes.append(code)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
