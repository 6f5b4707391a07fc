internal import Bytes
internal import Handling
internal import HTTPFields

/// The names that the `Connection` fields of a message list: these fields are for the next hop alone (RFC 9110 section
/// 7.6.1). There may be several fields of the name, and their lists are one. With none, as almost always, nothing is
/// allocated.
struct ConnectionOptions {
  /// In lower case. A set, as both the names and the fields that are looked for are a peer's.
  private var names: Set<String> = []

  init(_ fields: FieldSection) {
    fields.withEachField { field in
      guard field.isNamed("connection"), !field.isValue("keep-alive"), !field.isValue("close") else { return }
      let list = String(decoding: field.value, as: UTF8.self).lowercased()
      for name in list.utf8.split(whereSeparator: { $0 == UInt8(ascii: ",") || ASCII.isBlank($0) }) {
        names.insert(String(Substring(name)))
      }
    }
  }

  func contains(_ field: FieldSection.Field) -> Bool {
    !names.isEmpty && names.contains(String(decoding: field.name, as: UTF8.self).lowercased())
  }
}
