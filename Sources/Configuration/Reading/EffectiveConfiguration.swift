/// The configuration that holds, and where each of its values came from: a flag beats the environment, which beats the
/// credential, which beats the file, which beats the default.
public struct EffectiveConfiguration: Sendable {
  /// The values.
  public private(set) var configuration: Configuration
  /// The file that was read, and who named it.
  public private(set) var file: (path: String, source: ValueSource)?
  /// The path of the credential that was read: see ``ConfigurationCredential``.
  public private(set) var credential: String?
  /// What was set right in silence and is worth a warning in the log.
  public private(set) var notices: [String] = []
  private var sources: [String: ValueSource] = [:]

  /// Reads all sources. A bad value is an error even where a stronger source would replace it.
  ///
  /// - Parameters:
  ///   - flags: for each setting's key the values of its flags, in order; a toggle's are `true` and `false`.
  ///   - configFile: the value of `--config`.
  ///   - environment: the process's environment.
  ///   - cores: the default number of workers.
  ///   - hardDescriptorLimit: the most descriptors that the process can get: what nobody set of `max_connections` is cut
  ///     to it.
  /// - Throws: a line that names what is wrong and what it takes.
  public init(
    flags: [String: [String]], configFile: String?, environment: [String: String],
    cores: Int = MachineCores.available, hardDescriptorLimit: Int = DescriptorNeed.limits.hard
  ) throws(ConfigurationError) {
    configuration = Configuration(cores: cores)
    let variables = GatewayEnvironment(environment)
    try variables.refuseUnknown()
    readOllamaHost(environment["OLLAMA_HOST"])
    if let configFile {
      try readFile(configFile, named: .flag(Setting.ConfigFile.flag))
    } else if let path = variables.value(of: Setting.ConfigFile.environmentName) {
      try readFile(path, named: .environment(Setting.ConfigFile.environmentName))
    }
    try readCredential(environment)
    for setting in Setting.all {
      guard let values = variables.values(of: setting) else { continue }
      let name = setting.environmentName
      try apply(setting, values, origin: name, source: .environment(name))
    }
    for setting in Setting.all {
      guard let values = flags[setting.key], !values.isEmpty else { continue }
      try apply(setting, values, origin: setting.flag, source: .flag(setting.flag))
    }
    if sources["max_connections"] == nil,
      DescriptorNeed.cutConnections(of: &configuration, to: hardDescriptorLimit)
    {
      sources["max_connections"] = .openFilesLimit(hardDescriptorLimit)
    }
  }

  /// Where a setting's value came from.
  public func source(of setting: Setting) -> ValueSource { sources[setting.key] ?? .standard }

  /// A setting's values as text, for people: without secrets.
  public func values(of setting: Setting) -> [String] { setting.values(configuration) }

  private mutating func readOllamaHost(_ text: String?) {
    guard let text, !text.allSatisfy(\.isWhitespace) else { return }
    guard let (url, isPortBad) = OllamaURL.fromOllamaHost(text) else {
      notices.append("OLLAMA_HOST \(text.quotedForMessage) is no address; using \(configuration.ollama)")
      return
    }
    if isPortBad { notices.append("OLLAMA_HOST \(text.quotedForMessage) has no valid port; using \(url)") }
    configuration.ollama = url
    sources["ollama"] = .ollamaHost
  }

  private mutating func readFile(_ path: String, named source: ValueSource) throws(ConfigurationError) {
    let file = try ConfigurationFile(path: path)
    self.file = (path, source)
    try apply(file) { .file(path: path, key: $0) }
  }

  private mutating func readCredential(_ environment: [String: String]) throws(ConfigurationError) {
    guard let folder = ConfigurationCredential.folder(in: environment) else { return }
    guard !ConfigurationCredential.isShut(folder) else {
      notices.append("no credential is read: \(folder.escapedForMessage) may not be entered")
      return
    }
    let path = ConfigurationCredential.path(in: folder)
    guard let file = try ConfigurationFile(ifPresent: path) else { return }
    credential = path
    try apply(file) { .credential(key: $0) }
  }

  private mutating func apply(
    _ file: ConfigurationFile, source: (_ key: String) -> ValueSource
  ) throws(ConfigurationError) {
    for entry in file.entries {
      let setting = entry.setting
      switch entry.content {
      case .texts(let values): try apply(setting, values, origin: entry.origin, source: source(setting.key))
      case .maps(let node, let place):
        try setting.applyMaps?(node, place, &configuration)
        sources[setting.key] = source(setting.key)
      }
    }
  }

  private mutating func apply(
    _ setting: Setting, _ values: [String], origin: String, source: ValueSource
  ) throws(ConfigurationError) {
    do {
      try setting.apply(values, &configuration)
    } catch {
      throw .badValue(error.value, at: origin, takes: error.takes)
    }
    sources[setting.key] = source
  }
}
