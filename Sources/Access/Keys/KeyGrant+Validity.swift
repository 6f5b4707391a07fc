public import System

extension KeyGrant {
  /// Why the key is not valid here and now, whoever shows it; nil where it is.
  ///
  /// - Parameters:
  ///   - address: the client's, as far as it is believed; nil behind a UNIX socket, which is in no network.
  ///   - now: the time of day.
  public func fault(from address: IPAddress?, at now: Timestamp) -> KeyFault? {
    if let fault = fault(at: now) { return fault }
    guard let networks = record.allowedIPs else { return nil }
    return address.map { address in networks.contains { $0.contains(address) } } == true ? nil : .address
  }

  /// The same wherever it is shown: what ends the WebSockets of a key.
  public func fault(at now: Timestamp) -> KeyFault? {
    if record.isDisabled { return .disabled }
    if let expiresAt = record.expiresAt, expiresAt <= now { return .expired }
    return nil
  }

  /// Whether a secret is the key's, or the one before the last rotation while that is valid as well.
  package func takes(_ secret: SecretDigest, at now: Timestamp) -> Bool {
    record.secret == secret || record.earlier?.secret == secret && takesEarlierSecret(at: now)
  }

  /// Whether the secret before the last rotation is valid as well.
  func takesEarlierSecret(at now: Timestamp) -> Bool {
    record.earlier.map { now < $0.validUntil } ?? false
  }
}
