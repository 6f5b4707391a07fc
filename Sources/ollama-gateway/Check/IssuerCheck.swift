import Configuration
import Issuers

/// Tries the issuer that a configuration names, as the gateway asks it. Blocks for the file of the secret.
struct IssuerCheck: Sendable {
  private let configuration: Configuration
  private let probe: any CheckProbe
  private let environment: [String: String]

  /// - Parameter environment: the process's: where the automatic store is depends on it.
  init(_ configuration: Configuration, probe: any CheckProbe, environment: [String: String]) {
    self.configuration = configuration
    self.probe = probe
    self.environment = environment
  }

  /// What came of it; nothing where none is named.
  func findings() async -> [CheckReport.Finding] {
    guard let settings = configuration.oidc else { return [] }
    return secret(of: settings) + [await issuer(settings)] + users
  }

  /// The gateway starts without it, and asks again: that it is away is worth a warning.
  private func issuer(_ settings: IssuerSettings) async -> CheckReport.Finding {
    let name = "oidc \(settings.issuer.escapedForMessage)"
    switch await probe.askIssuer(settings) {
    case .fine(let count, let algorithms):
      return .fine("\(name): \(count) \(count == 1 ? "key" : "keys"), \(algorithms.joined(separator: ", "))")
    case .away(let reason):
      return .doubtful(
        "\(name) does not answer, and until it does nobody signs in there: \(reason.escapedForMessage)")
    case .wrong(let reason): return .wrong("\(name): \(reason.escapedForMessage)")
    }
  }

  private func secret(of settings: IssuerSettings) -> [CheckReport.Finding] {
    guard let path = settings.clientSecretFile else { return [] }
    do throws(ConfigurationError) {
      _ = try IssuerSecret(path: path)
      return IssuerSecret.notice(of: path).map { [.doubtful("oidc \($0)")] } ?? []
    } catch {
      return [.wrong("oidc \(error)")]
    }
  }

  private var users: [CheckReport.Finding] {
    configuration.store.resolved(in: environment).isKept
      ? [] : [.doubtful("oidc: there are no users without a store, so nobody signs in by it")]
  }
}
