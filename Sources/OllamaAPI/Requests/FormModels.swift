internal import Bytes
internal import Glibc

/// Finds the models that a form names, as Go's `Request.FormValue` would find them: in `multipart/form-data` (RFC
/// 7578), where a request to write down speech has its model beside the sound, and in
/// `application/x-www-form-urlencoded`. Reads in pieces of any size, in constant memory.
///
/// It looks at what stands behind each delimiter, wherever in the body the delimiter is, and takes a part for a model's name
/// if the part's head has the word in any spelling. A name too many costs nothing; a name that only Ollama sees would let a
/// model through that nobody has checked.
public struct FormModels {
  /// What was found.
  public private(set) var names: [String] = []
  /// Where in the body ``names`` stand, each time, without the end of a line behind them.
  public private(set) var places: [Range<Int>] = []
  /// Whether ``places`` are all: the query names no model, and the body does not name one more often than is kept.
  public private(set) var arePlacesAll = true
  /// Whether one of the names, or a value that may be one, is that of a model of Ollama's cloud.
  public private(set) var namesCloudModel = false
  /// Whether the form has more models than are kept, or may be read in two ways. Then ``names`` says nothing.
  public private(set) var isOverfull = false
  /// Bytes that were looked at.
  public private(set) var position = 0

  /// What stands between two parts; nil for a form of pairs.
  private let delimiter: [UInt8]?
  private var parts = 0
  /// Whether ``position`` is in a pair that has no name of a model.
  private var isInPair = false

  /// Different names that are kept.
  private static let nameLimit = 16
  /// Parts that Go's reader takes.
  private static let partLimit = 1000
  /// Parts that one call reads: it looks at thousands of bytes for a delimiter of three.
  private static let partsOfCall = 16
  /// Bytes of a part's head that are read.
  private static let headLimit = 4096
  /// Bytes of a value that is a model's name, with the white space around it.
  private static let valueLimit = 2 * ModelName.maximumBytes

