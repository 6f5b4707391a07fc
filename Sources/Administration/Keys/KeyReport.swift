package import Access
package import JSON
package import System

/// A key as the admin API and `keys list --json` tell it: never its secret, nor the digest of that.
package enum KeyReport {
  /// One key.
  ///
  /// - Parameter key: the key itself, where it was made just now: it is told once.
  package static func encode(
    _ record: KeyRecord, key: KeyText? = nil, of directory: KeyDirectory, at now: Timestamp,
    into writer: inout JSONWriter
  ) {
    writer.object { writer in
      if let key { writer.member("key", key.text) }
      record.encodeMembers(into: &writer, withDigests: false)
      writer.member("status", directory.status(of: record, at: now).rawValue)
      writer.member("source", literal: record.source == .store ? "store" : "file")
    }
  }
}
