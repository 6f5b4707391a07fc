internal import Access
internal import Limits

/// Settings that may be maps in the file.
extension Setting {
  /// The servers: several, none of them twice.
  static func servers(
    _ key: String, _ placeholder: String, _ effect: Effect, default defaultText: String, _ help: String
  ) -> Setting {
    let takes = OllamaServer.form.takes
    return Setting(
      key: key, placeholder: placeholder, help: help + " Repeatable.", takes: takes, shape: .list,
      effect: effect, defaultText: defaultText,
      apply: { (texts, configuration) throws(Refusal) in
        guard (1...OllamaServer.limit).contains(texts.count) else {
          throw Refusal(
            value: "\(texts.count) values", takes: "1 to \(OllamaServer.limit) values, each \(takes)")
        }
        var servers: [OllamaServer] = []
        for text in texts {
          guard let server = OllamaServer.form.read(text) else { throw Refusal(value: text, takes: takes) }
          if let takes = server.takes(beside: servers) { throw Refusal(value: text, takes: takes) }
          servers.append(server)
        }
        configuration.servers = servers
      },
      applyMaps: { (node, place, configuration) throws(ConfigurationError) in
        configuration.servers = try OllamaServer.list(node, at: place)
      },
      values: { $0.servers.map(\.description) }, isSame: { $0.servers == $1.servers },
      adopt: { $1.servers = $0.servers })
  }

  /// Limits: in the file a map of them.
  static func limits(
    _ key: String, _ path: any WritableKeyPath<Configuration, LimitSet> & Sendable, _ placeholder: String,
    _ effect: Effect, _ help: String
  ) -> Setting {
    let form = ValueForm<LimitSet>(takes: LimitSet.takes, read: { LimitSet($0) }, write: \.text)
    var setting = single(key, path, form, placeholder, effect, help)
    setting.applyMaps = { (node, place, configuration) throws(ConfigurationError) in
      configuration[keyPath: path] = try LimitSet(node, at: place)
    }
    return setting
  }

  /// An issuer of tokens: in the file a map.
  static func issuer(
    _ key: String, _ path: any WritableKeyPath<Configuration, IssuerSettings?> & Sendable,
    _ placeholder: String, _ effect: Effect, _ help: String
  ) -> Setting {
    let form = ValueForm<IssuerSettings?>(
      takes: IssuerSettings.takes,
      read: { text in text.lowercased() == "off" ? .some(nil) : IssuerSettings(text).map { .some($0) } },
      write: { $0?.text ?? "off" })
    var setting = single(key, path, form, placeholder, effect, help)
    setting.applyMaps = { (node, place, configuration) throws(ConfigurationError) in
      configuration[keyPath: path] = try IssuerSettings(node, at: place)
    }
    return setting
  }

  /// The aliases of models: in the file a map of names to models.
  static func aliases(_ key: String, _ placeholder: String, _ effect: Effect, _ help: String) -> Setting {
    let takes = "NAME=MODEL, such as gpt-4o=llama3.1:8b or claude-*=qwen3:32b, at most \(ModelAlias.limit)"
    return Setting(
      key: key, placeholder: placeholder, help: help + " Repeatable.", takes: takes, shape: .list,
      effect: effect, defaultText: shown([]),
      apply: { (texts, configuration) throws(Refusal) in
        guard texts.count <= ModelAlias.limit else {
          throw Refusal(value: "\(texts.count) values", takes: takes)
        }
        var aliases: [ModelAlias] = []
        for text in texts {
          guard let alias = ModelAlias(text) else {
            throw Refusal(value: KeyRedaction.text(text), takes: takes)
          }
          aliases.append(alias)
        }
        if let twice = ModelAlias.double(in: aliases) {
          throw Refusal(value: "\(twice)", takes: "each name once; one without a tag has :latest")
        }
        configuration.modelAliases = aliases
      },
      applyMaps: { (node, place, configuration) throws(ConfigurationError) in
        configuration.modelAliases = try ModelAlias.map(node, at: place)
      },
      values: { $0.modelAliases.map(\.description) }, isSame: { $0.modelAliases == $1.modelAliases },
      adopt: { $1.modelAliases = $0.modelAliases })
  }
}
