internal import Bytes

/// Which models somebody may use: names and globs, of which those behind a `!` go before the others.
///
/// A list without any other than `!` holds for all that these leave; an empty one for none. The others are for a name alone,
/// but a `!` closes a model under every name that it has: a copy does not open it.
public struct ModelRules: Equatable, Sendable {
  /// As they were written: at most ``limit``, each a ``ModelGlob`` with or without `!` before it.
  public let texts: [String]

  private let allowed: [Rule]
  private let denied: [Rule]

  /// The most rules of a list.
  public static let limit = 100

  /// Continues "takes …".
  static let takes =
    "at most \(limit) names of models, with or without * in them and ! before them, each of at most 255 of "
    + "A-Z a-z 0-9 . _ - : / @ *"

  /// Nil if there are too many, or one is no rule.
  public init?(_ texts: [String]) {
    guard texts.count <= Self.limit else { return nil }
    var (allowed, denied): ([Rule], [Rule]) = ([], [])
    for text in texts {
      let isDenied = text.utf8.first == UInt8(ascii: "!")
      guard let glob = ModelGlob(isDenied ? String(text.utf8.dropFirst())! : text) else { return nil }
      if isDenied { denied.append(Rule(glob)) } else { allowed.append(Rule(glob)) }
    }
    self.texts = texts
    self.allowed = allowed
    self.denied = denied
  }

  /// Whether the other names of a model's digest may close it: whether there is a `!`.
  public var looksAtOtherNames: Bool { !denied.isEmpty }

  /// Whether a model may be used.
  ///
  /// - Parameters:
  ///   - name: canonical, with aliases resolved.
  ///   - others: canonical; the other names of its digest, as far as they are known.
  public func allows(_ name: String, alsoKnownAs others: [String] = []) -> Bool {
    guard denied.isEmpty || !isDenied(name) && !others.contains(where: isDenied) else { return false }
    if allowed.isEmpty { return !denied.isEmpty }
    return allowed.contains { $0.matches(name) }
  }

  private func isDenied(_ name: String) -> Bool {
    if denied.contains(where: { $0.matches(name) }) { return true }
    // Ollama keeps it under a name of its own, and it is the same model.
    return ModelGlob.withoutRegistry(name).map { name in denied.contains { $0.matches(name) } } ?? false
  }

  public static func == (left: ModelRules, right: ModelRules) -> Bool { left.texts == right.texts }

  /// One of them, over canonical names.
  private struct Rule: Sendable {
    private let glob: [UInt8]
    /// Whether it names the registry or the folder, which canonical names leave out.
    private let isQualified: Bool

    init(_ glob: ModelGlob) {
      let written = glob.withoutDigest
      let isInRegistry = written.starts(with: ModelGlob.folders[0].utf8)
      isQualified = glob.isPattern && (isInRegistry || written.starts(with: ModelGlob.folders[1].utf8))
      guard glob.isPattern else {
        self.glob = Array(glob.canonical.utf8)
        return
      }
      let whole = isQualified && !isInRegistry ? Array(ModelGlob.folders[0].utf8) + written : written
      // Without a tag it means the one that a name without a tag means.
      let hasTag = ModelGlob.hasTag(whole) || whole.last == UInt8(ascii: "*")
      self.glob = hasTag ? whole : whole + Array(":latest".utf8)
    }

    func matches(_ name: String) -> Bool {
      guard isQualified else { return Glob.matches(name.utf8, glob) }
      return switch name.utf8.count(where: { $0 == UInt8(ascii: "/") }) {
      case 0: Glob.matches((ModelGlob.folders[0] + ModelGlob.folders[1] + name).utf8, glob)
      case 1: Glob.matches((ModelGlob.folders[0] + name).utf8, glob)
      default: Glob.matches(name.utf8, glob)
      }
    }
  }
}
