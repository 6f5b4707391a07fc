package import Configuration
package import EventLoop
package import HTTPClient
package import JSONWebToken
internal import Synchronization
internal import System

/// The issuer of the setting `oidc`: its keys as they are known, tokens that it has signed, sign-ins by it. Safe from any thread; what is
/// sent to it goes by one worker's client.
package final class Issuer: Sendable {
  /// As it was set.
  package let settings: IssuerSettings
  let secret: IssuerSecret?
  private let rule: ClaimsRule
  let state: Lock<State>
  private let currentGeneration = Atomic<UInt64>(0)
  /// How long one question may take.
  var patience: Duration { state.withLock(\.patience) }
  /// Is told once whenever the issuer goes away, and once when it is back; on no particular thread.
  let teller: @Sendable (Note) -> Void

  struct State {
    var keys = IssuerKeys()
    var client: LoopBound<HTTPClient>?
    var waiters: [CheckedContinuation<Void, Never>] = []
    var isAway = false
    var patience: Duration
  }

  /// What an operator is to know.
  package enum Note: Equatable, Sendable {
    case away(String)
    case back
  }

  /// The most who wait until it has been asked.
  static let waiterLimit = 1024

  /// - Parameters:
  ///   - secret: ours there; nil where we have none.
  ///   - patience: how long one question may take.
  package init(
    _ settings: IssuerSettings, secret: IssuerSecret?, patience: Duration = IssuerKeys.patience,
    teller: @escaping @Sendable (Note) -> Void = { _ in }
  ) {
    self.settings = settings
    self.secret = secret
    state = Lock(State(patience: patience))
    self.teller = teller
    rule = ClaimsRule(issuer: settings.issuer, audiences: settings.acceptedAudiences)
  }

  /// Goes up whenever its keys are known anew: what was found by earlier ones is looked at again. Takes no lock.
  package var generation: UInt64 { currentGeneration.load(ordering: .acquiring) }

  func setGeneration(_ generation: UInt64) { currentGeneration.store(generation, ordering: .releasing) }

  /// From now on it is asked by this client; nil: not any more. From any thread.
  package func use(_ client: LoopBound<HTTPClient>?) {
    let waiters = state.withLock { state in
      state.client = client
      guard client == nil else { return [] as [CheckedContinuation<Void, Never>] }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Whether a token says that it is the issuer's. Nothing of it is believed by that.
  package func hasSigned(_ claims: TokenClaims) -> Bool {
    claims.issuer.map { $0.utf8.elementsEqual(settings.issuer.utf8) } ?? false
  }

  /// What comes of a bearer token.
  package enum Verdict: Equatable, Sendable {
    case good
    case bad(TokenFault)
    /// Its key is not known, or nothing is: the issuer may be asked, and then it is looked at again.
    case unsure
    /// Nothing is known, as the issuer is away.
    case away
  }

  /// Looks at a bearer token by what is known. Takes some 100 microseconds.
  ///
  /// - Parameters:
  ///   - isSure: whether the issuer was asked where it may be.
  ///   - now: seconds since 1970.
  package func verdict(of token: TokenText, isSure: Bool, at now: Int64) -> Verdict {
    // Whatever its signature is, it would not count: nobody is asked for it.
    do { try rule.check(token, at: now) } catch { return .bad(error) }
    guard let algorithm = TokenAlgorithm(exactly: token.header.algorithm),
      settings.algorithms.contains(algorithm)
    else { return .bad(.algorithm) }
    guard let keys = keys(at: .now) else { return isSure ? .away : .unsure }
    do {
      try keys.verify(token, by: settings.algorithms)
      return .good
    } catch {
      return error == .unknownKey && !isSure ? .unsure : .bad(error)
    }
  }

  /// What is known now; has it asked beside that where it is old.
  private func keys(at now: MonotonicTime) -> KeySet? {
    let (keys, asks) = state.withLock { state in
      let keys = state.keys.keys(at: now)
      // Where nothing is known who asks waits, and begins it.
      guard keys != nil, state.client != nil else { return (keys, false) }
      return (keys, state.keys.decide(.use, at: now) == .ask)
    }
    if asks { ask() }
    return keys
  }

  /// What it has said of itself; nil: it is away.
  package var document: IssuerDocument? { state.withLock { $0.keys.document(at: .now) } }
}
