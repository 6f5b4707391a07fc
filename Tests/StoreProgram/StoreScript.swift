import Sessions
import System

/// What a store is told, step by step: turns of some sessions, keys and what was used, the same ones each time.
struct StoreScript {
  enum Step {
    case commit([StoreWrite])
    /// The log goes to the database, as when the store is at rest.
    case emptyLog
  }

  /// How many groups are committed.
  static let commits = 72
  /// After so many the log is longer than what is copied beside the writer: images of more than 4 MiB.
  private static let large = 50

  private struct Talk {
    let key: StoreKey
    var messages = 0
    var lastNumber = 0
    var exists = false
    var generation: (id: String, parts: Int)?
    /// How many of its texts are in parts, the others, and the first checkpoint that has some of these.
    var texts = 0
    var pending: [[UInt8]] = []
    var since: Int?
  }

  private var talks = (0..<6).map { Talk(key: StoreKey(stored: "s\($0)")) }
  private var generator = StepGenerator(state: 17)
  private var generations = 0
  private var milliseconds: Int64 = 1_700_000_000_000
  private var checkpoints = 0
  private var flushes = 0

  static var steps: [Step] {
    var script = StoreScript()
    return (1...commits).flatMap { number -> [Step] in
      let group = Step.commit(script.group(isLarge: number == large))
      return number % 17 == 0 ? [group, .emptyLog] : [group]
    }
  }

  /// Some sessions' writes.
  private mutating func group(isLarge: Bool) -> [StoreWrite] {
    let places = Array(talks.indices.shuffled(using: &generator).prefix(isLarge ? 1 : Int(random(1...3))))
    var writes = places.map { place in
      milliseconds += 1000
      var talk = talks[place]
      let changes = changes(of: &talk, imageBytes: isLarge ? 4_500_000 : 20_000, hasImage: isLarge)
      talks[place] = talk
      return StoreWrite(changes)
    }
    writes += [checkpoint(), StoreWrite(usage())]
    return writes
  }

  /// A flush, and now and then a key that is made, changed or deleted.
  private mutating func usage() -> [StoreChange] {
    flushes += 1
    let number = flushes
    var usage = StoredUsage(StoredUsage.Account(hour: number / 9, key: "k\(number % 4)", model: "m"))
    usage[.requests] = number
    let counter = StoredCounter(
      subject: "key:k\(number % 4)", counter: "tokens/total", window: StoredCounter.endless, amount: number)
    func key(_ revision: Int) -> StoredKey {
      StoredKey(
        id: "k\(number / 9)", name: "n", digest: Array("\(number / 9)".utf8), revision: revision,
        document: Array("\(revision)".utf8))
    }
    let changes: [StoreChange] =
      switch number % 9 {
      case 0: [.putKey(key(1))]
      case 1 where number > 9: [.putKey(key(2))]
      case 5 where number > 9: [.deleteKey(id: "k\(number / 9)")]
      default: []
      }
    return changes + [
      .addUsage(StoredUsageFlush(run: 5, number: number, time: now, usage: [usage], counters: [counter]))
    ]
  }

  /// What is new of some that run. Those that nobody needs any more go.
  private mutating func checkpoint() -> StoreWrite {
    checkpoints += 1
    var encoder = CheckpointEncoder()
    for place in talks.indices where talks[place].generation != nil && random(0...2) > 0 {
      let (text, lengths) = text(behind: [])
      encoder.append(
        talks[place].generation?.id ?? "", after: talks[place].texts + talks[place].pending.count,
        lengths: lengths.bytes, text: text)
      talks[place].pending.append(text)
      talks[place].since = talks[place].since ?? checkpoints
    }
    let needed = talks.compactMap { $0.generation == nil ? nil : $0.since }.min() ?? checkpoints
    let new = StoredCheckpoint(number: checkpoints, texts: encoder.texts)
    return StoreWrite([.dropCheckpoints(before: needed)] + (encoder.isEmpty ? [] : [.putCheckpoint(new)]))
  }

  private mutating func changes(of talk: inout Talk, imageBytes: Int, hasImage: Bool) -> [StoreChange] {
    if hasImage, talk.generation == nil { return begin(&talk, imageBytes: imageBytes) }
    switch (talk.generation, random(0...9)) {
    case (let (id, parts)?, 0...4):
      talk.generation = (id, parts + 1)
      return [.appendPart(part(parts, of: id, in: &talk))]
    case (let (id, _)?, 5...8): return end(&talk, id)
    case (nil, 0) where talk.messages >= 2: return drop(&talk)
    case (_, 9) where talk.exists:
      talk = Talk(key: talk.key)
      return [.deleteSession(talk.key)]
    case (let (id, _)?, _): return end(&talk, id)
    case (nil, let chance): return begin(&talk, imageBytes: chance < 4 ? imageBytes : nil)
    }
  }

