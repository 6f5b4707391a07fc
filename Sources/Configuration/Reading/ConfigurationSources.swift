/// Where the configuration is read from: what the program was called with. Read again, the files may say something else.
public struct ConfigurationSources: Sendable {
  /// For each setting's key the values of its flags, in order.
  public let flags: [String: [String]]
  /// The value of `--config`.
  public let configFile: String?
  /// The process's environment.
  public let environment: [String: String]

  /// What the program was called with: see the properties.
  public init(flags: [String: [String]], configFile: String?, environment: [String: String]) {
    self.flags = flags
    self.configFile = configFile
    self.environment = environment
  }

  /// The configuration that holds by them. Blocks while it reads the files.
  ///
  /// - Throws: a line that names what is wrong and what it takes.
  public func resolve() throws(ConfigurationError) -> EffectiveConfiguration {
    try EffectiveConfiguration(flags: flags, configFile: configFile, environment: environment)
  }
}
