/// A document that simdjson refused, made into one that it takes, where Go's `encoding/json` takes it as it is, which Ollama
/// reads with:
///
/// - a byte of a string that belongs to no character in UTF-8, and an escape of half a character, are U+FFFD;
/// - numbers have any size: a large one is replaced, and told apart by its place;
/// - the first value is the document, whatever stands behind it.
///
/// One pass over the bytes. What is broken in other ways stays broken.
struct JSONRepair {
  /// A number that simdjson does not take.
  struct LargeNumber {
    /// Of the number that replaces it on simdjson's tape (its `doc/tape.md`): `csimdjson_position`.
    let position: Int
    /// Where it stands in the document.
    let text: Range<Int>
  }

  /// More large numbers than this are left as they are, for the table of them takes more memory than the text.
  static let maximumNumbers = 10_000

  private let document: UnsafeRawBufferPointer
  private(set) var bytes: [UInt8] = []
  private(set) var numbers: [LargeNumber] = []

  private var index = 0
  /// Up to here the document has been taken over.
  private var copied = 0
  /// Behind the root, which is the first.
  private var tapePosition = 1

  /// - Returns: `nil` where there is nothing to repair.
  init?(_ document: UnsafeRawBufferPointer) {
    self.document = document
    skipValue()
    let end = min(index, document.count)
    guard copied > 0 || end < document.count else { return nil }
    bytes.append(contentsOf: document[min(copied, end)..<end])
  }

  private mutating func replace(_ range: Range<Int>, with replacement: StaticString) {
    takeOver(upTo: range.lowerBound)
    let text = UnsafeBufferPointer(start: replacement.utf8Start, count: replacement.utf8CodeUnitCount)
    bytes.append(contentsOf: text)
    copied = range.upperBound
  }

  private mutating func takeOver(upTo end: Int) {
    if bytes.isEmpty { bytes.reserveCapacity(document.count + 64) }
    if copied < end { bytes.append(contentsOf: document[copied..<end]) }
  }

  /// Steps to the end of the document's value.
  private mutating func skipValue() {
    var depth = 0
    while index < document.count {
      switch document[index] {
      case UInt8(ascii: "\""):
        skipString()
        tapePosition += 1
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        index += 1
        tapePosition += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        index += 1
        tapePosition += 1
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        skipNumber()
        tapePosition += 2
      case UInt8(ascii: "a")...UInt8(ascii: "z"):
        while index < document.count, UInt8(ascii: "a")...UInt8(ascii: "z") ~= document[index] { index += 1 }
        tapePosition += 1
      default:
        index += 1
        continue
      }
      if depth <= 0 { return }
    }
  }

  private mutating func skipNumber() {
    let start = index
    while index < document.count, NumberText.isPart(document[index]) { index += 1 }
    // The shortest is 1e308.
    guard index - start >= 5, numbers.count < JSONRepair.maximumNumbers,
      NumberText.isLarge(document[start..<index])
    else { return }
    numbers.append(LargeNumber(position: tapePosition, text: start..<index))
    replace(start..<index, with: "0e0")
  }
}

// MARK: - Strings

extension JSONRepair {
  private mutating func skipString() {
    index += 1
    while true {
      index = document.firstToRepair(from: index)
      guard index < document.count else { return }
      switch document[index] {
      case UInt8(ascii: "\""):
        index += 1
        return
      case UInt8(ascii: "\\"): skipEscape()
      default:
        if let length = document.characterLength(at: index) {
          index += length
        } else {
          replaceBadBytes()
        }
      }
    }
  }

  /// Those that come together, which may be all there is: each costs as little as can be.
  private mutating func replaceBadBytes() {
    takeOver(upTo: index)
    repeat {
      bytes.appendReplacementCharacter()
      index += 1
    } while index < document.count && document.characterLength(at: index) == nil
    copied = index
  }

  private mutating func skipEscape() {
    guard let unit = JSONString.codeUnit(at: index, of: document) else {
      index += 2
      return
    }
    if let length = JSONString.pairLength(unit, at: index, of: document) {
      index += length
    } else {
      replace(index..<index + 6, with: #"\ufffd"#)
      index += 6
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The first byte at or after `start` that ends a string, begins an escape or is not ASCII, or `count`.
  fileprivate func firstToRepair(from start: Int) -> Int {
    var index = Swift.min(start, count)
    while index + 8 <= count {
      let word = ByteWord(self, at: index)
      let marks =
        word.nonASCIIMarks | word.marks(of: UInt8(ascii: "\"")) | word.marks(of: UInt8(ascii: "\\"))
      if marks != 0 { return index + ByteWord.firstIndex(of: marks) }
      index += 8
    }
    while index < count {
      let byte = self[index]
      if byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
      index += 1
    }
    return count
  }
}
