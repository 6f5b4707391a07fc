/// The keys that were shown to a worker lately and are valid: who comes again costs no digest.
///
/// It holds ``slotCount`` keys at most, each in the place that a random hash gives it, and none that another directory has judged.
/// What changes with the time or the address is asked anew each time. Not `Sendable`: each worker has its own.
public struct KeyMemory: ~Copyable {
  /// Where a key that is looked for would be.
  struct Place {
    fileprivate let index: Int
  }

  /// A key that is known. An object: to look at it is not to copy it.
  final class Entry {
    fileprivate let text: [UInt8]
    let grant: Grant
    /// Whether it is the secret before the last rotation.
    let isEarlier: Bool

    fileprivate init(_ text: [UInt8], _ grant: Grant, isEarlier: Bool) {
      self.text = text
      self.grant = grant
      self.isEarlier = isEarlier
    }
  }

  /// The most keys.
  static let slotCount = 1024

  private var slots: [Entry?] = []
  private var directory: KeyDirectory?

  /// Knows no key.
  public init() {}

  /// Forgets what another directory has judged.
  mutating func use(_ directory: KeyDirectory) {
    guard directory !== self.directory else { return }
    slots = []
    self.directory = directory
  }

  /// The key, if it is known. How long the look takes tells nothing of a key that is not.
  func find(_ text: UnsafeRawBufferPointer) -> (entry: Entry?, place: Place) {
    let index = Self.index(of: text)
    guard index < slots.count, let entry = slots[index],
      entry.text.withUnsafeBytes({ $0.isSameInConstantTime(as: text) })
    else { return (nil, Place(index: index)) }
    return (entry, Place(index: index))
  }

  /// Of every second eight bytes, by random numbers of the process: who guesses cannot choose the place. What is found there is compared,
  /// so that a hash as good as Swift's own, which takes some times as long, is not needed.
  private static func index(of text: UnsafeRawBufferPointer) -> Int {
    guard let start = text.baseAddress, text.count >= 8 else { return 0 }
    var hash = seed
    var place = 0
    while place < text.count {
      // The last may be looked at twice in part.
      let word = start.loadUnaligned(fromByteOffset: min(place, text.count &- 8), as: UInt64.self)
      hash = (hash ^ word) &* factor
      hash ^= hash >> 32
      place &+= 16
    }
    return Int(truncatingIfNeeded: hash) & (slotCount - 1)
  }

  private static let seed = UInt64.random(in: 0 ... .max)
  private static let factor = UInt64.random(in: 0 ... .max) | 1

  /// Remembers a key.
  mutating func store(_ text: UnsafeRawBufferPointer, _ grant: Grant, isEarlier: Bool, at place: Place) {
    if slots.isEmpty { slots = Array(repeating: nil, count: Self.slotCount) }
    slots[place.index] = Entry(Array(text), grant, isEarlier: isEarlier)
  }
}

extension UnsafeRawBufferPointer {
  /// Whether these are the same bytes. Of texts of one size it takes as long wherever they differ.
  func isSameInConstantTime(as other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    var difference: UInt64 = 0
    if let start = baseAddress, let otherStart = other.baseAddress, count >= 8 {
      var place = 0
      while place < count {
        // The last may be looked at twice in part.
        let offset = Swift.min(place, count &- 8)
        difference |=
          start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          ^ otherStart.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        place &+= 8
      }
    } else {
      for index in indices { difference |= UInt64(self[index] ^ other[index]) }
    }
    return difference == 0
  }
}
