/// The name of a model as Ollama writes it: `[HOST[:PORT]/][NAMESPACE/]MODEL[:TAG]`, with the tag always there.
///
/// Not checked beyond its outline: Ollama decides what it knows. The bound and the refusal of white space and control
/// characters keep names fit for a log line.
public struct ModelName: Hashable, Sendable, CustomStringConvertible {
  /// In UTF-8: Ollama's own limits are 350 for the host and 80 for each other part.
  public static let maximumBytes = 600

  /// The tag that a name without one means.
  public static let defaultTag = "latest"

  /// The name with its tag.
  public let description: String

  /// - Returns: `nil` for an empty name or part, a name over the bound, and white space or control characters.
  public init?(_ name: String) {
    let bytes = name.utf8
    guard !bytes.isEmpty, bytes.count <= Self.maximumBytes, bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
    else {
      return nil
    }
    // A colon before the last slash belongs to a port; one after an `@` to a digest, which stands for a tag.
    let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
    let model = bytes[(slash.map(bytes.index(after:)) ?? bytes.startIndex)...]
    let colon = UInt8(ascii: ":")
    guard let first = model.first, first != colon, model.last != colon else { return nil }
    let isComplete = model.contains(colon) || model.contains(UInt8(ascii: "@"))
    description = isComplete ? name : "\(name):\(Self.defaultTag)"
  }

  /// The one of its spellings that is the same for all: Ollama takes names in any case, with and without the registry and the
  /// folder that it looks in by itself. It lists them as they were given when the model was made.
  public var canonical: String {
    // By bytes: to walk over a text by its characters takes ten times as long.
    var name = Substring(description.lowercased()).utf8
    if let colon = name.firstIndex(of: UInt8(ascii: ":")), name[colon...].starts(with: "://".utf8) {
      name = name[colon...].dropFirst(3)
    }
    // A digest says which of the tag's models is meant.
    if let at = name.firstIndex(of: UInt8(ascii: "@")) { name = name[..<at] }
    for folder in ["registry.ollama.ai/", "library/"] where name.starts(with: folder.utf8) {
      name = name.dropFirst(folder.utf8.count)
    }
    let model = name.lastIndex(of: UInt8(ascii: "/")) ?? name.startIndex
    let hasTag = name[model...].contains(UInt8(ascii: ":"))
    return hasTag ? String(Substring(name)) : "\(Substring(name)):\(Self.defaultTag)"
  }
}
