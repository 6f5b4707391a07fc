public import System

extension Grant {
  /// Why it is not valid here and now, whoever shows it; nil where it is.
  ///
  /// - Parameters:
  ///   - address: the client's, as far as it is believed; nil behind a UNIX socket, which is in no network.
  ///   - now: the time of day.
  public func fault(from address: @autoclosure () -> IPAddress?, at now: Timestamp) -> KeyFault? {
    if isAlwaysValid { return nil }
    if let fault = fault(at: now) { return fault }
    guard let networks = key?.allowedIPs else { return nil }
    return address().map { address in networks.contains { $0.contains(address) } } == true ? nil : .address
  }

  /// The same wherever it is shown: what ends the WebSockets of a key or a user.
  public func fault(at now: Timestamp) -> KeyFault? {
    if isAlwaysValid { return nil }
    if user?.isDisabled == true { return .disabled }
    guard let key else { return nil }
    if key.isDisabled || key.isOrphaned(user) { return .disabled }
    if let expiresAt = key.expiresAt, expiresAt <= now { return .expired }
    return nil
  }

  /// Whether a secret is the key's, or the one before the last rotation while that is valid as well.
  package func takes(_ secret: SecretDigest, at now: Timestamp) -> Bool {
    guard let key else { return false }
    return key.secret == secret || key.earlier?.secret == secret && takesEarlierSecret(at: now)
  }

  /// The secret that was shown, of which a verdict has said which of the two it is; that of no key where the grant is of none.
  package func shownSecret(isEarlier: Bool) -> SecretDigest {
    isEarlier ? key?.earlier?.secret ?? .zero : currentSecret
  }

  /// Whether the secret before the last rotation is valid as well.
  func takesEarlierSecret(at now: Timestamp) -> Bool {
    key?.earlier.map { now < $0.validUntil } ?? false
  }
}

extension KeyRecord {
  /// Whether it is that of a user who is gone. Who stands in the operator's file is known by it.
  ///
  /// - Parameter known: the one that it names, if he is known.
  func isOrphaned(_ known: UserRecord?) -> Bool { source == .store && user != nil && known == nil }
}
