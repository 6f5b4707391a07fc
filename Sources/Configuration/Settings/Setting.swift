/// One thing that an operator can set: its names, what it takes, its default, and how it enters a ``Configuration``.
/// Flags, environment, file, `--help`, `check` and the tests all go by ``all``.
public struct Setting: Sendable {
  /// Its key in the file: `max_body`. The other names follow from it.
  public let key: String
  /// The name of its value in `--help`: `SIZE`.
  public let placeholder: String
  /// One sentence.
  public let help: String
  /// Continues "takes …".
  public let takes: String
  /// How many values it has.
  public let shape: Shape
  /// When another value of it takes effect.
  public let effect: Effect
  /// The default as `--help` shows it.
  public let defaultText: String

  /// Reads the texts into the configuration.
  let apply: @Sendable ([String], inout Configuration) throws(Refusal) -> Void
  /// Reads a value of the file in which there are maps; nil: the setting takes none.
  var applyMaps: (@Sendable (YAMLNode, FilePlace, inout Configuration) throws(ConfigurationError) -> Void)?
  /// The configuration's values for people. They read back, but where they hold a secret, which is left out, or are maps.
  let values: @Sendable (Configuration) -> [String]
  /// Whether two configurations have the same values.
  let isSame: @Sendable (Configuration, Configuration) -> Bool
  /// Takes over the values of another configuration.
  let adopt: @Sendable (_ other: Configuration, inout Configuration) -> Void

  /// How many values a setting has, and so how it is written.
  public enum Shape: Sendable {
    /// One value; given again, the last one counts.
    case single
    /// Any number: a repeated flag, a list parted by commas in the environment, a list in the file.
    case list
    /// Yes or no: `--flag`, `--no-flag`.
    case toggle
  }

  /// When another value of a setting takes effect.
  public enum Effect: Sendable {
    /// When the configuration is read again (SIGHUP), and no stream is cut for it.
    case atReload
    /// At the next start.
    case atStart
  }

  /// A text that the setting does not take.
  struct Refusal: Error {
    let value: String
    let takes: String
  }
}

extension Setting {
  /// The prefix of every environment variable of ours.
  public static let environmentPrefix = "OLLAMA_GATEWAY_"

  /// The flag: `--max-body`.
  public var flag: String { "--" + key.map { $0 == "_" ? "-" : String($0) }.joined() }

  /// The environment variable: `OLLAMA_GATEWAY_MAX_BODY`.
  public var environmentName: String { Self.environmentPrefix + key.uppercased() }

  /// Values as people read them: `none` where there are none, or one that is empty.
  public static func shown(_ values: [String]) -> String {
    let text = values.joined(separator: ", ")
    return text.isEmpty ? "none" : text
  }

  /// Its line in `--help`: what it does, its default and its environment variable.
  public var helpText: String { "\(help) (default: \(defaultText); env: \(environmentName))" }
}

extension Setting {
  /// Where the configuration file is. It stands apart from ``all``: it is no key of the file itself.
  public enum ConfigFile {
    /// The flag.
    public static let flag = "--config"
    /// The environment variable.
    public static let environmentName = Setting.environmentPrefix + "CONFIG"
    /// The name of its value in `--help`.
    public static let placeholder = "PATH"
    /// Its line in `--help`.
    public static let helpText =
      "A YAML file of settings; each has the key of its flag with _ for - (default: none; env: \(environmentName))"
  }
}
