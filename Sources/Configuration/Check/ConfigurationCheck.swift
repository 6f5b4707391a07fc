/// Tries out a configuration before the gateway is started with it: `ollama-gateway check`. Blocks; binds the listening
/// addresses and lets go of them.
public struct ConfigurationCheck: Sendable {
  private let effective: EffectiveConfiguration
  private let probe: any OllamaProbe
  private let hardDescriptorLimit: Int
  private let memoryLimit: MemoryLimit?

  /// - Parameters:
  ///   - effective: what to try.
  ///   - probe: asks Ollama.
  ///   - hardDescriptorLimit: the most descriptors that the process can get.
  ///   - memoryLimit: the most memory that it can get.
  public init(
    _ effective: EffectiveConfiguration, probe: any OllamaProbe,
    hardDescriptorLimit: Int = DescriptorNeed.limits.hard, memoryLimit: MemoryLimit? = MemoryLimit.find()
  ) {
    self.effective = effective
    self.probe = probe
    self.hardDescriptorLimit = hardDescriptorLimit
    self.memoryLimit = memoryLimit
  }

  /// Tries everything; one failure does not hide another.
  public func run() async -> CheckReport {
    var findings = effective.notices.map(CheckReport.Finding.wrong)
    findings += effective.configuration.listen.map(tried)
    findings.append(descriptors)
    findings.append(memory)
    findings += await ollama()
    return CheckReport(settings: effective.table, findings: findings)
  }

  private func tried(_ address: ListenAddress) -> CheckReport.Finding {
    guard let problem = ListenProbe.problem(with: address) else { return .fine("listen \(address)") }
    return .wrong("listen \(address): \(problem)")
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

  private func ollama() async -> [CheckReport.Finding] {
    let url = effective.configuration.ollama
    switch await probe.ask(url, connectTimeout: effective.configuration.connectTimeout) {
    case .failed(let reason): return [.wrong("ollama \(url): \(reason)")]
    case .ollama(let version, let models):
      let wanted = effective.configuration.defaultModel
      let has = models.contains { Self.tagged($0) == Self.tagged(wanted) }
      return [
        .fine("ollama \(url): version \(version.escapedForMessage), \(models.count) models"),
        has
          ? .fine("default_model \(wanted)")
          : .wrong("default_model \(wanted) is not there; run: ollama pull \(wanted)"),
      ]
    }
  }

  /// A name without tag means `:latest`. A colon before the last slash is a registry's port.
  static func tagged(_ model: String) -> String {
    let last = model.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    return last.contains(":") ? model : model + ":latest"
  }
}
