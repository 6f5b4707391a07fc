/// How many requests an instance runs side by side: configured, or learned from what responses show.
struct SlotKnowledge: Sendable {
  /// As many ran side by side, at least; 1 from the start.
  private(set) var known: Int
  /// Whether a request waited while as many ran.
  private(set) var isSettled: Bool
  private let configured: Int?
  /// When one more than the known was tried last.
  private var probedAt: Instant
  /// Requests in a row that waited without others enough to explain it.
  private var waitsInARow = 0
  /// What requests that ran alone waited, in seconds: what an Ollama always shows.
  private var waitAlone = Smoothed(guess: 0)
  /// What requests without durations took alone, in seconds.
  private var timeAlone = Smoothed(guess: 0)

  init(configured: Int?, at now: Instant) {
    self.configured = configured
    known = configured ?? 1
    isSettled = configured != nil
    probedAt = now
  }

  /// What a response showed.
  struct Evidence {
    /// Seconds in Ollama's own queue; nil where the response does not say.
    var waited: Double?
    /// Requests of the instance that it may have had to wait for, and itself: those in flight as it was sent, those that may have
    /// overtaken it, and those that Ollama may still have worked on though nobody waits for them.
    var beside: Int
    /// Requests in flight as it was sent, itself among them, for which somebody waits: those alone are sure to have run.
    var awaited: Int
    /// Whether it may have overtaken one of these: then that one's wait says more than that this one had none.
    var follows: Bool
    /// Seconds for which all of these were under way.
    var undisturbed: Double
    /// Whether other models' requests ran there meanwhile: a wait may then be for a swap.
    var isMixed: Bool
    /// Seconds from the request to the end of the response.
    var took: Double
    /// The same as it ended.
    var awaitedAtEnd: Int
    /// Seconds, in the mean.
    var meanTime: Double
  }

  /// - Returns: seconds that the request waited for traffic which is not ours; nil for none.
  mutating func learn(_ evidence: Evidence, _ policy: FleetPolicy.Seconds, at now: Instant) -> Double? {
    guard let waited = evidence.waited else {
      learnByTime(evidence, policy)
      return nil
    }
    if waited < policy.noWait {
      if evidence.awaited >= known, !evidence.follows { waitsInARow = 0 }
      if evidence.beside == 1 { waitAlone.add(waited, weight: policy.smoothing) }
      if evidence.undisturbed >= policy.sideBySide { ran(evidence.awaited, policy) }
      return nil
    }
    let excess = waited - waitAlone.value
    guard excess > max(policy.someWait, evidence.meanTime / 4), !evidence.isMixed else {
      return nil
    }
    if evidence.beside > known {
      isSettled = true
      probedAt = now
      waitsInARow = 0
      return nil
    }
    waitsInARow += 1
    // Two that waited while all known slots were ours; four where fewer were, which others' traffic explains as well.
    if evidence.beside == known ? waitsInARow >= 2 : waitsInARow >= 4, known > 1 {
      known = max(min(evidence.beside, known) - 1, 1)
      isSettled = true
      probedAt = now
      waitsInARow = 0
    }
    // With as many beside it as there are slots it waited for ours.
    return evidence.beside < max(known, 2) ? excess : nil
  }

  private mutating func learnByTime(_ evidence: Evidence, _ policy: FleetPolicy.Seconds) {
    guard evidence.beside > 1 else {
      if evidence.awaitedAtEnd == 1 { timeAlone.add(evidence.took, weight: policy.smoothing) }
      return
    }
    let alone = timeAlone.value
    // One that waited for another's end takes its whole time from there on.
    guard !timeAlone.isGuess, evidence.awaitedAtEnd >= evidence.awaited, evidence.took <= alone * 1.5,
      evidence.took < evidence.undisturbed + alone * 0.75
    else { return }
    ran(evidence.awaited, policy)
  }

  /// So many were between the first and the last byte of their responses at once.
  mutating func ran(_ count: Int, _ policy: FleetPolicy.Seconds) {
    guard count > known else { return }
    known = min(count, configured ?? policy.slotLimit)
    if configured == nil { isSettled = false }
  }

  /// Whether more may be known yet.
  func mayGrow(_ policy: FleetPolicy.Seconds) -> Bool { known < (configured ?? policy.slotLimit) }

  /// As many may be in flight while requests wait.
  ///
  /// - Parameter isSole: whether no other server could take them.
  func limit(isSole: Bool, isShort: Bool, _ policy: FleetPolicy.Seconds, at now: Instant) -> Int {
    let more = isShort || (isSole && configured == nil) || isProbeDue(policy, at: now) ? 1 : 0
    guard !isSettled else { return known + more }
    return max(known * 2, isSole ? policy.soleServerStart : 1)
  }

  private func isProbeDue(_ policy: FleetPolicy.Seconds, at now: Instant) -> Bool {
    isSettled && mayGrow(policy)
      && now.seconds(since: probedAt) > policy.slotProbeInterval
  }

  /// One more than the known was sent.
  mutating func probed(at now: Instant) {
    if isSettled { probedAt = now }
  }

  /// The instance was loaded again, or its server is another version: what was settled is to be seen again.
  mutating func unsettle() {
    if configured == nil { isSettled = false }
  }
}
