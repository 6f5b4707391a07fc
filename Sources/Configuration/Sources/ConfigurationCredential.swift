/// The configuration file that a service manager hands over as a credential: `LoadCredential=ollama-gateway.yaml` in a
/// systemd unit (systemd.exec(5)). Nobody but root and the service's own user can read it.
public enum ConfigurationCredential {
  /// The credential's name, which is the file's.
  public static let name = "ollama-gateway.yaml"
  /// The variable by which a service is told in which folder its credentials are.
  public static let folderVariable = "CREDENTIALS_DIRECTORY"

  /// Where the file is, if there is one; nil for a process that gets no credentials.
  static func path(in environment: [String: String]) -> String? {
    guard let folder = environment[folderVariable], !folder.isEmpty else { return nil }
    return folder + "/" + name
  }
}
