internal import Access
package import AccessStorage
package import Accounts
package import Handling
internal import HTTPServer
internal import OllamaAPI
package import Passwords
internal import Sessions
internal import System

/// What the routes of keys, teams and usage of all workers have in common. Safe from any thread.
package final class Administration: Sendable {
  /// Who may come in, and what is used.
  let access: AccessControl
  /// What changes keys and teams.
  let keeper: AccessKeeper
  /// Has a line for each act.
  let audit: AuditLog
  /// What hashes passwords.
  let passwords: PasswordChecker
  private let acts = Lock(IdempotentActs())

  /// - Parameters: see the properties.
  package init(
    _ access: AccessControl, _ keeper: AccessKeeper, _ audit: AuditLog, _ passwords: PasswordChecker
  ) {
    self.access = access
    self.keeper = keeper
    self.audit = audit
    self.passwords = passwords
  }

  /// All keys, users and teams as they are now.
  var directory: KeyDirectory { access.directory.directory }

  /// The key that a path or a body means.
  ///
  /// - Throws: 404.
  func record(meantBy text: String) throws(RequestFailure) -> KeyRecord {
    guard let key = directory.key(meantBy: text) else { throw .unknownKey }
    return key
  }

  /// Keys, the one that was made last first.
  func keys(_ filter: KeyFilter, at now: Timestamp) -> [KeyRecord] {
    let directory = directory
    return directory.keys.filter { filter.includes($0, of: directory, at: now) }
      .sorted { ($1.createdAt, $1.id) < ($0.createdAt, $0.id) }
  }
}

// MARK: - Once

extension Administration {
  /// Where a request with an `Idempotency-Key` is noted.
  struct Place {
    fileprivate let name: IdempotentActs.Name?
    /// What it was done to before.
    let known: KeyID?
  }

  /// Bytes of an `Idempotency-Key`.
  private static let keyLimit = 255

  /// Begins what is done once.
  ///
  /// - Throws: 409 while it is under way, 422 where something else was asked for by the same `Idempotency-Key`.
  func begin(_ request: GatewayRequest, _ body: [UInt8]) throws(RequestFailure) -> Place {
    guard let text = request.exchange.request.first("idempotency-key"),
      let caller = request.principal?.grant?.holder
    else { return Place(name: nil, known: nil) }
    guard 1...Administration.keyLimit ~= text.utf8.count, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      throw RequestFailure(
        422, "An Idempotency-Key has 1 to \(Administration.keyLimit) visible ASCII characters.",
        field: "Idempotency-Key", fault: FieldFault(in: .header))
    }
    let name = IdempotentActs.Name(caller: caller, text: text)
    let digest = SHA256.digest(of: Array(request.target.path.utf8) + [0] + body)
    switch acts.withLock({ $0.begin(name, digest, at: .now) }) {
    case .new: return Place(name: name, known: nil)
    case .done(let key): return Place(name: name, known: key)
    case .running:
      throw RequestFailure(
        409, "The request with this Idempotency-Key is under way.", headerFields: [("Retry-After", "1")])
    case .other:
      throw RequestFailure(
        422, "Under this Idempotency-Key something else was asked for.", field: "Idempotency-Key",
        fault: FieldFault(in: .header))
    }
  }

  /// It was done.
  func end(_ place: Place, with key: KeyID) {
    guard let name = place.name else { return }
    acts.withLock { $0.end(name, with: key) }
  }

  /// It was not done, and may be tried again.
  func fail(_ place: Place) {
    guard let name = place.name else { return }
    acts.withLock { $0.fail(name) }
  }
}

extension RequestFailure {
  /// There is no such key.
  static let unknownKey = RequestFailure(404, "There is no such key.", field: "key")
  /// There is no such user.
  static let unknownUser = RequestFailure(404, "There is no such user.", field: "user")
}
