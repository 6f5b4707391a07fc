internal import Bytes

/// What the files hold that the entry of a server names. Secret: errors tell of paths alone.
public struct ServerSecrets: Hashable, Sendable {
  /// Of ``OllamaServer/apiKeyFile``: 1-4000 bytes of visible ASCII.
  public private(set) var apiKey: String?
  /// Of ``OllamaServer/caFile``, ``OllamaServer/clientCert`` and ``OllamaServer/clientKey``, in PEM.
  public private(set) var authorities: [UInt8]?
  public private(set) var certificate: [UInt8]?
  public private(set) var key: [UInt8]?

  /// Bytes of the longest key, and of the largest file of certificates.
  private static let longestKey = 4000
  private static let largestFile = 1 << 20

  /// Reads the files. Blocks; for the start and a reload only.
  ///
  /// - Throws: a line that names the file that cannot be used, and why.
  public init(of server: OllamaServer) throws(ConfigurationError) {
    if let path = server.apiKeyFile { apiKey = try Self.apiKey(path) }
    if let path = server.caFile { authorities = try Self.pem(path, "CERTIFICATE-----", "a certificate") }
    if let path = server.clientCert { certificate = try Self.pem(path, "CERTIFICATE-----", "a certificate") }
    if let path = server.clientKey {
      key = try Self.pem(path, "PRIVATE KEY-----", "a private key")
      // The library would ask the terminal for its pass phrase.
      if key?.contains("ENCRYPTED".utf8) == true { throw .file(path, "takes a key without a pass phrase") }
    }
  }

  private static func apiKey(_ path: String) throws(ConfigurationError) -> String {
    // White space may stand around it.
    let text = try text(path, limit: 2 * longestKey).trimmed(\.isWhitespace)
    guard (1...longestKey).contains(text.utf8.count), text.utf8.allSatisfy(ASCII.isVisible) else {
      throw .file(path, "takes a key of 1-\(longestKey) bytes of visible ASCII")
    }
    return String(text)
  }

  private static func pem(_ path: String, _ mark: String, _ what: String) throws(ConfigurationError)
    -> [UInt8]
  {
    let bytes = Array(try text(path, limit: largestFile).utf8)
    guard bytes.contains("-----BEGIN ".utf8), bytes.contains(mark.utf8) else {
      throw .file(path, "takes \(what) in PEM")
    }
    return bytes
  }

  private static func text(_ path: String, limit: Int) throws(ConfigurationError) -> String {
    do {
      return try BoundedFile.read(path, limit: limit, isRegular: true)
    } catch {
      throw .file(path, error.problem)
    }
  }
}

extension ServerSecrets: CustomStringConvertible, CustomReflectable {
  public var description: String { "…" }

  public var customMirror: Mirror { Mirror(self, children: []) }
}
