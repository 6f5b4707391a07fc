internal import Bytes
internal import JSON

/// A template of Go's that a request puts in the place of its model's: what a model reads by it, as far as it can be told without
/// carrying it out. A short one may write a long prompt a thousand times.
struct PromptTemplate: Equatable, Sendable {
  /// Bytes of a template that is looked at, as it stands in the body.
  static let limit = 64 * 1024

  /// Its own.
  private var bytes: Int
  /// How often it writes the prompt, the system prompt and the suffix at most.
  private var prompts = 0
  private var systems = 0
  private var suffixes = 0
  /// Whether it has loops, templates of its own or functions, by which it may write anything any number of times.
  private(set) var isOpenEnded = false

  /// - Parameter value: as it stands in the body; what is no string is an empty one.
  init(_ value: UnsafeRawBufferPointer) {
    guard value.count >= 2, value.first == UInt8(ascii: "\"") else {
      bytes = 0
      return
    }
    bytes = value.count
    guard value.count <= Self.limit else {
      isOpenEnded = true
      return
    }
    let text = JSONString.unescaped(UnsafeRawBufferPointer(rebasing: value[1..<value.count - 1]))
    text.withUnsafeBytes { read($0) }
    // What it may write counts as a whole.
    if isOpenEnded { (prompts, systems, suffixes) = (0, 0, 0) }
  }

  /// What is read beside one of each of the parts, which count by themselves.
  func bytes(of parts: Parts) -> Int {
    // None is longer than a body, and there are no more of each than a template has bytes.
    let written =
      bytes + max(0, prompts - 1) * parts.prompt + max(0, systems - 1) * parts.system
      + max(0, suffixes - 1) * parts.suffix
    return isOpenEnded ? max(written, parts.mostContext * PlacementSigns.tokenBytes) : written
  }

  /// What writes no less than either: of a template that comes several times Ollama takes one.
  func union(_ other: PromptTemplate) -> PromptTemplate {
    var union = self
    union.bytes = max(bytes, other.bytes)
    union.prompts = max(prompts, other.prompts)
    union.systems = max(systems, other.systems)
    union.suffixes = max(suffixes, other.suffixes)
    union.isOpenEnded = isOpenEnded || other.isOpenEnded
    return union
  }

  private mutating func read(_ text: UnsafeRawBufferPointer) {
    var index = 0
    while let start = Self.index(of: "{{", in: text, from: index) {
      let end = Self.index(of: "}}", in: text, from: start) ?? text.count
      note(UnsafeRawBufferPointer(rebasing: text[start + 2..<end]))
      index = end
    }
  }

  /// - Parameter action: what stands between the braces.
  private mutating func note(_ action: UnsafeRawBufferPointer) {
    let words = action.split { !ASCII.isAlphanumeric($0) && $0 != UInt8(ascii: "_") }
    guard let first = words.first else {
      // The dot alone, which may be any.
      prompts += 1
      systems += 1
      suffixes += 1
      return
    }
    if Self.conditions.contains(where: { first.elementsEqual($0.utf8) }) { return }
    var isOfField = false
    for word in words {
      switch true {
      case word.elementsEqual("Prompt".utf8): (prompts, isOfField) = (prompts + 1, true)
      case word.elementsEqual("System".utf8): (systems, isOfField) = (systems + 1, true)
      case word.elementsEqual("Suffix".utf8): (suffixes, isOfField) = (suffixes + 1, true)
      case word.elementsEqual("Response".utf8): isOfField = true
      default: isOpenEnded = true
      }
    }
    if !isOfField { isOpenEnded = true }
  }

  /// What writes nothing.
  private static let conditions = ["if", "else", "end"]

  private static func index(of pair: StaticString, in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
    let byte = pair.utf8Start.pointee
    var index = start
    while index + 1 < text.count {
      if text[index] == byte && text[index + 1] == byte { return index }
      index += 1
    }
    return nil
  }
}
