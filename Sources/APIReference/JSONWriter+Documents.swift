internal import Handling
internal import JSON

extension JSONWriter {
  /// A member whose name is known at run time only.
  mutating func member(named name: String, _ value: (inout JSONWriter) -> Void) {
    var name = name
    name.withUTF8 { key(utf8: UnsafeRawBufferPointer($0)) }
    value(&self)
  }

  /// A member that refers to one of the document's components.
  mutating func reference(_ name: String, to component: String) {
    member(named: name) { writer in
      writer.object { $0.member("$ref", "#/components/\(component)") }
    }
  }

  /// A Header Object.
  mutating func header(_ name: String, _ summary: String, _ pattern: String?) {
    member(named: name) { writer in
      writer.object { writer in
        writer.member("description", summary)
        writer.key("schema")
        writer.object { writer in
          writer.member("type", "string")
          if let pattern { writer.member("pattern", pattern) }
        }
      }
    }
  }
}
