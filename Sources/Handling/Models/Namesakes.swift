package import OllamaAPI

/// The names that models have beside the one that is asked for: copies of one have its digest. A plain value; all names are
/// canonical.
package struct Namesakes: Sendable {
  private var names: [String: [String]] = [:]
  private var digests: [String: [String]] = [:]

  /// Of no models.
  package init() {}

  /// A server has this model.
  package mutating func add(_ model: TagsResponse.Model) {
    guard let digest = model.digest, let name = ModelName(model.name)?.canonical else { return }
    if names[digest]?.contains(name) != true { names[digest, default: []].append(name) }
    if digests[name]?.contains(digest) != true { digests[name, default: []].append(digest) }
  }

  /// The other names of what servers have under a name: under one name they may have different models.
  package func of(_ name: String) -> [String] {
    (digests[name] ?? []).flatMap { names[$0] ?? [] }.filter { !$0.utf8.elementsEqual(name.utf8) }
  }
}
