import Configuration
import Glibc

extension ConfigurationSources {
  private static let file = "/etc/ollama-gateway/config.yaml"
  private static let credentials = "/run/credentials/ollama-gateway.service"

  /// The sources of the service, where nothing else is said: its file, where there is one, and its credentials, where they may be read:
  /// by root, while it runs.
  var ofTheService: ConfigurationSources {
    var environment = environment
    if environment["CREDENTIALS_DIRECTORY"] == nil, access(Self.credentials, R_OK | X_OK) == 0 {
      environment["CREDENTIALS_DIRECTORY"] = Self.credentials
    }
    let isFileSaid = configFile != nil || environment[Setting.ConfigFile.environmentName]?.isEmpty == false
    return ConfigurationSources(
      flags: flags, configFile: isFileSaid || access(Self.file, F_OK) != 0 ? configFile : Self.file,
      environment: environment)
  }
}
