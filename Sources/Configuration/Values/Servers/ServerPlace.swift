internal import Access

/// Where an Ollama server is, or where it is told where servers are.
public enum ServerPlace: Hashable, Sendable {
  /// One server.
  case url(OllamaURL)
  /// `dns:NAME:PORT`: each address of the name is a server, by http.
  case dns(name: String, port: UInt16)
  /// `dns+srv:NAME`: each target of the name's SRV records is a server, by http at its port.
  case dnsService(name: String)
  /// `file:PATH`: a file with a list in the form of the setting. The path begins with `/`, `./` or `../`.
  case file(path: String)

  /// The most bytes of a path, and those of a URL.
  static let longest = 2048

  /// Reads one of the four forms; nil for anything else.
  public init?(_ text: String) {
    guard text.utf8.count <= Self.longest else { return nil }
    if text.hasPrefix("dns+srv:") {
      guard let authority = Authority(String(text.dropFirst(8))), authority.port == nil, !text.hasSuffix(":"),
        case .name(let name) = authority.host
      else { return nil }
      self = .dnsService(name: name)
    } else if text.hasPrefix("dns:") {
      guard let authority = Authority(String(text.dropFirst(4))), let port = authority.port, port > 0,
        case .name(let name) = authority.host
      else { return nil }
      self = .dns(name: name, port: port)
    } else if text.hasPrefix("file:") {
      let path = String(text.dropFirst(5))
      // `file:80` may be meant as a host with a port.
      guard ["/", "./", "../"].contains(where: path.hasPrefix), !path.utf8.contains(0) else { return nil }
      self = .file(path: path)
    } else {
      guard let url = OllamaURL(text) else { return nil }
      self = .url(url)
    }
  }
}

extension ServerPlace: CustomStringConvertible {
  /// The text that reads back as this place.
  public var description: String {
    switch self {
    case .url(let url): url.description
    case .dns(let name, let port): "dns:\(name):\(port)"
    case .dnsService(let name): "dns+srv:\(name)"
    case .file(let path): "file:\(path)"
    }
  }
}
