public import Access

/// A name that clients use, and the model that they get.
public struct ModelAlias: Hashable, Sendable {
  /// The name, or a pattern of names.
  public let name: ModelGlob
  /// The model.
  public let model: String

  init(name: ModelGlob, model: String) {
    self.name = name
    self.model = model
  }

  /// Whether a name is one of an alias: it stands in lists and logs, so that no key is in it.
  static func isName(_ text: String) -> Bool { !KeyRedaction.holdsSecret(text) }

  /// Reads `NAME=MODEL`; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let name = ModelGlob(String(parts[0])), ModelAlias.isName(name.text),
      let model = ValueForm<String>.model.read(String(parts[1]))
    else { return nil }
    self.init(name: name, model: model)
  }
}

extension ModelAlias: CustomStringConvertible {
  /// The text that reads back as this alias.
  public var description: String { "\(name)=\(model)" }
}
