internal import Access
internal import Handling
internal import JSON
internal import OllamaAPI

extension RequestFailure {
  /// A member of a body that does not take its value.
  init(_ error: RecordError, _ value: JSONKind? = nil) {
    let got = value.map { ", and got \($0)" } ?? ""
    self.init(
      422, "“\(error.member.shortened)” takes \(error.takes)\(got).", field: error.member.shortened)
  }

  /// A member that a body must have.
  static func missing(_ name: String, _ takes: String) -> RequestFailure {
    RequestFailure(
      422, "“\(name)” is missing; it takes \(takes).", field: name, fault: FieldFault(.missing))
  }

  /// A member that a body has and that means nothing: a misspelt limit would be none.
  static func unknown(_ name: UnsafeRawBufferPointer, _ known: [String]) -> RequestFailure {
    let name = String(decoding: name, as: UTF8.self).shortened
    return RequestFailure(
      422, "“\(name)” is no field here; there is \(known.joined(separator: ", ")).", field: name)
  }

  /// A body that is no object.
  static func noObject(_ kind: JSONKind) -> RequestFailure {
    RequestFailure(422, "The body takes a JSON object, and got \(kind).", fault: FieldFault(.type))
  }
}

extension String {
  /// The beginning of a name that a client has chosen.
  fileprivate var shortened: String {
    utf8.count <= 100 ? self : String(decoding: utf8.prefix(100), as: UTF8.self) + "…"
  }
}
