import Dispatch
internal import System

// What running generations have said is stored each second, so that little is lost with the process.
extension SessionRegistry {
  private static let checkpointInterval = Duration.seconds(1)
  /// Bytes of one part.
  private static let partBytes = 64 << 10
  /// Bytes of all that are stored at once.
  private static let checkpointBytes = 8 << 20

  func checkpointIfDue(_ now: MonotonicTime) {
    // The sweep comes each second, and now and then a little early.
    guard storage != nil, lastCheckpoint.map({ now - $0 >= .milliseconds(900) }) ?? true else { return }
    lastCheckpoint = now
    checkpoint()
  }

  /// Stores what is new since the last time. One is under way at a time: what it does not get to is stored with the next.
  func checkpoint() {
    guard let storage, !isCheckpointing else { return }
    var parts: [StoreChange] = []
    var kept: [(key: SessionKey, generation: Generation, texts: Session.KeptTexts)] = []
    var bytes = 0
    for session in active.values where bytes < SessionRegistry.checkpointBytes {
      guard let activity = session.activity, activity.isRunning, activity.standing == .taken else { continue }
      var texts = activity.kept
      while bytes < SessionRegistry.checkpointBytes,
        let new = activity.generation.log.kept(after: texts.texts, atMost: SessionRegistry.partBytes)
      {
        parts.append(
          .appendPart(
            StoredPart(
              generation: activity.generation.id, index: texts.parts, text: new.text,
              lengths: new.lengths.bytes)))
        bytes += new.text.count
        texts = Session.KeptTexts(texts: new.last, parts: texts.parts + 1)
      }
      if texts.parts > activity.kept.parts { kept.append((session.key, activity.generation, texts)) }
    }
    guard !parts.isEmpty else { return }
    isCheckpointing = true
    storage.writer.submit(StoreWrite(parts), bytes: bytes, .isGivenUp) { [kept] outcome in
      self.executor.queue.async {
        self.assumeIsolated { registry in
          registry.isCheckpointing = false
          guard outcome == .written else { return }
          for (key, generation, texts) in kept {
            guard let session = registry.sessions[key], session.activity?.generation === generation else {
              continue
            }
            session.activity?.kept = texts
          }
        }
      }
    }
  }
}
