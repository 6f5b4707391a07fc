public import Access
internal import System

/// Where an Ollama server is reached: the base to which API paths are appended.
public struct OllamaURL: Hashable, Sendable {
  /// How to reach it.
  public enum Scheme: String, Sendable {
    case http, https
  }

  /// Plain or TLS.
  public let scheme: Scheme
  /// The host, canonical.
  public let host: Authority.Host
  /// The port, 1-65535.
  public let port: UInt16
  /// Empty, or a path that starts with `/` and does not end with one: a server behind a proxy's prefix.
  public let path: String

  /// The port of an Ollama that nobody has told another.
  public static let standardPort: UInt16 = 11434

  /// Where a local Ollama listens.
  public static let standard = OllamaURL(
    scheme: .http, host: .address(.v4(0x7F00_0001)), port: standardPort, path: "")

  /// A URL from its parts. An unspecified address (0.0.0.0, ::) is what a server is told to listen on; a client means
  /// this machine by it, and gets the loopback address.
  init(scheme: Scheme, host: Authority.Host, port: UInt16, path: String) {
    self.scheme = scheme
    switch host {
    case .address(.v4(0)): self.host = .address(.v4(0x7F00_0001))
    case .address(.v6(0, 0)): self.host = .address(.v6(0, 1))
    default: self.host = host
    }
    self.port = port
    self.path = path
  }
}

extension OllamaURL: CustomStringConvertible {
  /// `http://127.0.0.1:11434`: always with the port, never with a slash at the end.
  public var description: String { "\(scheme.rawValue)://\(Authority(host: host, port: port))\(path)" }
}
