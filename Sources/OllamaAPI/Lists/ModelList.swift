internal import JSON

/// One of Ollama's lists of models, of which several servers' are made one.
public enum ModelList: Sendable, CaseIterable {
  /// `/api/tags`: those that there are.
  case tags
  /// `/api/ps`: those in memory.
  case loaded
  /// `/v1/models`: those that there are, as OpenAI tells of them.
  case openAI

  /// Its path.
  public var path: String {
    switch self {
    case .tags: "/api/tags"
    case .loaded: "/api/ps"
    case .openAI: "/v1/models"
    }
  }

  /// Rows that are read of one server's list, from its beginning.
  public static let maximumRows = 10_000

  /// The member that has the rows.
  private var member: StaticString { self == .openAI ? "data" : "models" }

  /// The rows of a server's response; nil where it is no such list. `null`, which Go writes for none, is none.
  public func rows(in response: UnsafeRawBufferPointer) -> [ModelRow]? {
    var scanner = JSONMemberScanner()
    var list: UnsafeRawBufferPointer?
    do throws(JSONError) {
      while case .member(let found) = try scanner.next(in: response) {
        if member.equals(found.key) { list = found.value }
      }
    } catch {
      return nil
    }
    guard let list else { return nil }
    guard list.first == UInt8(ascii: "[") else { return list.first == UInt8(ascii: "n") ? [] : nil }
    return JSONElements(list).prefix(ModelList.maximumRows).compactMap { ModelRow($0, of: self) }
  }

  /// A list with those of its rows alone whose names are kept; nil where it is no list.
  public func kept(of response: UnsafeRawBufferPointer, where isKept: (_ name: String) -> Bool) -> [UInt8]? {
    rows(in: response).map { rows in document(rows.filter { isKept($0.name) }) }
  }

  /// A row of a list under another name, which is all that differs in it; nil where it is no row.
  public func renamed(_ row: UnsafeRawBufferPointer, to name: String) -> [UInt8]? {
    ModelRow(row, of: self)?.renamed(name, of: self)?.bytes
  }

  /// A list of these rows, as a server would send it.
  func document(_ rows: [ModelRow]) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: rows.reduce(64) { $0 + $1.bytes.count + 1 })
    writer.object { writer in
      if self == .openAI { writer.member("object", "list") }
      writer.key(member)
      writer.array { writer in
        for row in rows { writer.value(json: row.bytes) }
      }
    }
    return writer.take()
  }
}
