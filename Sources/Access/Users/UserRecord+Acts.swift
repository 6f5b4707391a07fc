public import System

// What becomes of a user by what is done to him.
extension UserRecord {
  /// How long a link to set a new password is valid.
  package static let resetTime = Duration.seconds(3600)
  /// How long a link that shows an e-mail address to be his is valid.
  package static let verificationTime = Duration.seconds(7 * 86_400)

  /// He has another password, or none: what he has signed in with by the one before is over, and so are links to set one.
  ///
  /// - Parameter hash: the text of bcrypt.
  public mutating func setPassword(hash: String?, at now: Timestamp) {
    passwordHash = hash
    passwordChangedAt = now
    resetAskedAt = nil
    endSignIns(at: now)
  }

  /// He has another e-mail address, or none: it was not found to be his, and links that were sent to the one before are over.
  package mutating func setEmail(_ new: String?) {
    guard new != email else { return }
    email = new
    (verifiedAt, verification, reset) = (nil, nil, nil)
  }

  /// Gives him a link by which he may set a new password once; one before it is over.
  package mutating func makeReset(_ secret: LinkSecret, at now: Timestamp) {
    reset = Link(digest: secret.digest, validUntil: now.adding(Self.resetTime))
    resetAskedAt = nil
  }

  /// Gives him a link by which he shows that his e-mail address is his; one before it is over.
  package mutating func makeVerification(_ secret: LinkSecret, at now: Timestamp) {
    verification = Link(digest: secret.digest, validUntil: now.adding(Self.verificationTime))
  }
}

// As whom issuers know him.
extension UserRecord {
  /// Whom an issuer knows by this is this user from now on. That nobody else is it is for the directory to see to.
  ///
  /// - Throws: where he is known as many already.
  package mutating func link(_ identity: IssuerIdentity) throws(RecordError) {
    guard !identities.contains(identity) else { return }
    guard identities.count < UserRecord.identityLimit else {
      throw RecordError("identities", takes: "at most \(UserRecord.identityLimit), and there are as many")
    }
    identities.append(identity)
  }

  /// He is it no more, and what he has signed in with ends: some of it may have come from there.
  package mutating func unlink(_ identity: IssuerIdentity, at now: Timestamp) {
    guard identities.contains(identity) else { return }
    identities.removeAll { $0 == identity }
    endSignIns(at: now)
  }
}
