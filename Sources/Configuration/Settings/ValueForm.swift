internal import Access
internal import Bytes

/// How one value is written: read it, write it, and say what it takes.
struct ValueForm<Value: Sendable>: Sendable {
  /// Continues "takes …": the forms, an example, the bounds.
  let takes: String
  /// Nil when the text is no such value or out of bounds.
  let read: @Sendable (String) -> Value?
  /// The text that reads back as the value.
  let write: @Sendable (Value) -> String
  /// What may be shown of a text that is no such value.
  var shown: @Sendable (String) -> String = { $0 }
}

extension ValueForm where Value == Int {
  /// A decimal whole number.
  static func integer(_ bounds: ClosedRange<Int>) -> ValueForm {
    ValueForm(
      takes: "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)",
      read: { text in text.utf8.decimal.flatMap { bounds.contains($0) ? $0 : nil } },
      write: { "\($0)" })
  }

  /// A number of bytes: `65536`, `64KiB`, `64MB`.
  static func size(_ bounds: ClosedRange<Int>) -> ValueForm {
    ValueForm(
      takes: "a size such as 65536, 64KiB, 64MiB, 64MB or 1GiB, "
        + "from \(ByteSize.text(bounds.lowerBound)) to \(ByteSize.text(bounds.upperBound))",
      read: { text in ByteSize.bytes(text).flatMap { bounds.contains($0) ? $0 : nil } },
      write: ByteSize.text)
  }
}

extension ValueForm where Value == Duration {
  /// A span of time: `250ms`, `5s`, `10m`, `24h`; a plain number is seconds.
  static func duration(_ bounds: ClosedRange<Duration>) -> ValueForm {
    ValueForm(
      takes: "a duration such as 250ms, 5s, 10m or 24h (a plain number is seconds), "
        + "from \(TimeSpan.text(bounds.lowerBound)) to \(TimeSpan.text(bounds.upperBound))",
      read: { text in TimeSpan.duration(text).flatMap { bounds.contains($0) ? $0 : nil } },
      write: TimeSpan.text)
  }
}

extension ValueForm where Value == Duration? {
  /// A span of time, or `off` for none.
  static func durationOrOff(_ bounds: ClosedRange<Duration>) -> ValueForm {
    let form = ValueForm<Duration>.duration(bounds)
    return ValueForm(
      takes: form.takes + ", or off",
      // Of two optionals the outer one says whether it is a value.
      read: { text in text.lowercased() == "off" ? .some(nil) : form.read(text).map { .some($0) } },
      write: { $0.map(form.write) ?? "off" })
  }
}

extension ValueForm where Value == Int? {
  /// A decimal whole number, or `off` for none.
  static func integerOrOff(_ bounds: ClosedRange<Int>) -> ValueForm {
    let form = ValueForm<Int>.integer(bounds)
    return ValueForm(
      takes: form.takes + ", or off",
      read: { text in text.lowercased() == "off" ? .some(nil) : form.read(text).map { .some($0) } },
      write: { $0.map(form.write) ?? "off" })
  }
}

extension ValueForm where Value == String? {
  /// The path of a file, or `off` for none.
  static var path: ValueForm {
    ValueForm(
      takes: "the path of a file of at most 4096 bytes, or off",
      read: { text in
        if text.lowercased() == "off" { return .some(nil) }
        guard !text.isEmpty, text.utf8.count <= 4096, !text.utf8.contains(0) else { return nil }
        return .some(text)
      },
      write: { $0 ?? "off" })
  }
}

extension ValueForm where Value == Bool {
  /// Yes or no.
  static var toggle: ValueForm {
    ValueForm(
      takes: "true or false",
      read: { text in
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
      },
      write: { $0 ? "true" : "false" })
  }
}

extension ValueForm where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of a few words.
  static var word: ValueForm {
    ValueForm(
      takes: "one of " + Value.allCases.map(\.rawValue).joined(separator: ", "),
      read: { Value(rawValue: $0.lowercased()) },
      write: \.rawValue)
  }
}

extension ValueForm where Value: LosslessText {
  /// A type that reads and writes itself.
  static func text(takes: String, shown: @escaping @Sendable (String) -> String = { $0 }) -> ValueForm {
    ValueForm(takes: takes, read: { Value($0) }, write: \.description, shown: shown)
  }
}

extension ValueForm where Value == String {
  /// The name of a model as Ollama takes it: `[HOST/][NAMESPACE/]MODEL[:TAG]`.
  static var model: ValueForm {
    ValueForm(
      takes: "a model's name such as tinyllama:latest, 1-255 of A-Z a-z 0-9 . _ - : / @",
      read: { text in
        guard text.utf8.allSatisfy(ModelGlob.isOfName), (1...255).contains(text.utf8.count), text.first != "-"
        else {
          return nil
        }
        return text
      },
      write: { $0 })
  }

  /// The path of a file.
  static var path: ValueForm {
    ValueForm(
      takes: "a path of 1-4095 bytes",
      read: { text in (1...4095).contains(text.utf8.count) && !text.utf8.contains(0) ? text : nil },
      write: { $0 })
  }
}

extension ValueForm {
  /// The same for a value that may be missing, but not where it is read.
  static func optional<Wrapped: Sendable>(_ form: ValueForm<Wrapped>) -> ValueForm<Wrapped?>
  where Value == Wrapped? {
    ValueForm<Wrapped?>(
      takes: form.takes,
      // Of two optionals the outer one says whether it is a value.
      read: { text in form.read(text).map { .some($0) } },
      write: { $0.map(form.write) ?? "" })
  }
}
