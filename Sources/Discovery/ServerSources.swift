internal import Configuration

/// What the setting says, with the files read that it names. Read again at a reload.
struct ServerSources: Sendable {
  enum Part: Sendable {
    case entry(ServerEntry)
    /// The entries of ``files``.
    case file(path: String)
  }

  /// In the operator's order.
  var parts: [Part] = []
  /// The files with servers, and which version of each was read.
  var files: [String: (entries: [ServerEntry], stamp: FileStamp?)] = [:]

  init() {}

  /// Reads the files. Blocks.
  ///
  /// - Throws: for the first that cannot be used.
  init(reading servers: [OllamaServer]) throws(ConfigurationError) {
    for server in servers {
      guard case .file(let path) = server.place else {
        parts.append(.entry(try ServerEntry(reading: server)))
        continue
      }
      parts.append(.file(path: path))
      let stamp = FileStamp(path)
      files[path] = (try Self.entries(of: path), stamp)
    }
  }

  /// Reads a file with servers, and what their files hold. Blocks.
  static func entries(of path: String) throws(ConfigurationError) -> [ServerEntry] {
    var entries: [ServerEntry] = []
    for server in try ServerFile.read(path) { entries.append(try ServerEntry(reading: server)) }
    return entries
  }
}
