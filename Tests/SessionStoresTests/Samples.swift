import Sessions
import System

// What tests put into stores.

extension Timestamp {
  /// A moment of 2023, and so many milliseconds.
  static func at(_ milliseconds: Int64) -> Timestamp {
    Timestamp(millisecondsSince1970: 1_700_000_000_000 + milliseconds)
  }

  static func + (time: Timestamp, seconds: Int64) -> Timestamp {
    Timestamp(millisecondsSince1970: time.millisecondsSince1970 + 1000 * seconds)
  }
}

extension StoreKey {
  static let sample = StoreKey(stored: "0f8fad5b-d9cb-469f-a165-70867728950e")
  static let other = StoreKey(stored: "holiday@address:192.0.2.7")
}

extension StoredSession {
  static func sample(
    _ key: StoreKey = .sample, owner: String = "loopback", updatedAt: Int64 = 0, messages: Int = 0
  ) -> StoredSession {
    StoredSession(
      key: key, owner: owner, title: "A title", titleNumber: 1, createdAt: .at(-5), updatedAt: .at(updatedAt),
      messageCount: messages, lastNumber: messages, lastAuthor: owner)
  }
}

extension StoredMessage {
  static func user(
    _ place: Int, _ text: String = "Hello", number: Int? = nil, state: Message.State = .whole,
    images: [ImageDigest] = []
  ) -> StoredMessage {
    StoredMessage(
      place: place,
      message: Message(
        number: number ?? place + 1, author: .user("alice"), content: text, timestamp: .at(Int64(place)),
        state: state,
        images: images))
  }

  static func model(
    _ place: Int, _ text: String = "Hello!", number: Int? = nil, state: Message.State = .whole,
    thinking: String? = nil, usage: GenerationUsage? = nil
  ) -> StoredMessage {
    StoredMessage(
      place: place,
      message: Message(
        number: number ?? place + 1, author: .assistant(model: "llama3.2:1b"), content: text,
        timestamp: .at(Int64(place)), state: state, thinking: thinking, usage: usage))
  }
}

extension StoredGeneration {
  static func sample(
    _ id: String = "g1", in key: StoreKey = .sample, startedAt: Int64 = 0, end: StoredGenerationEnd? = nil
  ) -> StoredGeneration {
    StoredGeneration(
      id: id, session: key, author: "loopback", model: "llama3.2:1b", messagePlace: 0, messageNumber: 1,
      startedAt: .at(startedAt), end: end)
  }
}

extension StoredCheckpoint {
  /// Of some generations: how many texts are before them, and the texts.
  static func sample(_ number: Int, _ entries: (id: String, first: Int, texts: [String])...)
    -> StoredCheckpoint
  {
    sample(number, entries)
  }

  static func sample(
    _ number: Int, _ entries: [(id: String, first: Int, texts: [String])]
  ) -> StoredCheckpoint {
    var encoder = CheckpointEncoder()
    for entry in entries {
      let part = StoredPart.sample(0, of: entry.id, texts: entry.texts)
      encoder.append(entry.id, after: entry.first, lengths: part.lengths, text: part.text)
    }
    return StoredCheckpoint(number: number, texts: encoder.texts)
  }
}

extension StoredPart {
  static func sample(_ index: Int, of generation: String, texts: [String]) -> StoredPart {
    var lengths = TextLengths()
    for text in texts { lengths.append(text.utf8.count, .content) }
    return StoredPart(
      generation: generation, index: index, text: Array(texts.joined().utf8), lengths: lengths.bytes)
  }

  static func sample(_ index: Int, of generation: String = "g1", text: String = "some text") -> StoredPart {
    var lengths = TextLengths()
    lengths.append(text.utf8.count, .content)
    return StoredPart(generation: generation, index: index, text: Array(text.utf8), lengths: lengths.bytes)
  }
}

extension IdempotentRequest {
  static func sample(
    _ key: String = "k1", owner: String = "loopback", generation: String = "g1",
    expiresIn seconds: Int64 = 3600
  ) -> IdempotentRequest {
    IdempotentRequest(
      key: key, owner: owner, generation: generation, digest: [UInt8](repeating: 7, count: 32),
      expiresAt: Timestamp.now + seconds)
  }
}

extension StoredImage {
  /// An image whose digest and bytes are made of a number.
  static func sample(_ number: UInt8, count: Int = 1000) -> StoredImage {
    StoredImage(
      digest: .sample(number), mediaType: .png,
      bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0) ^ number })
  }
}

extension ImageDigest {
  static func sample(_ number: UInt8) -> ImageDigest {
    // 32 bytes are a digest.
    ImageDigest(bytes: [UInt8](repeating: number, count: 32)) ?? { preconditionFailure("no digest") }()
  }
}
