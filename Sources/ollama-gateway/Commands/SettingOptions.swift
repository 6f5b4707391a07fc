import ArgumentParser
import Configuration

/// The settings as options. ArgumentParser wants them declared; all else (help, what they take) comes from ``Setting/all``.
/// Each is read as it stands, the table judges it.
struct SettingOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: .configFile) var config: String?

  @Option(parsing: .unconditionalSingleValue, help: .setting("listen")) var listen: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("base_path")) var basePath: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("ollama")) var ollama: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("workers")) var workers: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("default_model")) var defaultModel: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("model_aliases")) var modelAliases: [String] = []
  @Flag(inversion: .prefixedNo, exclusivity: .chooseLast, help: .setting("queue")) var queue: Bool?
  @Option(parsing: .unconditionalSingleValue, help: .setting("queue_timeout")) var queueTimeout: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("context")) var context: [String] = []
  @Flag(inversion: .prefixedNo, exclusivity: .chooseLast, help: .setting("server_names"))
  var serverNames: Bool?
  @Flag(inversion: .prefixedNo, exclusivity: .chooseLast, help: .setting("allow_model_management"))
  var allowModelManagement: Bool?
  @Flag(inversion: .prefixedNo, exclusivity: .chooseLast, help: .setting("allow_cloud_models"))
  var allowCloudModels: Bool?
  @Flag(inversion: .prefixedNo, exclusivity: .chooseLast, help: .setting("forward_client"))
  var forwardClient: Bool?
  @Flag(inversion: .prefixedNo, exclusivity: .chooseLast, help: .setting("usage_log"))
  var usageLog: Bool?

  @Option(parsing: .unconditionalSingleValue, help: .setting("allowed_origin")) var allowedOrigin: [String] =
    []
  @Option(parsing: .unconditionalSingleValue, help: .setting("allowed_host")) var allowedHost: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("trusted_proxy")) var trustedProxy: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("auth")) var auth: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("keys_file")) var keysFile: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("admin_key_file")) var adminKeyFile: [String] =
    []
  @Option(parsing: .unconditionalSingleValue, help: .setting("open_to")) var openTo: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("anonymous")) var anonymous: [String] = []
  @Flag(inversion: .prefixedNo, exclusivity: .chooseLast, help: .setting("allow_query_keys"))
  var allowQueryKeys: Bool?
  @Flag(inversion: .prefixedNo, exclusivity: .chooseLast, help: .setting("allow_registration"))
  var allowRegistration: Bool?
  @Flag(inversion: .prefixedNo, exclusivity: .chooseLast, help: .setting("user_keys"))
  var userKeys: Bool?
  @Option(parsing: .unconditionalSingleValue, help: .setting("trusted_user_header"))
  var trustedUserHeader: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("oidc")) var oidc: [String] = []

  @Option(parsing: .unconditionalSingleValue, help: .setting("max_header")) var maxHeader: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("max_body")) var maxBody: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("max_unsent")) var maxUnsent: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("max_connections")) var maxConnections:
    [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("max_websockets")) var maxWebsockets: [String] =
    []
  @Option(parsing: .unconditionalSingleValue, help: .setting("max_turns")) var maxTurns: [String] = []

  @Option(parsing: .unconditionalSingleValue, help: .setting("connect_timeout")) var connectTimeout:
    [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("first_byte_timeout"))
  var firstByteTimeout: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("idle_timeout")) var idleTimeout: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("heartbeat")) var heartbeat: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("queue_lines")) var queueLines: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("header_timeout")) var headerTimeout: [String] =
    []
  @Option(parsing: .unconditionalSingleValue, help: .setting("send_timeout")) var sendTimeout: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("keep_alive_timeout"))
  var keepAliveTimeout: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("drain_timeout")) var drainTimeout: [String] = []

  @Option(parsing: .unconditionalSingleValue, help: .setting("context_messages"))
  var contextMessages: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("context_bytes")) var contextBytes: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("store")) var store: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("store_password_file"))
  var storePasswordFile: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("durability")) var durability: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("store_timeout")) var storeTimeout: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("store_max")) var storeMax: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("session_ttl")) var sessionTtl: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("max_sessions")) var maxSessions: [String] = []
  @Flag(inversion: .prefixedNo, exclusivity: .chooseLast, help: .setting("shared_sessions"))
  var sharedSessions: Bool?
  @Option(parsing: .unconditionalSingleValue, help: .setting("session_grace")) var sessionGrace: [String] = []

  @Option(parsing: .unconditionalSingleValue, help: .setting("log_level")) var logLevel: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: .setting("log_format")) var logFormat: [String] = []
}

