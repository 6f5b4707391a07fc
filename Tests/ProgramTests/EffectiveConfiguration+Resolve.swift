import Configuration

/// Resolves without the machine: 4 cores, any number of descriptors, nothing from the process's environment.
func resolve(
  flags: [String: [String]] = [:], environment: [String: String] = [:]
) throws(ConfigurationError) -> EffectiveConfiguration {
  try EffectiveConfiguration(
    flags: flags, configFile: nil, environment: environment, cores: 4, hardDescriptorLimit: .max)
}
