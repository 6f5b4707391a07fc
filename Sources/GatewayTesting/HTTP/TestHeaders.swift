/// Header fields in the order of the wire, looked up without regard to case.
public struct TestHeaders: Sendable, Equatable {
  /// A name and its value.
  public struct Field: Sendable, Equatable {
    /// As it was sent.
    public var name: String
    /// Without the white space around it.
    public var value: String

    /// A field of this name and value.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// All fields, in order.
  public var fields: [Field]

  /// A section of these fields.
  public init(_ fields: [Field] = []) { self.fields = fields }

  /// The first value of `name`, or nil.
  public subscript(name: String) -> String? { values(of: name).first }

  /// All values of `name`, in order.
  public func values(of name: String) -> [String] {
    let name = name.lowercased()
    return fields.filter { $0.name.lowercased() == name }.map(\.value)
  }

  /// Whether there is a field of this name, in any case of its letters.
  public func contains(_ name: String) -> Bool { self[name] != nil }

  /// Puts a field behind the others.
  public mutating func add(_ name: String, _ value: String) {
    fields.append(Field(name: name, value: value))
  }

  /// The names as they were sent, in order.
  public var names: [String] { fields.map(\.name) }

  /// Whether a comma-separated field has `token` among its values.
  func list(_ name: String, has token: String) -> Bool {
    values(of: name).contains { value in
      value.split(separator: ",").contains { trimmed($0) == token.lowercased() }
    }
  }

  private func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text.lowercased()
  }
}

extension TestHeaders: ExpressibleByDictionaryLiteral {
  /// Order and repeated names are kept: `["Set-Cookie": "a", "Set-Cookie": "b"]`.
  public init(dictionaryLiteral elements: (String, String)...) {
    fields = elements.map { Field(name: $0.0, value: $0.1) }
  }
}

extension TestHeaders: CustomStringConvertible {
  /// The fields as on the wire.
  public var description: String {
    fields.map { "\($0.name): \($0.value)\r\n" }.joined()
  }
}
