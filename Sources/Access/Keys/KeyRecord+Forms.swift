package import JSON

// What members of records look like, for those who read them from elsewhere than documents.
extension KeyRecord {
  /// Continues "takes …".
  package static let labelsTake =
    "an object of at most \(labelLimit) texts of at most 256 bytes, under keys of 1-64 bytes"

  /// Whether it may be a label.
  package static func isLabel(_ name: String, _ text: String) -> Bool {
    (1...64).contains(name.utf8.count) && text.utf8.count <= 256 && RecordForm.isPrintable(name)
      && RecordForm.isPrintable(text)
  }

  /// Continues "takes …".
  package static let nameTakes = RecordForm.nameTakes

  /// Whether a key may be called so.
  package static func isName(_ text: String) -> Bool { RecordForm.isName(text) }
}

extension ModelRules {
  /// Continues "takes …".
  package static let textsTake = takes

  /// Reads the member `models` of a document; nil for `null`.
  package init?(member value: JSONValue) throws(RecordError) {
    guard let rules = try value.modelRules("models") else { return nil }
    self = rules
  }
}
