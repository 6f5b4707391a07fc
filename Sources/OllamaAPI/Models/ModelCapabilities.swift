internal import HTTPFields
import JSON

/// What a model can do, as Ollama says: `capabilities` in `/api/show` (since 0.6.4) and in `/api/tags` (since 2026).
enum ModelCapabilities {
  /// Whether a model can chat: all but those that can embed and cannot complete.
  ///
  /// - Parameter object: of a model. nil where it does not say what the model can do.
  static func canChat(_ object: JSONValue) -> Bool? {
    guard let list = object.present("capabilities"), list.count > 0 else { return nil }
    var (embeds, completes) = (false, false)
    list.forEachElement { element in
      guard let capability = element.string else { return }
      if capability.hasSameBytes(as: "embedding") { embeds = true }
      if capability.hasSameBytes(as: "completion") { completes = true }
    }
    return completes || !embeds
  }
}
