internal import Bytes
internal import JSON
internal import System

// Values of members of records. `null` is what is not there, where a member may be missing.
extension JSONValue {
  func text(_ member: String, takes: String) throws(RecordError) -> String {
    guard let string else { throw RecordError(member, takes: takes) }
    return string
  }

  func flag(_ member: String) throws(RecordError) -> Bool {
    if isNull { return false }
    guard let bool else { throw RecordError(member, takes: "true or false") }
    return bool
  }

  func whole(_ member: String, in range: ClosedRange<Int>) throws(RecordError) -> Int {
    guard let int, range.contains(int) else {
      throw RecordError(member, takes: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return int
  }

  func time(_ member: String) throws(RecordError) -> Timestamp {
    let takes = "a time such as 2026-12-31T23:59:59Z (RFC 3339)"
    guard let time = Timestamp(iso8601: try text(member, takes: takes)) else {
      throw RecordError(member, takes: takes)
    }
    return time
  }

  /// The elements of a list of texts, `limit` at most.
  func texts(_ member: String, limit: Int, takes: String) throws(RecordError) -> [String] {
    guard kind == .array, count <= limit else { throw RecordError(member, takes: takes) }
    var texts: [String] = []
    try forEachElement { (element) throws(RecordError) in texts.append(try element.text(member, takes: takes))
    }
    return texts
  }

  /// `nil` for `null`: all models.
  func modelRules(_ member: String) throws(RecordError) -> ModelRules? {
    if isNull { return nil }
    guard
      let rules = ModelRules(try texts(member, limit: ModelRules.limit, takes: ModelRules.takes))
    else { throw RecordError(member, takes: ModelRules.takes) }
    return rules
  }

  /// Calls `body` for each member of an object; a name that is no text of ASCII is passed on as it is.
  func members(
    _ what: String, _ body: (_ name: String, _ value: JSONValue) throws(RecordError) -> Void
  ) throws(RecordError) {
    guard kind == .object else { throw RecordError(what, takes: "an object") }
    try forEachMember { (name, value) throws(RecordError) in
      try body(String(decoding: name.prefix(RecordForm.longestName), as: UTF8.self), value)
    }
  }
}

/// What records look like.
enum RecordForm {
  /// Bytes of a member's name that are looked at: no member's is longer.
  static let longestName = 80

  /// What people call a key.
  static let nameTakes = "a name of 1-100 bytes without control characters"

  static func isName(_ text: String) -> Bool { (1...100).contains(text.utf8.count) && isPrintable(text) }

  static func isPrintable(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
}
