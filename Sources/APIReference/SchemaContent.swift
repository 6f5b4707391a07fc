internal import Handling
internal import JSON
internal import Schemas

/// What the schema files hold, to be put into documents.
struct SchemaContent {
  private let files: [SchemaFile]

  init(_ files: [SchemaFile]) { self.files = files }

  /// One object of the members that a part has in all files.
  func write(_ part: StaticString, into writer: inout JSONWriter) {
    writer.object { writer in
      for file in files {
        SchemaContent.withPart(part, of: file) { part in writer.members(of: part) }
      }
    }
  }

  /// Calls `body` for each member that a part has in all files.
  func forEachMember(of part: StaticString, _ body: (String, JSONValue) -> Void) {
    for file in files {
      SchemaContent.withPart(part, of: file) { part in
        part.forEachMember { name, member in body(String(decoding: name, as: UTF8.self), member) }
      }
    }
  }

  /// The names of the members that a part has in all files.
  func names(of part: StaticString) -> [String] {
    var names: [String] = []
    forEachMember(of: part) { name, _ in names.append(name) }
    return names
  }

  /// Lends a part of a file, if it has it.
  private static func withPart(_ part: StaticString, of file: SchemaFile, _ body: (JSONValue) -> Void) {
    let reader = JSONReader(maximumBytes: 1 << 20)
    do {
      try file.content.withUnsafeBufferPointer { bytes throws(JSONError) in
        try reader.withDocument(UnsafeRawBufferPointer(bytes)) { root in
          if let part = root[part] { body(part) }
        }
      }
    } catch {
      preconditionFailure("\(file) is not JSON: \(error)")
    }
  }
}
