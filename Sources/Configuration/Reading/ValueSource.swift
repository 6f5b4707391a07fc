/// Where an effective value came from.
public enum ValueSource: Hashable, Sendable {
  /// The command line.
  case flag(String)
  /// An environment variable of ours.
  case environment(String)
  /// The configuration that the service manager handed over: see ``ConfigurationCredential``.
  case credential(key: String)
  /// The configuration file.
  case file(path: String, key: String)
  /// The environment variable that Ollama's own clients read.
  case ollamaHost
  /// Nobody said anything, and the default is more than so many open files are enough for.
  case openFilesLimit(Int)
  /// Nobody said anything.
  case standard
}

extension ValueSource: CustomStringConvertible {
  /// As `check` prints it.
  public var description: String {
    switch self {
    case .flag(let name): "flag \(name)"
    case .environment(let name): "environment \(name)"
    case .credential(let key): "credential \(ConfigurationCredential.name): \(key)"
    case .file(let path, let key): "file \(path): \(key)"
    case .ollamaHost: "environment OLLAMA_HOST"
    case .openFilesLimit(let limit): "default, cut to the open-files limit \(limit)"
    case .standard: "default"
    }
  }
}
