internal import Access
internal import Bytes

/// What a map of the file may say of a server.
extension OllamaServer {
  /// One key of the map.
  struct Member: Sendable {
    let key: String
    /// Reads its value. Throws a line that says where it stands.
    let read: @Sendable (YAMLNode, FilePlace, inout OllamaServer) throws(ConfigurationError) -> Void
  }

  /// All keys but `url`, without which there is no server.
  static let members: [Member] = [
    value("name", \.name, .optional(nameForm)),
    value("parallel", \.parallel, parallelForm),
    value("weight", \.weight, weightForm),
    value("tier", \.tier, .integer(0...100)),
    Member(key: "models") { node, place, server throws(ConfigurationError) in
      server.models = try ModelRules(node, at: place)
    },
    Member(key: "headers") { node, place, server throws(ConfigurationError) in
      server.headers = try OllamaServer.headers(node, at: place)
    },
    value("api_key_file", \.apiKeyFile, .optional(.path)), value("ca_file", \.caFile, .optional(.path)),
    value("client_cert", \.clientCert, .optional(.path)), value("client_key", \.clientKey, .optional(.path)),
    value("max_loaded", \.maxLoaded, .optional(.integer(1...1000))),
    value("max_inflight", \.maxInflight, .optional(.integer(1...100_000))),
    Member(key: "pin") { node, place, server throws(ConfigurationError) in
      server.pin = try place.values(of: node, pinForm, limit: pinLimit)
    },
  ]

  private static func value<Value: Sendable>(
    _ key: String, _ path: any WritableKeyPath<OllamaServer, Value> & Sendable, _ form: ValueForm<Value>
  ) -> Member {
    Member(key: key) { node, place, server throws(ConfigurationError) in
      server[keyPath: path] = try place.value(of: node, form)
    }
  }

  private static let nameForm = ValueForm<ServerName>(
    takes: "a name of 1-63 of a-z 0-9 -, but not all", read: { ServerName($0) }, write: \.text)

  static let placeForm = ValueForm<ServerPlace>(
    takes:
      "an address such as \(OllamaURL.standard), https://HOST/PREFIX or HOST:PORT, or dns:NAME:PORT, dns+srv:NAME or file:PATH with a PATH that begins with /, ./ or ../",
    read: { ServerPlace($0) }, write: \.description)

  private static let pinForm = ValueForm<ModelGlob>(
    takes: "models' names such as llama3.1:8b, 1-255 of A-Z a-z 0-9 . _ - : / @",
    read: { ModelGlob($0).flatMap { $0.isPattern ? nil : $0 } }, write: \.text)

  private static let parallelForm = ValueForm<Int?>(
    takes: "auto or a whole number from 1 to 1024",
    read: { text in
      if text.utf8.elementsEqual("auto".utf8) { return .some(nil) }
      return ValueForm<Int>.integer(1...1024).read(text).map { .some($0) }
    },
    write: { $0.map { "\($0)" } ?? "auto" })

  /// A decimal of at most two places, so that it is written as it was read.
  static let weightForm = ValueForm<Double>(
    takes: "a number from 0.01 to 100 with at most two decimals",
    read: { text in
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count <= 2, let whole = parts.first?.utf8.decimal, whole <= 100 else { return nil }
      var hundredths = whole * 100
      if parts.count == 2 {
        guard (1...2).contains(parts[1].utf8.count), let rest = parts[1].utf8.decimal else { return nil }
        hundredths += parts[1].utf8.count == 1 ? rest * 10 : rest
      }
      return (1...10_000).contains(hundredths) ? Double(hundredths) / 100 : nil
    },
    write: { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" })

  private static func headers(_ node: YAMLNode, at place: FilePlace) throws(ConfigurationError)
    -> [ServerHeader]
  {
    let takes =
      "a map of at most 32 fields to their values, each 1-4096 bytes of ASCII, none of them the gateway's own"
    guard case .mapping(let pairs) = node.content else {
      throw .wrongKind(node.kind, at: place.origin, takes: takes)
    }
    guard pairs.count <= 32 else { throw .badValue("\(pairs.count) fields", at: place.origin, takes: takes) }
    var headers: [ServerHeader] = []
    for (key, value) in pairs {
      let field = place.at(key.line)
      guard let name = key.scalar?.text, let text = value.scalar, !text.isNull,
        let header = ServerHeader(name: name, value: text.text)
      else {
        // The value may be a secret.
        throw .badValue(key.scalar?.text ?? key.kind, at: field.origin, takes: takes)
      }
      guard !headers.contains(where: { $0.canonicalName.utf8.elementsEqual(header.canonicalName.utf8) })
      else {
        throw .badValue(name, at: field.origin, takes: "each field once")
      }
      headers.append(header)
    }
    return headers
  }
}

extension OllamaServer.ModelRules {
  private static let limit = 256

  fileprivate init(_ node: YAMLNode, at place: FilePlace) throws(ConfigurationError) {
    self.init()
    guard case .mapping(let pairs) = node.content else {
      throw .wrongKind(
        node.kind, at: place.origin, takes: "a map of allow, deny or both, each a list of names with *")
    }
    for (name, key, value) in try place.members(of: pairs, among: ["allow", "deny"]) {
      let globs = try Self.globs(value, at: place.member(name, line: key.line))
      if name.utf8.elementsEqual("allow".utf8) { allow = globs } else { deny = globs }
    }
  }

  private static func globs(_ node: YAMLNode, at place: FilePlace) throws(ConfigurationError) -> [ModelGlob] {
    let form = ValueForm<ModelGlob>(
      takes: "models' names such as llama3.1:8b or \"qwen*\", 1-255 of A-Z a-z 0-9 . _ - : / @ *",
      read: { ModelGlob($0) },
      write: \.text)
    return try place.values(of: node, form, limit: limit)
  }
}

extension FilePlace {
  /// A list of at most `limit` names, or one of them.
  fileprivate func values(
    of node: YAMLNode, _ form: ValueForm<ModelGlob>, limit: Int
  ) throws(ConfigurationError) -> [ModelGlob] {
    guard case .list(let items) = node.content else { return [try value(of: node, form)] }
    guard (1...limit).contains(items.count) else {
      throw .badValue("\(items.count) names", at: origin, takes: "1 to \(limit) names")
    }
    var globs: [ModelGlob] = []
    for item in items { globs.append(try at(item.line).value(of: item, form)) }
    return globs
  }
}
