internal import JSON

/// What a refusal says for people.
enum ProblemText {
  /// The `detail` of a problem (RFC 9457); nil where there is none.
  ///
  /// - Parameter body: at most ``UpgradeResponse/bodyLimit`` bytes; one that was cut off is no JSON.
  static func detail(of body: [UInt8]) -> String? {
    guard !body.isEmpty else { return nil }
    let reader = JSONReader(maximumBytes: UpgradeResponse.bodyLimit)
    return try? body.withUnsafeBytes { bytes in
      try reader.withDocument(bytes) { (root) -> String? in root["detail"]?.string }
    }
  }
}
