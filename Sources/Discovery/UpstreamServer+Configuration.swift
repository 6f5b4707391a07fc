package import Configuration
internal import Fleet
internal import HTTPFields
internal import OllamaAPI
package import Upstreams

extension UpstreamServer {
  /// A server of which the operator has said this.
  ///
  /// - Parameters:
  ///   - url: where it is.
  ///   - name: what it is called; of several that one entry of the setting stands for each has its own.
  package convenience init(_ entry: OllamaServer, url: String, name: String?, login: UpstreamLogin) {
    self.init(url: url, name: name, limits: UpstreamServerLimits(entry), login: login)
  }
}

extension UpstreamServerLimits {
  /// Those that the operator has set.
  init(_ entry: OllamaServer) {
    self.init()
    tier = entry.tier
    weight = entry.weight
    parallel = entry.parallel
    maxInFlight = entry.maxInflight
    maxLoaded = entry.maxLoaded
    models = FleetModelRules(entry.models)
  }
}

extension FleetModelRules {
  /// The same over canonical names.
  init(_ rules: OllamaServer.ModelRules) {
    self.init(allow: rules.allow.map(\.canonicalRule), deny: rules.deny.map(\.canonicalRule))
  }
}

extension ModelGlob {
  /// Canonical names are small, have a tag, and are without the registry and the folder that Ollama looks in by itself.
  fileprivate var canonicalRule: String {
    if !isPattern, let name = ModelName(text) { return name.canonical }
    var rule = Substring(text.lowercased())
    for folder in ["registry.ollama.ai/", "library/"] where rule.hasPrefix(folder) {
      rule = rule.dropFirst(folder.count)
    }
    return String(rule)
  }
}

extension UpstreamLogin {
  /// What the settings themselves say, without what stands in files.
  init(_ entry: OllamaServer) {
    self.init(fields: FieldSection(entry.headers.map { (name: $0.name, value: $0.value) }))
  }
}
