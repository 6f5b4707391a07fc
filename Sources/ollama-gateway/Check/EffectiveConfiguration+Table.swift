import Configuration

extension EffectiveConfiguration {
  /// One line a setting: key, value and source in aligned columns; of many or long values one line each. What was read comes
  /// first: file and credential.
  ///
  /// - Parameter environment: the process's: where the automatic store is depends on it.
  func table(in environment: [String: String]) -> [String] {
    let configRow = (
      "config", file?.path.escapedForMessage ?? "none", file.map { "\($0.source)" } ?? "default"
    )
    let credentialRow = (
      "credential", credential?.escapedForMessage ?? "none",
      credential == nil ? "default" : "environment \(ConfigurationCredential.folderVariable)"
    )
    let rows =
      [configRow, credentialRow]
      + Setting.all.flatMap { self.rows(of: $0, environment) }
    let keyWidth = rows.map(\.0.count).max() ?? 0
    // One long value shall not push every source out of sight.
    let valueWidth = rows.map(\.1.count).filter { $0 <= Self.widest }.max() ?? 0
    return rows.map { key, value, source in
      let columns = "\(key.padded(to: keyWidth))  "
      return source.isEmpty ? columns + value : columns + "\(value.padded(to: valueWidth))  (\(source))"
    }
  }

  private static var widest: Int { 48 }

  /// The source stands in the first of them.
  private func rows(of setting: Setting, _ environment: [String: String]) -> [(String, String, String)] {
    var values = values(of: setting)
    if setting.key == "store", configuration.store == .automatic {
      values = ["auto: \(configuration.store.resolved(in: environment))"]
    }
    let line = Setting.shown(values)
    guard values.count > 1, line.count > Self.widest else {
      return [(setting.key, line.escapedForMessage, "\(source(of: setting))")]
    }
    return values.enumerated().map { index, value in
      (index == 0 ? setting.key : "", value.escapedForMessage, index == 0 ? "\(source(of: setting))" : "")
    }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }
}
