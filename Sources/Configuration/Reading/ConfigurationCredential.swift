import Glibc

/// The configuration file that a service manager hands over as a credential: `LoadCredential=ollama-gateway.yaml` in a
/// systemd unit (systemd.exec(5)). Nobody but root and the service's own user can read it.
public enum ConfigurationCredential {
  /// The credential's name, which is the file's.
  public static let name = "ollama-gateway.yaml"
  /// The variable by which a service is told in which folder its credentials are.
  public static let folderVariable = "CREDENTIALS_DIRECTORY"

  /// The name of the credential that has the password of a PostgreSQL store.
  public static let storePasswordName = "ollama-gateway.store-password"

  /// The name of the credential that has a key of the scope `admin`.
  public static let adminKeyName = "ollama-gateway.admin-key"

  /// Where the password of a PostgreSQL store is, if there is such a credential.
  public static func storePassword(in environment: [String: String]) -> String? {
    file(storePasswordName, in: environment)
  }

  /// Where a key of the scope `admin` is, if there is such a credential.
  public static func adminKey(in environment: [String: String]) -> String? {
    file(adminKeyName, in: environment)
  }

  private static func file(_ name: String, in environment: [String: String]) -> String? {
    guard let folder = folder(in: environment), access(folder + "/" + name, F_OK) == 0 else { return nil }
    return folder + "/" + name
  }

  /// The folder of the credentials; nil for a process that gets none.
  static func folder(in environment: [String: String]) -> String? {
    guard let folder = environment[folderVariable], !folder.isEmpty else { return nil }
    return folder
  }

  /// Where the file is, if there is one.
  static func path(in folder: String) -> String { folder + "/" + name }

  /// Whether the folder lets nobody in. systemd in a container whose mounts are private makes such ones, for units that
  /// have no credential as well.
  static func isShut(_ folder: String) -> Bool { access(folder, X_OK) != 0 && errno == EACCES }
}
