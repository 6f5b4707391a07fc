public import System

extension Grant {
  /// Why it is not valid here and now, whoever shows it; nil where it is.
  ///
  /// - Parameters:
  ///   - address: the client's, as far as it is believed; nil behind a UNIX socket, which is in no network.
  ///   - now: the time of day.
  public func fault(from address: @autoclosure () -> IPAddress?, at now: Timestamp) -> KeyFault? {
    if let fault = fault(at: now) { return fault }
    guard let networks = key?.allowedIPs else { return nil }
    return address().map { address in networks.contains { $0.contains(address) } } == true ? nil : .address
  }

  /// The same wherever it is shown: what ends the WebSockets of a key or a user.
  public func fault(at now: Timestamp) -> KeyFault? {
    if user?.isDisabled == true { return .disabled }
    guard let key else { return nil }
    if key.isDisabled || isOrphaned(key) { return .disabled }
    if let expiresAt = key.expiresAt, expiresAt <= now { return .expired }
    return nil
  }

  /// Whether the key is that of a user who is gone. Who stands in the operator's file is known by it.
  private func isOrphaned(_ key: KeyRecord) -> Bool {
    key.source == .store && key.user != nil && user == nil
  }

  /// Whether a secret is the key's, or the one before the last rotation while that is valid as well.
  package func takes(_ secret: SecretDigest, at now: Timestamp) -> Bool {
    guard let key else { return false }
    return key.secret == secret || key.earlier?.secret == secret && takesEarlierSecret(at: now)
  }

  /// The secret that was shown, of which a verdict has said which of the two it is.
  package func shownSecret(isEarlier: Bool) -> SecretDigest? {
    isEarlier ? key?.earlier?.secret : key?.secret
  }

  /// Whether the secret before the last rotation is valid as well.
  func takesEarlierSecret(at now: Timestamp) -> Bool {
    key?.earlier.map { now < $0.validUntil } ?? false
  }
}
