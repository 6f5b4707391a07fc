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

  /// Reads `NAME=MODEL`; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let name = ModelGlob(String(parts[0])),
      let model = ValueForm<String>.model.read(String(parts[1]))
    else { return nil }
    self.init(name: name, model: model)
  }
}

extension ModelAlias: CustomStringConvertible {
  /// The text that reads back as this alias.
  public var description: String { "\(name)=\(model)" }
}