extension SettingOptions {
  /// What the configuration is read from: these flags, the process's environment and the files.
  var sources: ConfigurationSources {
    let flags = values
    precondition(Set(flags.keys) == Set(Setting.all.map(\.key)), "the options are not those of the table")
    return ConfigurationSources(flags: flags, configFile: config, environment: ProcessEnvironment.variables)
  }

  /// The flag of a setting that was given, if there is one.
  var firstFlag: String? {
    if config != nil { return Setting.ConfigFile.flag }
    let given = values.filter { !$0.value.isEmpty }
    return Setting.all.first { given[$0.key] != nil }?.flag
  }

  /// The flags' values by the settings' keys.
  private var values: [String: [String]] {
    [
      "listen": listen, "base_path": basePath, "ollama": ollama, "workers": workers,
      "default_model": defaultModel, "model_aliases": modelAliases,
      "queue": queue.map { ["\($0)"] } ?? [], "queue_timeout": queueTimeout, "context": context,
      "server_names": serverNames.map { ["\($0)"] } ?? [],
      "allow_model_management": allowModelManagement.map { ["\($0)"] } ?? [],
      "allow_cloud_models": allowCloudModels.map { ["\($0)"] } ?? [],
      "forward_client": forwardClient.map { ["\($0)"] } ?? [],
      "usage_log": usageLog.map { ["\($0)"] } ?? [],
      "allowed_origin": allowedOrigin, "allowed_host": allowedHost,
      "trusted_proxy": trustedProxy, "auth": auth, "keys_file": keysFile, "admin_key_file": adminKeyFile,
      "open_to": openTo, "anonymous": anonymous, "allow_query_keys": allowQueryKeys.map { ["\($0)"] } ?? [],
      "allow_registration": allowRegistration.map { ["\($0)"] } ?? [],
      "user_keys": userKeys.map { ["\($0)"] } ?? [],
      "trusted_user_header": trustedUserHeader, "oidc": oidc,
      "max_header": maxHeader, "max_body": maxBody, "max_unsent": maxUnsent,
      "max_connections": maxConnections,
      "max_websockets": maxWebsockets, "max_turns": maxTurns, "connect_timeout": connectTimeout,
      "first_byte_timeout": firstByteTimeout,
      "idle_timeout": idleTimeout, "heartbeat": heartbeat, "queue_lines": queueLines,
      "header_timeout": headerTimeout,
      "send_timeout": sendTimeout, "keep_alive_timeout": keepAliveTimeout,
      "drain_timeout": drainTimeout, "context_messages": contextMessages, "context_bytes": contextBytes,
      "store": store, "store_password_file": storePasswordFile, "durability": durability,
      "store_timeout": storeTimeout, "store_max": storeMax, "session_ttl": sessionTtl,
      "max_sessions": maxSessions,
      "shared_sessions": sharedSessions.map { ["\($0)"] } ?? [], "session_grace": sessionGrace,
      "log_level": logLevel,
      "log_format": logFormat,
    ]
  }
}

extension ArgumentHelp {
  /// The help of a setting, by the table.
  fileprivate static func setting(_ key: String) -> ArgumentHelp {
    guard let setting = Setting.named(key) else { preconditionFailure("no setting \(key)") }
    return ArgumentHelp("\(setting.helpText)", valueName: setting.placeholder)
  }

  fileprivate static var configFile: ArgumentHelp {
    ArgumentHelp("\(Setting.ConfigFile.helpText)", valueName: Setting.ConfigFile.placeholder)
  }
}
