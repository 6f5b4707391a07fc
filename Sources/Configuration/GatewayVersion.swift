/// The version of this program.
public enum GatewayVersion {
  public static let current = "0.1.0"
  /// The program's name, as its health reports give it.
  public static let name = "ollama-gateway"
}
