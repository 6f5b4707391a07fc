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
    guard value.count <= 6 * ModelName.maximumBytes, let name = Self.string(value) else {
      throw .invalid(field: "model", expected: "the name of a model")
    }
    model = String(decoding: name, as: UTF8.self)
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
    guard value.first == UInt8(ascii: "\"") else { return nil }
    return JSONString.unescaped(UnsafeRawBufferPointer(rebasing: value[1..<value.count - 1]))
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
      guard key.count <= 60 else { return nil }
      // Almost every key is plain ASCII, and then nothing is allocated.
      if key.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\\") }) {
        self.init { name in
          key.count == name.utf8CodeUnitCount
            && key.indices.allSatisfy { RequestProbe.lowercase(key[$0]) == name.utf8Start[$0] }
        }
      } else {
        let folded = RequestProbe.folded(JSONString.unescaped(key))
        self.init { name in
          folded.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        }
      }
    }

    private init?(_ isName: (StaticString) -> Bool) {
      if isName("model") {
        self = .model
      } else if isName("stream") {
        self = .stream
      } else if isName("keep_alive") {
        self = .keepAlive
      } else {
        return nil
      }
    }
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }

  /// Unicode's simple folding as far as it leads to ASCII letters: their own case, the Kelvin sign (U+212A) to k
  /// and the long s (U+017F) to s.
  private static func folded(_ key: [UInt8]) -> [UInt8] {
    var folded: [UInt8] = []
    folded.reserveCapacity(key.count)
    for scalar in String(decoding: key, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "A"..."Z": folded.append(UInt8(scalar.value) + 0x20)
      case "\u{212A}": folded.append(UInt8(ascii: "k"))
      case "\u{17F}": folded.append(UInt8(ascii: "s"))
      default: folded.append(contentsOf: Array(String(scalar).utf8))
      }
    }
    return folded
  }
}
