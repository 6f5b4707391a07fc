extension Setting {
  /// A setting of one value.
  static func single<Value: Sendable & Equatable>(
    _ key: String, _ path: any WritableKeyPath<Configuration, Value> & Sendable, _ form: ValueForm<Value>,
    _ placeholder: String, _ effect: Effect, default defaultText: String? = nil, _ help: String
  ) -> Setting {
    Setting(
      key: key, placeholder: placeholder, help: help, takes: form.takes,
      shape: Value.self == Bool.self ? .toggle : .single, effect: effect,
      defaultText: defaultText ?? shown([form.write(Configuration(cores: 1)[keyPath: path])]),
      apply: { (texts, configuration) throws(Refusal) in
        guard let text = texts.last else { return }
        guard let value = form.read(text) else { throw Refusal(value: form.shown(text), takes: form.takes) }
        configuration[keyPath: path] = value
      },
      values: { [form.write($0[keyPath: path])] }, isSame: { $0[keyPath: path] == $1[keyPath: path] },
      adopt: { $1[keyPath: path] = $0[keyPath: path] })
  }

  /// A setting of several values. Doubles are dropped.
  static func list<Value: Sendable & Hashable>(
    _ key: String, _ path: any WritableKeyPath<Configuration, [Value]> & Sendable, _ form: ValueForm<Value>,
    count: ClosedRange<Int>, _ placeholder: String, _ effect: Effect, default defaultText: String? = nil,
    _ help: String
  ) -> Setting {
    Setting(
      key: key, placeholder: placeholder, help: help + " Repeatable.", takes: form.takes, shape: .list,
      effect: effect,
      defaultText: defaultText ?? shown(Configuration(cores: 1)[keyPath: path].map(form.write)),
      apply: { (texts, configuration) throws(Refusal) in
        var values: [Value] = []
        var seen: Set<Value> = []
        for text in texts {
          guard let value = form.read(text) else { throw Refusal(value: form.shown(text), takes: form.takes) }
          if seen.insert(value).inserted { values.append(value) }
        }
        guard count.contains(values.count) else {
          throw Refusal(
            value: "\(values.count) values",
            takes: "\(count.lowerBound) to \(count.upperBound) values, each \(form.takes)")
        }
        configuration[keyPath: path] = values
      },
      values: { $0[keyPath: path].map(form.write) }, isSame: { $0[keyPath: path] == $1[keyPath: path] },
      adopt: { $1[keyPath: path] = $0[keyPath: path] })
  }
}
