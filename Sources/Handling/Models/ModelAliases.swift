internal import Access
internal import Bytes
package import Configuration
internal import OllamaAPI

/// Names that clients use for other models (`model_aliases`). Immutable, and safe from any thread.
///
/// They hold for what models do and for what is shown of one, go before a model of the same name, and stand for a model in one
/// step: what they stand for is no alias. A whole name goes before a pattern; of patterns that with the most letters beside its
/// stars, and of equal ones that which stands first in the settings.
package struct ModelAliases: Sendable {
  private struct Pattern {
    /// What stands between the stars, in lower case.
    let parts: [[UInt8]]
    let letters: Int
    let model: String
  }

  /// Whole names, and the models that they stand for, in the order of the settings.
  package private(set) var names: [(name: String, model: String)] = []
  private var exact: [String: String] = [:]
  private var patterns: [Pattern] = []

  /// - Parameter aliases: as the operator has set them.
  package init(_ aliases: [ModelAlias]) {
    for alias in aliases {
      if alias.name.isPattern {
        let parts = alias.name.text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
          .map { $0.map(ASCII.lowercased) }
        patterns.append(
          Pattern(parts: parts, letters: parts.reduce(0) { $0 + $1.count }, model: alias.model))
      } else {
        names.append((alias.name.text, alias.model))
        exact[ModelAliases.canonical(alias.name.text)] = alias.model
      }
    }
    let order = patterns.enumerated().sorted { one, other in
      (other.element.letters, one.offset) < (one.element.letters, other.offset)
    }
    patterns = order.map(\.element)
  }

  /// Whether there are none.
  package var isEmpty: Bool { names.isEmpty && patterns.isEmpty }

  /// The model that a name stands for; nil where it stands for itself.
  ///
  /// - Parameter name: as a client has written it.
  package func model(for name: String) -> String? {
    // No alias has other letters.
    guard !isEmpty, name.utf8.count <= ModelName.maximumBytes, name.utf8.allSatisfy({ $0 < 0x80 }) else {
      return nil
    }
    if let model = exact[ModelAliases.canonical(name)] { return model }
    guard !patterns.isEmpty else { return nil }
    let written = name.utf8.map(ASCII.lowercased)
    let canonical = Array(ModelAliases.canonical(name).utf8)
    return patterns.first { Self.matches(written, $0.parts) || Self.matches(canonical, $0.parts) }?.model
  }

  /// The name of an alias as lists show it: as the operator has written it, or for a pattern, which is in no list, as the client has.
  package func listed(_ name: String) -> String {
    let canonical = ModelAliases.canonical(name)
    return names.first { ModelAliases.canonical($0.name).utf8.elementsEqual(canonical.utf8) }?.name ?? name
  }

  private static func canonical(_ name: String) -> String { ModelName(name)?.canonical ?? name }

  /// Takes each part where it stands first.
  private static func matches(_ name: [UInt8], _ parts: [[UInt8]]) -> Bool {
    guard let first = parts.first, let last = parts.last, name.starts(with: first),
      name.count >= first.count + last.count, name.suffix(last.count).elementsEqual(last)
    else { return false }
    var rest = name[first.count..<name.count - last.count]
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard
        let place = rest.indices.first(where: { rest[$0...].starts(with: part) })
      else { return false }
      rest = rest[(place + part.count)...]
    }
    return true
  }
}
