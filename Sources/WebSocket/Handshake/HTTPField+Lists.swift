internal import Bytes
internal import HTTPFields

extension [HTTPField] {
  /// The values of all fields of this name, without the white space around them; `name` in lower case.
  func values(_ name: StaticString) -> [Substring] {
    filter { $0.name.isFieldName(name) }.map { Substring($0.value).withoutBlanks }
  }

  /// The elements of a list that may be spread over several fields: RFC 9110 section 5.6.1.
  func elements(_ name: StaticString) -> [Substring] {
    values(name).flatMap { $0.split(separator: ",") }.map(\.withoutBlanks).filter { !$0.isEmpty }
  }

  /// Whether a list has this token, in any case; both names in lower case.
  func lists(_ token: StaticString, in name: StaticString) -> Bool {
    elements(name).contains { String($0).isFieldName(token) }
  }
}
