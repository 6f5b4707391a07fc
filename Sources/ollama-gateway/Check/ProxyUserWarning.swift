import Access
import Configuration

/// What whoever runs the gateway shall know of `trusted_user_header`: who can write the field, and comes from a trusted address, is whom he
/// likes. Said by `check`, and in the log at the start and at a reload.
enum ProxyUserWarning {
  /// What is doubtful where it listens; nil where nothing is, or the setting is off. Continues the name of the setting.
  ///
  /// - Parameters:
  ///   - reachesOtherMachines: whether it listens where other machines may reach it.
  ///   - hasUnixSocket: whether it listens on a UNIX socket as well, where its group is trusted.
  static func text(
    _ configuration: Configuration, reachesOtherMachines: Bool, hasUnixSocket: Bool
  ) -> String? {
    guard let field = configuration.trustedUserHeader else { return nil }
    let proxies = configuration.trustedProxies
    if proxies.isEmpty {
      return hasUnixSocket
        ? nil : "trusted_user_header \(field): nobody is believed, as trusted_proxy names no proxy"
    }
    guard reachesOtherMachines else { return nil }
    return
      "trusted_user_header \(field): other machines may reach the gateway past the proxy, and who comes from \(names(proxies)) is whom "
      + "he says"
  }

  /// What nobody but who runs the proxy can see to; nil where the setting is off.
  static func condition(_ configuration: Configuration) -> String? {
    guard let field = configuration.trustedUserHeader else { return nil }
    let proxies = configuration.trustedProxies
    let those = proxies.isEmpty ? "a UNIX socket's group" : names(proxies)
    return
      "trusted_user_header \(field): who comes from \(those) is whom it says: the proxy must take it out of what clients send"
  }

  private static let shown = 4

  private static func names(_ proxies: [IPNetwork]) -> String {
    proxies.prefix(shown).map(\.description).joined(separator: ", ") + (proxies.count > shown ? ", …" : "")
  }
}
