/// Header fields in the order of the wire, looked up without regard to case.
public struct TestHeaders: Sendable, Equatable {
  public struct Field: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public var fields: [Field]

  public init(_ fields: [Field] = []) { self.fields = fields }

  /// The first value of `name`, or nil.
  public subscript(name: String) -> String? { values(of: name).first }

  /// All values of `name`, in order.
  public func values(of name: String) -> [String] {
    let name = name.lowercased()
    return fields.filter { $0.name.lowercased() == name }.map(\.value)
  }

  public func contains(_ name: String) -> Bool { self[name] != nil }

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
