internal import Access
internal import Configuration
internal import Fleet
internal import HTTPClient
internal import HTTPFields
internal import Upstreams

extension UpstreamServer {
  /// A server of which the operator has said this.
  ///
  /// - Parameters:
  ///   - url: where it is.
  ///   - name: what it is called; of several that one entry of the setting stands for each has its own.
  convenience init(_ entry: OllamaServer, url: String, name: String?, login: UpstreamLogin) {
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
    pins = entry.pin.map(\.canonical)
  }
}

extension FleetModelRules {
  /// The same over canonical names.
  init(_ rules: OllamaServer.ModelRules) {
    self.init(allow: rules.allow.map(\.canonical), deny: rules.deny.map(\.canonical))
  }
}

extension UpstreamLogin {
  /// - Parameter secrets: what the files of the entry hold.
  init(_ entry: OllamaServer, _ secrets: ServerSecrets) {
    var fields = FieldSection(entry.headers.map { (name: $0.name, value: $0.value) })
    if let key = secrets.apiKey { fields.append("Authorization", "Bearer \(key)") }
    var tls: TransferTLS?
    if secrets.authorities != nil || secrets.certificate != nil {
      tls = TransferTLS(
        authorities: secrets.authorities,
        identity: secrets.certificate.flatMap { certificate in secrets.key.map { (certificate, $0) } })
    }
    self.init(fields: fields, tls: tls)
  }
}
