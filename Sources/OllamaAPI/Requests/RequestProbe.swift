import JSON

/// What Ollama will see in the body of a relayed request, as far as the gateway must know it.
///
/// Ollama is written in Go, whose decoder takes keys in any case and by Unicode's simple folding (`ſtream` is
/// `stream`), and of several the last. So does this: a request must not mean one thing here and another there.
/// It takes constant memory, whatever the body.
public struct RequestProbe: Equatable, Sendable {
  /// As it was written, without a tag made up; `nil` when it is absent.
  public private(set) var model: String?

  /// `nil` when it is absent: Ollama's own paths stream then, `/v1` does not.
  public private(set) var stream: Bool?

  /// `nil` when it is absent: Ollama's default.
  public private(set) var keepAlive: KeepAlive?

  /// Whether the request unloads its model.
  public var keepAliveIsZero: Bool { keepAlive == .zero }

  /// - Throws: when the body is no JSON object, or one of the fields is nothing that Ollama would take.
  public init(_ body: UnsafeRawBufferPointer) throws(RequestProbeError) {
    var scanner = JSONMemberScanner(body)
    while let member = try Self.next(&scanner) {
      switch Field(foldedKey: member.key) {
      case .model: try readModel(member.value)
      case .stream: try readStream(member.value)
      case .keepAlive: try readKeepAlive(member.value)
      case nil: break
      }
    }
  }

  private static func next(
    _ scanner: inout JSONMemberScanner
  ) throws(RequestProbeError) -> JSONMemberScanner.Member? {
    do {
      return try scanner.next()
    } catch {
      throw .malformed(error)
    }
  }
}

// MARK: - Fields

extension RequestProbe {
  /// `null` leaves a Go string as it is.
  private mutating func readModel(_ value: UnsafeRawBufferPointer) throws(RequestProbeError) {
    if Self.isNull(value) { return }
    // An escape takes six bytes for one at the most.
    guard value.count <= 6 * ModelName.maximumBytes, let name = Self.content(value) else {
      throw .invalid(field: "model", expected: "the name of a model")
    }
    let isEscaped = name.contains(UInt8(ascii: "\\"))
    model =
      isEscaped
      ? String(decoding: JSONString.unescaped(name), as: UTF8.self) : String(decoding: name, as: UTF8.self)
  }

  /// `null` unsets a Go pointer.
  private mutating func readStream(_ value: UnsafeRawBufferPointer) throws(RequestProbeError) {
    switch value.first {
    case UInt8(ascii: "t"): stream = true
    case UInt8(ascii: "f"): stream = false
    case UInt8(ascii: "n"): stream = nil
    default: throw .invalid(field: "stream", expected: "true or false")
    }
  }

  private mutating func readKeepAlive(_ value: UnsafeRawBufferPointer) throws(RequestProbeError) {
    if Self.isNull(value) {
      keepAlive = nil
    } else if let text = Self.string(value), let duration = KeepAlive(duration: text) {
      keepAlive = duration
    } else if let seconds = Self.number(value) {
      keepAlive = KeepAlive(seconds: seconds)
    } else {
      throw .invalid(field: "keep_alive", expected: "a number of seconds, or a duration such as \"5m\"")
    }
  }

  private static func isNull(_ value: UnsafeRawBufferPointer) -> Bool {
    value.first == UInt8(ascii: "n")
  }

  private static func string(_ value: UnsafeRawBufferPointer) -> [UInt8]? {
    content(value).map { JSONString.unescaped($0) }
  }

  /// What stands between a string's quotes.
  private static func content(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard value.first == UInt8(ascii: "\"") else { return nil }
    return UnsafeRawBufferPointer(rebasing: value[1..<value.count - 1])
  }

  /// Go refuses a number that no double holds.
  private static func number(_ value: UnsafeRawBufferPointer) -> Double? {
    guard value.count <= 400, let number = Double(String(decoding: value, as: UTF8.self)), number.isFinite
    else {
      return nil
    }
    return number
  }
}

// MARK: - Keys

extension RequestProbe {
  private enum Field {
    case model, stream, keepAlive

    /// - Parameter foldedKey: the key as it stands in the document, in any spelling that Go takes for the field's.
    init?(foldedKey key: UnsafeRawBufferPointer) {
      // Ten letters are the longest, and six bytes the longest way to write one.
      guard key.count >= 5, key.count <= 60 else { return nil }
      let isPlain = key.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "\\") }
      let field = isPlain ? Self.field(ofLetters: key) : Self.field(ofLetters: RequestProbe.folded(key))
      guard let field else { return nil }
      self = field
    }

    /// ASCII letters in any case.
    private static func field(ofLetters key: some Collection<UInt8>) -> Field? {
      func isSpelled(_ name: StaticString) -> Bool {
        guard key.count == name.utf8CodeUnitCount else { return false }
        return zip(key, UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)).allSatisfy
        {
          $0 == $1 || ($0 &+ 0x20 == $1 && $1 != UInt8(ascii: "_"))
        }
      }
      if isSpelled("model") { return .model }
      if isSpelled("stream") { return .stream }
      return isSpelled("keep_alive") ? .keepAlive : nil
    }
  }

  /// Unicode's simple folding as far as it leads to ASCII letters from elsewhere: the Kelvin sign (U+212A) to k and
  /// the long s (U+017F) to s.
  private static func folded(_ rawKey: UnsafeRawBufferPointer) -> [UInt8] {
    var folded: [UInt8] = []
    for scalar in String(decoding: JSONString.unescaped(rawKey), as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\u{212A}": folded.append(UInt8(ascii: "k"))
      case "\u{17F}": folded.append(UInt8(ascii: "s"))
      default: folded.append(contentsOf: Array(String(scalar).utf8))
      }
    }
    return folded
  }
}
