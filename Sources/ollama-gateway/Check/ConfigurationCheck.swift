import Configuration
import Discovery
import Handling
import OllamaAPI
import System
import Upstreams

/// Tries out a configuration before the gateway is started with it: `ollama-gateway check`. Blocks; binds the listening
/// addresses and lets go of them.
struct ConfigurationCheck: Sendable {
  private let effective: EffectiveConfiguration
  private let probe: any CheckProbe
  private let hardDescriptorLimit: Int
  private let memoryLimit: MemoryLimit?
  private let environment: [String: String]

  /// - Parameters:
  ///   - effective: what to try.
  ///   - probe: asks over HTTP.
  ///   - hardDescriptorLimit: the most descriptors that the process can get.
  ///   - memoryLimit: the most memory that it can get.
  ///   - environment: the process's: where the automatic store is depends on it.
  init(
    _ effective: EffectiveConfiguration, probe: any CheckProbe,
    hardDescriptorLimit: Int = DescriptorNeed.limits.hard, memoryLimit: MemoryLimit? = MemoryLimit.find(),
    environment: [String: String]
  ) {
    self.environment = environment
    self.effective = effective
    self.probe = probe
    self.hardDescriptorLimit = hardDescriptorLimit
    self.memoryLimit = memoryLimit
  }

  /// Tries everything; one failure does not hide another.
  func run() async -> CheckReport {
    var findings = effective.notices.map(CheckReport.Finding.wrong)
    for address in effective.configuration.listen { findings += await tried(address) }
    findings += proxyUsers
    findings.append(descriptors)
    findings.append(memory)
    findings += StoreCheck(effective.configuration, environment: environment).findings()
    findings += KeyFilesCheck(effective.configuration, environment: environment).findings()
    findings += await IssuerCheck(effective.configuration, probe: probe, environment: environment).findings()
    findings += await ollama()
    return CheckReport(settings: effective.table(in: environment), findings: findings)
  }

  private func tried(_ address: ListenAddress) async -> [CheckReport.Finding] {
    var findings: [CheckReport.Finding] = []
    switch ListenProbe.problem(with: address) {
    case nil: findings.append(.fine("listen \(address)"))
    case .taken(let problem):
      // Whoever changes the configuration of a gateway tries it beside the one that runs.
      let isGateway = await probe.isGateway(at: address)
      findings.append(
        isGateway
          ? .doubtful("listen \(address): a gateway runs there already, and a second one cannot")
          : .wrong("listen \(address): \(problem)"))
    case .other(let problem): findings.append(.wrong("listen \(address): \(problem)"))
    }
    if SocketAddress(address).reachesOtherMachines {
      findings.append(.doubtful("listen \(address): \(Openness.warning)"))
    }
    return findings
  }

  private var proxyUsers: [CheckReport.Finding] {
    let configuration = effective.configuration
    let addresses = configuration.listen.map { SocketAddress($0) }
    let doubt = ProxyUserWarning.text(
      configuration, reachesOtherMachines: addresses.contains(where: \.reachesOtherMachines),
      hasUnixSocket: addresses.contains { $0.ip == nil })
    return [doubt, ProxyUserWarning.condition(configuration)].compactMap { $0 }.map { .doubtful($0) }
  }

  private var descriptors: CheckReport.Finding {
    let need = DescriptorNeed.descriptors(for: effective.configuration)
    guard hardDescriptorLimit < need else { return .fine("open files: up to \(need) are needed and allowed") }
    return .wrong(
      "open files: max_connections \(effective.configuration.maxConnections) needs \(need), the hard limit is "
        + "\(hardDescriptorLimit); raise it (LimitNOFILE, ulimit -Hn) or lower max_connections")
  }

  private var memory: CheckReport.Finding {
    let need = MemoryNeed.bytes(for: effective.configuration)
    let parts = MemoryNeed.parts(of: effective.configuration)
    let sum = parts.map { "\($0.name) \(Self.mebibytes($0.bytes))" }.joined(separator: " + ")
    let text = "memory: up to \(Self.mebibytes(need)) MiB may be needed (\(sum))"
    guard let memoryLimit else { return .fine(text) }
    let limit = "\(Self.mebibytes(memoryLimit.bytes)) MiB by \(memoryLimit.source)"
    guard memoryLimit.bytes < need else { return .fine("\(text); the limit is \(limit)") }
    return .doubtful(
      "\(text), and the limit is \(limit); raise it (MemoryMax) or lower max_unsent, max_body or max_connections"
    )
  }