  /// - Parameter query: of the request's target, whose parameters are the form's as well.
  /// - Returns: nil where the type is none of a form.
  public init?(contentType: String, query: String) {
    switch MultipartBoundary(contentType) {
    case .none: return nil
    case .ampersand: delimiter = nil
    case .text(let text): delimiter = Array("--\(text)".utf8)
    case .unclear:
      delimiter = Array("--".utf8)
      isOverfull = true
    }
    for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
      let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      note(
        halves.count > 1 ? PercentEncoding.decodeForm(halves[1]) : "",
        isModel: PercentEncoding.decodeForm(halves[0]).utf8.elementsEqual("model".utf8))
    }
    arePlacesAll = names.isEmpty
  }

  /// Reads on up to byte `limit` of the body, or a part's head and name further. It may be less.
  ///
  /// - Parameter body: the same bytes each time.
  /// - Returns: whether that was all.
  public mutating func read(_ body: UnsafeRawBufferPointer, upTo limit: Int) -> Bool {
    guard let delimiter else { return readPairs(body, upTo: limit) }
    let lastPart = parts + FormModels.partsOfCall
    while position < body.count && !isOverfull {
      let end = min(limit, body.count)
      guard position < end, parts < lastPart else { return false }
      // What begins before the end may end behind it.
      let window = UnsafeRawBufferPointer(rebasing: body[position..<min(end + delimiter.count, body.count)])
      guard let place = FormModels.place(of: delimiter, in: window) else {
        position = end
        continue
      }
      position += place + delimiter.count
      parts += 1
      isOverfull = isOverfull || parts > FormModels.partLimit
      readPart(UnsafeRawBufferPointer(rebasing: body[position...]), delimiter)
    }
    return true
  }

  private mutating func readPart(_ part: UnsafeRawBufferPointer, _ delimiter: [UInt8]) {
    let limited = UnsafeRawBufferPointer(rebasing: part.prefix(FormModels.headLimit))
    let length = FormModels.place(of: Array("\r\n\r\n".utf8), in: limited)
    let head = UnsafeRawBufferPointer(rebasing: limited.prefix(length.map { $0 + 4 } ?? limited.count))
    // Go takes each line by itself for one that ends so or so, and may find the end of the head before.
    guard FormModels.endsLinesOneWay(head) else { return isOverfull = true }
    guard length != nil else {
      // Go takes a longer head; no client has one.
      if part.count > FormModels.headLimit { isOverfull = true }
      return
    }
    let field = head.map(ASCII.lowercased)
    // Go decodes this one, which forms have no more (RFC 7578 section 4.7); the others leave a value as it is.
    guard
      !(FormModels.contains("content-transfer-encoding", field)
        && FormModels.contains("quoted-printable", field))
    else { return isOverfull = true }
    let rest = UnsafeRawBufferPointer(rebasing: part[head.count...])
    let window = UnsafeRawBufferPointer(rebasing: rest.prefix(FormModels.valueLimit + delimiter.count + 2))
    // The field's name may be escaped or come in pieces (RFC 2231). What it is then is not known here, and may be "model".
    let isModel = ["model", "name*", "\\"].contains { FormModels.contains($0, field) }
    guard let length = FormModels.place(of: delimiter, in: window) else {
      // No delimiter within the window: a model's name may still follow, behind much white space.
      isOverfull = isOverfull || isModel
      return
    }
    note(String(decoding: rest[..<length], as: UTF8.self), isModel: isModel)
    if isModel { notePlace(position + head.count, length - 2) }
    // A delimiter that is not alone on its line may be a piece of the value.
    let behind = rest[(length + delimiter.count)...].prefix(2)
    let isEnd = rest[..<length].suffix(2).elementsEqual("\r\n".utf8)
    if isModel && !(isEnd && (behind.elementsEqual("\r\n".utf8) || behind.elementsEqual("--".utf8))) {
      isOverfull = true
    }
  }

  private mutating func readPairs(_ body: UnsafeRawBufferPointer, upTo limit: Int) -> Bool {
    let end = min(limit, body.count)
    while position < end && !isOverfull {
      let rest = UnsafeRawBufferPointer(rebasing: body[position...])
      if !isInPair, let start = FormModels.startOfModel(rest) {
        // Each byte may take three.
        let value = rest[start...].prefix(3 * FormModels.valueLimit)
        let length = value.firstIndex(of: UInt8(ascii: "&")) ?? value.endIndex
        guard length < value.endIndex || value.endIndex == rest.count else {
          isOverfull = true
          break
        }
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: rest[start..<length]), as: UTF8.self)
        note(PercentEncoding.decodeForm(text.utf8[...]), isModel: true)
        notePlace(position + start, length - start)
        position += min(length + 1, rest.count)
        continue
      }
      let place = FormModels.place(
        of: [UInt8(ascii: "&")], in: UnsafeRawBufferPointer(rebasing: body[position..<end]))
      isInPair = place == nil
      position = place.map { position + $0 + 1 } ?? end
    }
    return isOverfull || position >= body.count
  }

  /// - Returns: where its value begins, if the pair has the name of a model.
  private static func startOfModel(_ pair: UnsafeRawBufferPointer) -> Int? {
    let isEnd = { (byte: UInt8) in byte == UInt8(ascii: "=") || byte == UInt8(ascii: "&") }
    // Each letter may take three bytes.
    guard let end = pair.prefix(16).firstIndex(where: isEnd), end >= 5, pair[end] == UInt8(ascii: "=")
    else { return nil }
    let name = String(decoding: UnsafeRawBufferPointer(rebasing: pair[..<end]), as: UTF8.self)
    return PercentEncoding.decodeForm(name.utf8[...]).utf8.elementsEqual("model".utf8) ? end + 1 : nil
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

  private mutating func notePlace(_ start: Int, _ length: Int) {
    guard length > 0, places.count < FormModels.nameLimit else { return arePlacesAll = false }
    places.append(start..<start + length)
  }

  /// Whether no CR and no LF stands alone.
  private static func endsLinesOneWay(_ head: UnsafeRawBufferPointer) -> Bool {
    var previous: UInt8 = 0
    for byte in head {
      guard (byte == 0x0A) == (previous == 0x0D) else { return false }
      previous = byte
    }
    return true
  }

  private static func contains(_ text: String, _ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { place(of: Array(text.utf8), in: $0) != nil }
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
}
