internal import Bytes
internal import JSON

/// A row of a list of models: the bytes that a server sent, and what is looked at to make several lists one.
public struct ModelRow: Equatable, Sendable {
  /// The object; what is not known here is in it as well.
  public private(set) var bytes: [UInt8]
  /// As the server writes it.
  public let name: String
  /// The one spelling of ``name``.
  let canonical: String
  /// Empty where it is missing.
  let digest: String
  /// As it is written; empty where it is missing.
  let contextLength: [UInt8]
  /// Negative where it is missing.
  let sizeInVRAM: Int
  /// When it was modified or made; of a loaded model, when it goes.
  private(set) var time: ListTime?
  /// Where the name stands, its quotes included.
  private var namePlaces: [Range<Int>] = []
  private var timePlace: Range<Int>?

  /// Bytes of a member that is looked at.
  private static let memberLimit = 4096

  /// - Parameter element: an object's text, well formed.
  /// - Returns: nil where it has no name, or bytes that many readers do not take: one such row would cost them the whole list.
  init?(_ element: UnsafeRawBufferPointer, of list: ModelList) {
    guard element.first == UInt8(ascii: "{"), let start = element.baseAddress, element.isUTF8 else {
      return nil
    }
    var (name, digest): (String?, String) = (nil, "")
    var (contextLength, sizeInVRAM): ([UInt8], Int) = ([], -1)
    var scanner = JSONMemberScanner()
    while case .member(let member)? = try? scanner.next(in: element) {
      guard member.value.count <= ModelRow.memberLimit, let value = member.value.baseAddress else { continue }
      let place = value - start..<value - start + member.value.count
      let key = member.key
      if ModelRow.isName(key, of: list), let text = ModelRow.text(member.value) {
        // `name` comes before `model`, and says the same.
        name = name ?? text
        namePlaces.append(place)
      } else if ("digest" as StaticString).equals(key) {
        digest = ModelRow.text(member.value) ?? ""
      } else if ("context_length" as StaticString).equals(key) {
        contextLength = Array(member.value)
      } else if ("size_vram" as StaticString).equals(key) {
        sizeInVRAM = Int(String(decoding: member.value, as: UTF8.self)) ?? -1
      } else if ModelRow.isTime(key, of: list) {
        timePlace = place
        time = ListTime(member.value)
      }
    }
    guard let name, !name.utf8.isEmpty else { return nil }
    self.name = name
    canonical = ModelName(name)?.canonical ?? name
    self.digest = digest
    self.contextLength = contextLength
    self.sizeInVRAM = sizeInVRAM
    bytes = Array(element)
  }

  private static func isName(_ key: UnsafeRawBufferPointer, of list: ModelList) -> Bool {
    list == .openAI
      ? ("id" as StaticString).equals(key)
      : ("name" as StaticString).equals(key) || ("model" as StaticString).equals(key)
  }

  private static func isTime(_ key: UnsafeRawBufferPointer, of list: ModelList) -> Bool {
    switch list {
    case .tags: ("modified_at" as StaticString).equals(key)
    case .loaded: ("expires_at" as StaticString).equals(key)
    case .openAI: ("created" as StaticString).equals(key)
    }
  }

  private static func text(_ value: UnsafeRawBufferPointer) -> String? {
    guard value.count >= 2, value.first == UInt8(ascii: "\"") else { return nil }
    let content = UnsafeRawBufferPointer(rebasing: value[1..<value.count - 1])
    return String(decoding: JSONString.unescaped(content), as: UTF8.self)
  }

  /// A copy under another name, which is all that differs in it.
  func renamed(_ name: String, of list: ModelList) -> ModelRow? {
    var writer = JSONWriter()
    writer.string(name)
    return bytes.replacing(namePlaces, with: writer.take()).withUnsafeBytes { ModelRow($0, of: list) }
  }

  /// Takes the time of another row, as that has it.
  mutating func takeTime(of other: ModelRow) {
    guard let timePlace, let theirs = other.timePlace else { return }
    bytes = bytes.replacing([timePlace], with: Array(other.bytes[theirs]))
    // Of what stands behind it the places are others now; nothing looks for them any more.
    self.timePlace = nil
    time = other.time
  }
}
