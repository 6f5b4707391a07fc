import Sessions

/// All that a store has, but its secrets.
struct StoreContent: Equatable {
  struct Talk: Equatable {
    var session: StoredSession
    var messages: [StoredMessage]
    /// Each image's bytes as their hash value.
    var images: [ImageDigest: Int]
    var generations: [StoredGeneration]
    var parts: [String: [StoredPart]]
  }

  var talks: [StoreKey: Talk] = [:]
  var requests: [IdempotentRequest]
  var access: StoredAccess
  var usage: [StoredUsage]
  var counters: [StoredCounter]

  init(_ store: any CopyableStore) throws {
    let reader = try store.makeFullReader()
    requests = try reader.idempotentRequests(skip: 0, limit: 100_000)
    access = try reader.access(limit: 100_000)
    // The clock says it.
    access.state.closedSince = access.state.closedSince.map { _ in StoredCounter.endless }
    usage = try reader.usage(after: nil, limit: 100_000)
    counters = try reader.counters(limit: 100_000)
    for session in try reader.sessions(after: nil, limit: 100_000) {
      let key = session.key
      let images = try reader.images(of: key, reader.imageDigests(of: key))
      let generations = try reader.generations(of: key, skip: 0, limit: 100_000)
      talks[key] = Talk(
        session: session, messages: try reader.messages(of: key, from: 0, limit: 100_000, bytes: .max),
        images: Dictionary(uniqueKeysWithValues: images.map { ($0.digest, $0.bytes.hashValue) }),
        generations: generations,
        parts: try generations.reduce(into: [:]) { $0[$1.id] = try reader.parts(of: $1.id) })
    }
  }

  /// The texts of the messages, by session, when what was running has been ended as interrupted.
  var textsAfterRecovery: [StoreKey: [String]] {
    talks.mapValues { talk in
      var texts = talk.messages.map(\.message.content)
      for generation in talk.generations where generation.end == nil {
        let parts = (talk.parts[generation.id] ?? []).flatMap(\.text)
        if !parts.isEmpty { texts.append(String(decoding: parts, as: UTF8.self)) }
      }
      return texts
    }
  }

  var texts: [StoreKey: [String]] { talks.mapValues { $0.messages.map(\.message.content) } }

  var isGenerating: Bool { talks.values.contains { $0.generations.contains { $0.end == nil } } }
}
