/// A model of an ``OllamaSimulation``.
public struct SimulatedModel: Sendable, Equatable {
  /// As `/api/tags` lists it, with its tag.
  public var name: String
  /// 64 hexadecimal digits; equal names have equal ones on all servers unless one is given.
  public var digest: String
  /// The bytes of its file, which are those of its memory too.
  public var size: Int
  /// What `/api/show` says that it can do.
  public var capabilities: [String]
  /// How many requests it takes at once where that is not the server's number, as for models that are forced to 1.
  public var slots: Int?
  /// How long it takes to load where that is not the server's time.
  public var loadTime: Duration?
  /// When it came, as `/api/tags` tells.
  public var modifiedAt: String

  /// A model; a name without a tag gets `:latest`.
  public init(
    _ name: String, digest: String? = nil, size: Int = 270_898_672, capabilities: [String] = ["completion"],
    slots: Int? = nil, loadTime: Duration? = nil, modifiedAt: String = OllamaWire.time
  ) {
    self.name = Self.tagged(name)
    self.digest = digest ?? Self.digest(of: name)
    self.size = size
    self.capabilities = capabilities
    self.slots = slots
    self.loadTime = loadTime
    self.modifiedAt = modifiedAt
  }

  /// An embedding model: one slot, and nothing to say.
  public static func embedding(_ name: String) -> SimulatedModel {
    SimulatedModel(name, capabilities: ["embedding"], slots: 1)
  }

  /// The name with `:latest` where it has no tag.
  static func tagged(_ name: String) -> String {
    let last = name.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    return last.contains(":") ? name : name + ":latest"
  }

  /// What Ollama compares: without the default host and namespace, in small letters, with a tag.
  static func canonical(_ name: String) -> String {
    var name = tagged(name).lowercased()
    for prefix in ["registry.ollama.ai/", "library/"] where name.hasPrefix(prefix) {
      name.removeFirst(prefix.count)
    }
    return name
  }

  /// A digest for what has none: the same for the same name.
  static func digest(of name: String) -> String {
    // FNV-1a, four times with different beginnings.
    (0..<4).map { part in
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325 &+ UInt64(part)
      for byte in canonical(name).utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      let digits = String(hash, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