  private mutating func begin(_ talk: inout Talk, imageBytes: Int?) -> [StoreChange] {
    generations += 1
    let id = "g\(generations)"
    let images = imageBytes.map { [image(of: $0)] } ?? []
    let message = message(.user("alice"), in: &talk, images: images.map(\.digest))
    (talk.generation, talk.texts, talk.pending, talk.since) = ((id, 0), 0, [], nil)
    var changes: [StoreChange] = [talk.exists ? .updateSession(stored(talk)) : .putSession(stored(talk))]
    talk.exists = true
    changes.append(.dropEndedParts(of: talk.key))
    for image in images { changes.append(.putImage(image, in: talk.key)) }
    changes.append(.putMessage(message, in: talk.key))
    changes.append(
      .putGeneration(
        StoredGeneration(
          id: id, session: talk.key, author: "loopback", model: "llama3.2:1b", messagePlace: message.place,
          messageNumber: message.message.number, startedAt: now)))
    changes.append(
      .putIdempotentRequest(
        IdempotentRequest(
          key: "k\(generations)", owner: "loopback", generation: id, digest: [7, 7],
          // Later than any clock.
          expiresAt: Timestamp(millisecondsSince1970: 9_000_000_000_000))))
    return changes
  }

  private mutating func end(_ talk: inout Talk, _ id: String) -> [StoreChange] {
    let message = message(.assistant(model: "llama3.2:1b"), in: &talk)
    talk.generation = nil
    return [
      .putMessage(message, in: talk.key), .updateSession(stored(talk)),
      .endGeneration(
        id: id,
        StoredGenerationEnd(
          .completed, endedAt: now, lastNumber: 9, doneReason: "stop", answerPlace: message.place)),
    ]
  }

  /// The last turn goes, as before it is made anew.
  private mutating func drop(_ talk: inout Talk) -> [StoreChange] {
    talk.messages -= 2
    return [
      .dropMessages(in: talk.key, from: talk.messages), .dropImages(in: talk.key, except: []),
      .updateSession(stored(talk)),
    ]
  }

  /// With all that is in checkpoints.
  private mutating func part(_ index: Int, of id: String, in talk: inout Talk) -> StoredPart {
    let (text, lengths) = text(behind: talk.pending)
    talk.texts += talk.pending.count + 1
    (talk.pending, talk.since) = ([], nil)
    return StoredPart(generation: id, index: index, text: text, lengths: lengths.bytes)
  }

  /// A new text behind others.
  private mutating func text(behind others: [[UInt8]]) -> (text: [UInt8], lengths: TextLengths) {
    let texts = others + [Array(text(1...3000).utf8)]
    var lengths = TextLengths()
    for text in texts { lengths.append(text.count, .content) }
    return (texts.flatMap { $0 }, lengths)
  }

  private mutating func message(
    _ author: Message.Author, in talk: inout Talk, images: [ImageDigest] = []
  ) -> StoredMessage {
    talk.lastNumber += 1
    talk.messages += 1
    return StoredMessage(
      place: talk.messages - 1,
      message: Message(
        number: talk.lastNumber, author: author, content: text(1...9000), timestamp: now, images: images))
  }

  private func image(of count: Int) -> StoredImage {
    let number = UInt8(truncatingIfNeeded: generations)
    guard let digest = ImageDigest(bytes: [UInt8](repeating: number, count: 32)) else {
      preconditionFailure("32 bytes are a digest")
    }
    return StoredImage(digest: digest, mediaType: .png, bytes: [UInt8](repeating: number, count: count))
  }

  private func stored(_ talk: Talk) -> StoredSession {
    StoredSession(
      key: talk.key, owner: "loopback", title: "A title", titleNumber: 1, createdAt: now, updatedAt: now,
      messageCount: talk.messages, lastNumber: talk.lastNumber)
  }

  private var now: Timestamp { Timestamp(millisecondsSince1970: milliseconds) }

  private mutating func text(_ counts: ClosedRange<UInt64>) -> String {
    let word = "\(generator.next()) "
    return String(repeating: word, count: Int(random(counts)) / word.utf8.count + 1)
  }

  private mutating func random(_ numbers: ClosedRange<UInt64>) -> UInt64 {
    .random(in: numbers, using: &generator)
  }
}

/// The same numbers each time (SplitMix64).
struct StepGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
