/// The servers of a file: in the setting `ollama`, and in what `file:PATH` names.
extension OllamaServer {
  /// The most entries, which is as many servers as the scheduler takes.
  static let limit = 128

  static let form = ValueForm<OllamaServer>(
    takes: "\(placeForm.takes), before it NAME= or not, where NAME is 1-63 of a-z 0-9 - but not all",
    read: { OllamaServer($0) }, write: \.description)

  /// Reads one server (a text or a map) or a list of these.
  ///
  /// - Parameter allowsFiles: false within a file that `file:PATH` names.
  static func list(
    _ node: YAMLNode, at place: FilePlace, allowsFiles: Bool = true
  ) throws(ConfigurationError) -> [OllamaServer] {
    let items = if case .list(let items) = node.content { items } else { [node] }
    guard (1...limit).contains(items.count) else {
      throw .badValue("\(items.count) servers", at: place.origin, takes: "1 to \(limit) servers")
    }
    var servers: [OllamaServer] = []
    for item in items {
      let server = try OllamaServer(item, at: place.at(item.line))
      if case .file = server.place, !allowsFiles {
        throw .misplaced(place.at(item.line).origin, "is in a file of servers, which names no other file")
      }
      if let problem = server.conflict(with: servers) {
        throw .misplaced(place.at(item.line).origin, problem)
      }
      servers.append(server)
    }
    return servers
  }

  /// What a list takes in which it cannot stand beside others; nil: it can.
  func takes(beside others: [OllamaServer]) -> String? {
    if let name, others.contains(where: { $0.name == name }) {
      return "each name once, and \(name) is another server's"
    }
    if others.contains(where: { $0.place == place }) {
      return "each address once, and \(place) is there already"
    }
    return nil
  }

  /// Why it cannot stand beside others: a name or a place is theirs already.
  func conflict(with others: [OllamaServer]) -> String? {
    if let name, others.contains(where: { $0.name == name }) { return "has two servers named \(name)" }
    if others.contains(where: { $0.place == place }) { return "has \("\(place)".quotedForMessage) twice" }
    return nil
  }

  private init(_ node: YAMLNode, at place: FilePlace) throws(ConfigurationError) {
    switch node.content {
    case .list: throw .wrongKind("a list of lists", at: place.origin, takes: "a list of addresses and maps")
    case .scalar: self = try place.value(of: node, Self.form)
    case .mapping(let pairs): try self.init(pairs, at: place)
    }
  }

  private init(_ pairs: [(key: YAMLNode, value: YAMLNode)], at place: FilePlace) throws(ConfigurationError) {
    let members = try place.members(of: pairs, among: ["url"] + Self.members.map(\.key))
    guard let url = members.first(where: { $0.name == "url" }) else {
      throw .misplaced(place.origin, "has a server without url")
    }
    self.init(try place.member("url", line: url.key.line).value(of: url.value, Self.placeForm))
    for member in Self.members {
      guard let given = members.first(where: { $0.name == member.key }) else { continue }
      let there = place.member(member.key, line: given.key.line)
      if let problem = self.place.problem(with: member.key) { throw .misplaced(there.origin, problem) }
      try member.read(given.value, there, &self)
    }
    guard (clientCert == nil) == (clientKey == nil) else {
      throw .misplaced(place.origin, "has client_cert or client_key alone: takes both or none")
    }
    if apiKeyFile != nil, headers.contains(where: { $0.canonicalName == "authorization" }) {
      throw .misplaced(place.origin, "has api_key_file and a header Authorization: takes one of them")
    }
  }
}

extension ServerPlace {
  private static let ofTLS: Set<String> = ["ca_file", "client_cert", "client_key"]

  /// Why a key says nothing of a server that is found so; nil: it does.
  fileprivate func problem(with key: String) -> String? {
    if case .file = self { return "says nothing of file:PATH: takes it in that file, for each server" }
    let isTLS = if case .url(let url) = self { url.scheme == .https } else { false }
    return Self.ofTLS.contains(key) && !isTLS
      ? "is of TLS alone: takes it where url begins with https://" : nil
  }
}

/// The file of a `file:PATH`.
public enum ServerFile {
  /// Reads its servers: a list in the form of the setting `ollama`. Blocks.
  ///
  /// - Throws: a line that says where what is wrong stands.
  public static func read(_ path: String) throws(ConfigurationError) -> [OllamaServer] {
    let text: String
    do {
      text = try BoundedFile.read(path, limit: ConfigurationFile.limit, isRegular: true)
    } catch {
      throw .file(path, error.problem)
    }
    return try servers(of: text, path: path)
  }

  static func servers(of text: String, path: String) throws(ConfigurationError) -> [OllamaServer] {
    let root: YAMLNode?
    do {
      root = try YAMLComposer.root(of: text)
    } catch {
      throw error.configurationError(path: path)
    }
    guard let root, case .list = root.content else {
      throw .file(path, line: root?.line, "takes a list of servers, such as \"- http://gpu1:11434\"")
    }
    return try OllamaServer.list(
      root, at: FilePlace(path: path, key: "servers", line: root.line), allowsFiles: false)
  }
}
