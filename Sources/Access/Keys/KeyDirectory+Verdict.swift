public import HTTPFields
public import System

extension KeyDirectory {
  /// The most texts of a request that are digested: one that shows more is not guessed at.
  private static let digestLimit = 8

  /// What comes of the keys that a request shows: `Authorization: Bearer`, or `Basic` with the key as the password,
  /// `X-Api-Key`, `Api-Key`, and `og.key.KEY` in `Sec-WebSocket-Protocol`.
  ///
  /// What does not begin as our keys do and is no custom key is no key, and no failure: clients send `ollama`, or whatever else
  /// they need to send something. A wrong key takes as long as a right one that is not remembered.
  ///
  /// - Parameters:
  ///   - fields: the request's header.
  ///   - queryKey: that of the query where keys are taken from there; decoded.
  ///   - address: the client's, as far as it is believed; nil behind a UNIX socket. Asked for of keys alone that are good in some
  ///     networks.
  ///   - now: the time of day.
  ///   - memory: the worker's.
  public func verdict(
    for fields: FieldSection, queryKey: String? = nil, from address: @autoclosure () -> IPAddress?,
    at now: Timestamp, remembering memory: inout KeyMemory
  ) -> KeyVerdict {
    memory.use(self)
    var judge = KeyJudge(at: now, digests: Self.digestLimit)
    ShownKeys.forEach(in: fields) { judge.take($0, self, &memory) }
    if var queryKey { queryKey.withUTF8 { judge.take(UnsafeRawBufferPointer($0), self, &memory) } }
    return judge.verdict(from: address())
  }

  /// What comes of one key.
  public func verdict(
    for key: String, from address: IPAddress?, at now: Timestamp, remembering memory: inout KeyMemory
  ) -> KeyVerdict {
    verdict(for: [], queryKey: key, from: address, at: now, remembering: &memory)
  }
}

/// Takes the keys of one request, and makes one verdict of them.
private struct KeyJudge {
  let now: Timestamp
  private var digestsLeft: Int
  private var grant: Grant?
  private var isEarlier = false
  private var wrong: (fault: KeyFault, text: [UInt8])?
  private var hasTwo = false

  init(at now: Timestamp, digests: Int) {
    self.now = now
    digestsLeft = digests
  }

  func verdict(from address: @autoclosure () -> IPAddress?) -> KeyVerdict {
    if hasTwo { return .wrong(.twoKeys) }
    if let wrong { return .wrong(wrong.fault) }
    guard let grant else { return .noKey }
    // Last, so that only who has the secret hears of it.
    return grant.fault(from: address(), at: now).map { .wrong($0) } ?? .grant(grant, isEarlier: isEarlier)
  }

  mutating func take(_ text: UnsafeRawBufferPointer, _ directory: KeyDirectory, _ memory: inout KeyMemory) {
    let isOurs = KeyForm.begins(text)
    guard isOurs || directory.hasCustomKeys && CustomKeyForm.holds(text) else { return }
    let (entry, place) = memory.find(text)
    if let entry, !entry.isEarlier || entry.grant.takesEarlierSecret(at: now) {
      return take(entry.grant, isEarlier: entry.isEarlier)
    }
    guard digestsLeft > 0 else {
      hasTwo = true
      return
    }
    digestsLeft -= 1
    switch isOurs ? judgeOurs(text, directory) : judgeCustom(text, directory) {
    case .known(let grant, let isEarlier):
      memory.store(text, grant, isEarlier: isEarlier, at: place)
      take(grant, isEarlier: isEarlier)
    case .wrong(let fault): take(fault, text)
    case .noKey: break
    }
  }

  private mutating func take(_ new: Grant, isEarlier: Bool) {
    if wrong != nil || grant != nil && grant !== new { hasTwo = true }
    self.isEarlier = isEarlier
    grant = new
  }

  private mutating func take(_ fault: KeyFault, _ text: UnsafeRawBufferPointer) {
    if grant != nil || wrong.map({ !$0.text.withUnsafeBytes { $0.hasSameBytes(as: text) } }) == true {
      hasTwo = true
    }
    if wrong == nil { wrong = (fault, Array(text)) }
  }

  private enum Finding {
    case known(Grant, isEarlier: Bool)
    case wrong(KeyFault)
    case noKey
  }

  /// All that has our form takes the same way: both digests are compared, be there such a key or not.
  private func judgeOurs(_ text: UnsafeRawBufferPointer, _ directory: KeyDirectory) -> Finding {
    guard let id = KeyForm.id(of: text) else { return .wrong(.malformed) }
    // Without keys there is nothing to guess, and nothing that libcrypto is needed for.
    guard let decoy = directory.decoy(for: id) else { return .wrong(.unknown) }
    let digest = KeyForm.digest(of: text)
    let grant = directory[id] ?? decoy
    let isCurrent = digest == grant.secret
    let isEarlier = digest == grant.earlierSecret
    guard grant.key?.id == id else { return .wrong(.unknown) }
    if isCurrent { return .known(grant, isEarlier: false) }
    if isEarlier, grant.takesEarlierSecret(at: now) { return .known(grant, isEarlier: true) }
    // One that was made elsewhere is found by its digest alone.
    return .wrong(grant.hasOwnSecrets ? .wrongSecret : .unknown)
  }

  /// What is no custom key may be anything. Found by its digest: what the look-up tells is of that alone.
  private func judgeCustom(_ text: UnsafeRawBufferPointer, _ directory: KeyDirectory) -> Finding {
    let digest = SecretDigest(of: text)
    guard let grant = directory[custom: digest] else { return .noKey }
    if digest == grant.key?.secret { return .known(grant, isEarlier: false) }
    return grant.takesEarlierSecret(at: now) ? .known(grant, isEarlier: true) : .wrong(.wrongSecret)
  }
}
