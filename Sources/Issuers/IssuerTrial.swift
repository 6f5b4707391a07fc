internal import Configuration
package import HTTPClient
internal import JSONWebToken
internal import System

/// What a look at an issuer's documents has found, for who sets it up. Holds nothing of what it has sent but numbers.
package enum IssuerTrial: Equatable, Sendable {
  /// All is as it must be: it has so many keys of use, for these of the algorithms that are let in.
  case fine(keys: Int, algorithms: [String])
  /// It does not answer, or not as it should; why.
  case away(String)
  /// By what it says nobody can sign in; why.
  case wrong(String)
}

extension Issuer {
  /// Fetches its documents, within ``patience`` and the bounds that hold in any case, and keeps nothing of them. On the client's loop.
  package func trial(by client: HTTPClient) async -> IssuerTrial {
    do throws(FetchFailure) {
      let (_, keys) = try await fetch(by: client, until: .now + patience)
      let algorithms = keys.algorithms(among: settings.algorithms)
      guard algorithms.isEmpty else { return .fine(keys: keys.count, algorithms: algorithms.map(\.rawValue)) }
      let wanted = settings.algorithms.map(\.rawValue).sorted().joined(separator: ", ")
      return .wrong("none of its \(keys.count) keys is for \(wanted)")
    } catch {
      return error.isAway ? .away(error.words) : .wrong(error.words)
    }
  }
}