  /// Rounded up.
  private static func mebibytes(_ bytes: Int) -> Int { (bytes + (1 << 20) - 1) >> 20 }

  // MARK: Servers

  /// How long DNS may take to say where servers are.
  private static let discoveryTime = Duration.seconds(10)
  /// As many servers are asked at once.
  private static let questions = 8

  /// Where one of several works, what is wrong with the others is worth a warning.
  private func ollama() async -> [CheckReport.Finding] {
    let discovery = ServerDiscovery(logger: nil)
    defer { discovery.stop() }
    let servers: [UpstreamServer]
    do {
      servers = try await discovery.use(effective.configuration.servers, within: Self.discoveryTime)
    } catch {
      return [.wrong("ollama: \(error)")]
    }
    let reports = await reports(of: servers)
    var models: [OllamaReport.Model] = []
    var works = false
    for case .ollama(_, let more) in reports {
      works = true
      models += more
    }
    func problem(_ text: String) -> CheckReport.Finding { works ? .doubtful(text) : .wrong(text) }
    var findings = discovery.troubles.map { problem("ollama \($0.place): \($0.reason)") }
    for (server, report) in zip(servers, reports) {
      let name = "ollama \(server.name.map { "\($0) " } ?? "")\(server.url)"
      switch report {
      case .failed(let reason): findings.append(problem("\(name): \(reason)"))
      case .ollama(let version, let models):
        findings.append(.fine("\(name): version \(version.escapedForMessage), \(models.count) models"))
      }
    }
    if findings.isEmpty { findings = [.wrong("ollama: no server was found")] }
    findings += discovery.unnamed.map { server in
      .doubtful(
        "ollama \(server.url): another server is called \(server.name) already, so this one goes without a name"
      )
    }
    return works ? findings + aliases(among: models) + [defaultModel(among: models)] : findings
  }

  /// In the servers' order.
  private func reports(of servers: [UpstreamServer]) async -> [OllamaReport] {
    let configuration = effective.configuration
    var reports: [Int: OllamaReport] = [:]
    await withTaskGroup(of: (Int, OllamaReport).self) { group in
      for (place, server) in servers.enumerated() {
        if place >= Self.questions, let (place, report) = await group.next() { reports[place] = report }
        group.addTask {
          let report = await probe.askOllama(
            server, about: defaultModel, connectTimeout: configuration.connectTimeout)
          return (place, report)
        }
      }
      for await (place, report) in group { reports[place] = report }
    }
    return servers.indices.compactMap { reports[$0] }
  }

  /// The model that the setting names, or that its name stands for.
  private var defaultModel: String {
    let configuration = effective.configuration
    let name = configuration.defaultModel
    return ModelAliases(configuration.modelAliases).model(for: name) ?? name
  }

  /// What is wrong with aliases: each stands for a model in one step.
  private func aliases(among models: [OllamaReport.Model]) -> [CheckReport.Finding] {
    let names = ModelAliases(effective.configuration.modelAliases)
    return effective.configuration.modelAliases.compactMap { alias in
      let setting = "model_aliases \(alias.name): \(alias.model)"
      // One may be a name that its own pattern has.
      if let other = names.model(for: alias.model), !OllamaReport.Model(name: other).isNamed(alias.model) {
        return .doubtful(
          "\(setting) is an alias itself, and a name is replaced once: servers are asked for a model called \(alias.model)"
        )
      }
      guard !models.contains(where: { $0.isNamed(alias.model) }) else { return nil }
      return .doubtful("\(setting) is on no server; run: ollama pull \(alias.model)")
    }
  }

  private func defaultModel(among models: [OllamaReport.Model]) -> CheckReport.Finding {
    let wanted = defaultModel
    let model = models.first { $0.isNamed(wanted) }
    if !effective.configuration.allowCloudModels, ModelName.isOfCloud(wanted) || model?.isRemote == true {
      return .doubtful(
        "default_model \(wanted) is a cloud model, and allow_cloud_models is false: chats with it are refused"
      )
    }
    guard let model else {
      return .wrong("default_model \(wanted) is not there; run: ollama pull \(wanted)")
    }
    guard model.canChat != false else {
      return .doubtful("default_model \(wanted) makes embeddings only: chats with it fail")
    }
    return .fine("default_model \(wanted)")
  }
}
