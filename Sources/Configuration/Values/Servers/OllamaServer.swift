public import Access

/// An entry of the setting `ollama`: where a server is, and what the operator says of it. One that stands for several (by DNS)
/// says it of each.
public struct OllamaServer: Hashable, Sendable {
  /// Where it is.
  public var place: ServerPlace
  /// Nil: clients hear of no name.
  public var name: ServerName?
  /// The requests that a model of it takes at once (`OLLAMA_NUM_PARALLEL`), 1-1024; nil: learned.
  public var parallel: Int?
  /// How much of the work it gets against others that cost the same, 0.01-100.
  public var weight = 1.0
  /// Servers of a higher tier, 0-100, get work only where those of the lower ones are busy for long.
  public var tier = 0
  /// The models that it is asked for.
  public var models = ModelRules()
  /// Fields that every request to it has, at most 32.
  public var headers: [ServerHeader] = []
  /// The path of a file with a key, sent as `Authorization: Bearer KEY`.
  public var apiKeyFile: String?
  /// The path of a PEM file of the authorities that its certificate may be of; nil: the system's.
  public var caFile: String?
  /// The path of a PEM file of the gateway's own certificate; with ``clientKey``.
  public var clientCert: String?
  /// The path of a PEM file of the certificate's key.
  public var clientKey: String?
  /// The models that it has in memory at once, 1-1000; nil: learned.
  public var maxLoaded: Int?
  /// The models that stay in its memory, at most ``pinLimit``; none of them is a pattern.
  public var pin: [ModelGlob] = []
  /// The requests that it gets at once, 1-100000; nil: no bound beside its slots.
  public var maxInflight: Int?

  /// As many models as one server is told to keep.
  public static let pinLimit = 64

  /// Which models a server is asked for.
  public struct ModelRules: Hashable, Sendable {
    /// These; empty: all.
    public var allow: [ModelGlob] = []
    /// But not these.
    public var deny: [ModelGlob] = []

    /// All models.
    public init() {}
  }

  /// A server about which nothing more is said.
  public init(_ place: ServerPlace, name: ServerName? = nil) {
    self.place = place
    self.name = name
  }

  /// Where a local Ollama listens.
  public static let standard = OllamaServer(.url(.standard))

  /// Reads `URL`, `dns:NAME:PORT`, `dns+srv:NAME` or `NAME=` and one of these, or `file:PATH`; nil for anything else.
  public init?(_ text: String) {
    let end = text.utf8.firstIndex(of: UInt8(ascii: "=")) ?? text.startIndex
    let before = text[..<end]
    // An equals sign may be in a path.
    guard end > text.startIndex, !before.utf8.contains(where: { ":/".utf8.contains($0) }) else {
      guard let place = ServerPlace(text) else { return nil }
      self.init(place)
      return
    }
    guard let name = ServerName(String(before)),
      let place = ServerPlace(String(text[text.utf8.index(after: end)...]))
    else { return nil }
    // The file names its servers itself.
    if case .file = place { return nil }
    self.init(place, name: name)
  }
}

extension OllamaServer: CustomStringConvertible {
  /// `URL` or `NAME=URL`; with more said of it, as a map of the file. Values of headers are left out.
  public var description: String {
    let members = members
    let short = (name.map { "\($0)=" } ?? "") + "\(place)"
    guard !members.isEmpty else { return short }
    return "{"
      + ([name.map { "name: \($0)" }, "url: \(place)"].compactMap { $0 } + members).joined(separator: ", ")
      + "}"
  }

  private var members: [String] {
    let rules = [("allow", models.allow), ("deny", models.deny)].filter { !$1.isEmpty }.map { key, globs in
      "\(key): [\(globs.map(\.text).joined(separator: ", "))]"
    }
    let members: [String?] = [
      parallel.map { "parallel: \($0)" },
      weight == 1 ? nil : "weight: \(Self.weightForm.write(weight))",
      tier == 0 ? nil : "tier: \(tier)",
      rules.isEmpty ? nil : "models: {\(rules.joined(separator: ", "))}",
      headers.isEmpty ? nil : "headers: {\(headers.map(\.description).joined(separator: ", "))}",
      apiKeyFile.map { "api_key_file: \($0)" }, caFile.map { "ca_file: \($0)" },
      clientCert.map { "client_cert: \($0)" }, clientKey.map { "client_key: \($0)" },
      maxLoaded.map { "max_loaded: \($0)" }, maxInflight.map { "max_inflight: \($0)" },
      pin.isEmpty ? nil : "pin: [\(pin.map(\.text).joined(separator: ", "))]",
    ]
    return members.compactMap { $0 }
  }
}
