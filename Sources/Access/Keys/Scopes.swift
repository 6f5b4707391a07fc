internal import Bytes
internal import HTTPFields

/// What a caller may do.
public struct Scopes: OptionSet, Hashable, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// To let models answer: Ollama's own paths, and those of OpenAI's and Anthropic's clients.
  public static let inference = Scopes(rawValue: 1 << 0)
  /// The chat API: its own sessions and WebSockets.
  public static let chat = Scopes(rawValue: 1 << 1)
  /// Lists of models, and what one is.
  public static let modelsRead = Scopes(rawValue: 1 << 2)
  /// To pull, push, create, copy, delete and unload models.
  public static let modelsManage = Scopes(rawValue: 1 << 3)
  /// The figures for Prometheus.
  public static let metrics = Scopes(rawValue: 1 << 4)
  /// To see keys, teams, usage, servers and connections.
  public static let adminRead = Scopes(rawValue: 1 << 5)
  /// To change them. It holds ``adminRead`` as well.
  public static let admin = Scopes(rawValue: 1 << 6)

  /// Every scope, under the name that clients and operators use.
  private static let named: [(name: String, scope: Scopes)] = [
    ("inference", .inference), ("chat", .chat), ("models.read", .modelsRead),
    ("models.manage", .modelsManage), ("metrics", .metrics), ("admin.read", .adminRead), ("admin", .admin),
  ]

  /// All scopes' names, in order.
  public static let allNames = named.map(\.name)

  /// The scope of this name; nil if there is none.
  public init?(name: String) {
    guard let found = Self.named.first(where: { $0.name.hasSameBytes(as: name) }) else { return nil }
    self = found.scope
  }

  /// The scopes of these names; nil if one of them is none.
  public init?(names: [String]) {
    var all: Scopes = []
    for name in names {
      guard let scope = Scopes(name: name) else { return nil }
      all.insert(scope)
    }
    self = all
  }

  /// The names of these scopes, in order.
  public var names: [String] { Self.named.filter { contains($0.scope) }.map(\.name) }

  /// These and what they hold without naming it: who may change may see.
  package var effective: Scopes { contains(.admin) ? union(.adminRead) : self }
}

// What LiteLLM calls the type of a key.
extension Scopes {
  /// A set of scopes that goes by a name.
  public enum Preset: String, CaseIterable, Sendable {
    /// Models only.
    case llmAPI = "llm_api"
    /// All that is no use of a model.
    case management
    /// To look at everything, and to change nothing.
    case readOnly = "read_only"
    /// What people and their programs need.
    case standard = "default"

    /// Its scopes.
    public var scopes: Scopes {
      switch self {
      case .llmAPI: [.inference, .modelsRead]
      case .management: [.modelsRead, .modelsManage, .metrics, .adminRead, .admin]
      case .readOnly: [.modelsRead, .metrics, .adminRead]
      case .standard: [.inference, .chat, .modelsRead]
      }
    }
  }

  /// The most that callers without a key have whatever the settings are.
  package static let anonymous: Scopes = [.inference, .chat, .modelsRead]
}

extension Scopes: CustomStringConvertible {
  public var description: String { names.joined(separator: ", ") }
}
