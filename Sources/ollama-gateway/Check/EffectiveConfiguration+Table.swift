import Configuration

extension EffectiveConfiguration {
  /// One line a setting: key, value and source in aligned columns. What was read comes first: file and credential.
  var table: [String] {
    let configRow = (
      "config", file?.path.escapedForMessage ?? "none", file.map { "\($0.source)" } ?? "default"
    )
    let credentialRow = (
      "credential", credential?.escapedForMessage ?? "none",
      credential == nil ? "default" : "environment \(ConfigurationCredential.folderVariable)"
    )
    let rows =
      [configRow, credentialRow]
      + Setting.all.map { setting in
        (setting.key, Setting.shown(values(of: setting)).escapedForMessage, "\(source(of: setting))")
      }
    let keyWidth = rows.map(\.0.count).max() ?? 0
    // One long value shall not push every source out of sight.
    let valueWidth = rows.map(\.1.count).filter { $0 <= 48 }.max() ?? 0
    return rows.map { key, value, source in
      "\(key.padded(to: keyWidth))  \(value.padded(to: valueWidth))  (\(source))"
    }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }
}
