internal import Bytes

/// The environment variables that are ours: those with our prefix. An empty one counts as not set, as container files and
/// systemd units leave them.
struct GatewayEnvironment {
  /// For `ollama-gateway chat`, which may be called from the same shell.
  static let client = ["OLLAMA_GATEWAY_URL", "OLLAMA_GATEWAY_KEY"]

  private let variables: [String: String]

  init(_ environment: [String: String]) {
    variables = environment.filter { $0.key.hasPrefix(Setting.environmentPrefix) && !$0.value.isEmpty }
  }

  func value(of name: String) -> String? { variables[name] }

  /// A setting's values: a list's are parted by commas.
  func values(of setting: Setting) -> [String]? {
    guard let text = variables[setting.environmentName] else { return nil }
    guard setting.shape == .list else { return [text] }
    return text.split(separator: ",").map { String($0.trimmed(\.isWhitespace)) }.filter { !$0.isEmpty }
  }

  /// A misspelt variable would otherwise be a setting that silently does nothing.
  func refuseUnknown() throws(ConfigurationError) {
    let known = Setting.all.map(\.environmentName) + [Setting.ConfigFile.environmentName]
    for (name, value) in variables.sorted(by: { $0.key < $1.key })
    where !known.contains(name) && !Self.client.contains(name) && !isOfKubernetes(name, value) {
      throw .unknown("environment variable", name, among: known)
    }
  }

  /// Kubernetes gives every container variables for each service of its namespace ("docker links"); a service named
  /// `ollama-gateway` has our prefix.
  private func isOfKubernetes(_ name: String, _ value: String) -> Bool {
    let rest = name.dropFirst(Setting.environmentPrefix.count)
    if rest == "SERVICE_HOST" || rest == "SERVICE_PORT" || rest.hasPrefix("SERVICE_PORT_") { return true }
    if rest == "PORT" { return value.hasPrefix("tcp://") || value.hasPrefix("udp://") }
    let fields = rest.split(separator: "_", omittingEmptySubsequences: false)
    return fields.count >= 3 && fields[0] == "PORT" && fields[1].allSatisfy(\.isNumber)
      && ["TCP", "UDP", "SCTP"].contains(fields[2])
  }
}
