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
    let name = server.name.map { "\($0)" } ?? "\(server.place)"
    func file(_ path: String?, _ key: String) -> NamedFile? {
      path.map { NamedFile(path: $0, use: "\(key) of \(name)") }
    }
    apiKey = try file(server.apiKeyFile, "api_key_file")?.apiKey()
    authorities = try file(server.caFile, "ca_file")?.pem("CERTIFICATE-----", "a certificate")
    certificate = try file(server.clientCert, "client_cert")?.pem("CERTIFICATE-----", "a certificate")
    let keyFile = file(server.clientKey, "client_key")
    key = try keyFile?.pem("PRIVATE KEY-----", "a private key")
    // The library would ask the terminal for its pass phrase.
    if let keyFile, key?.contains("ENCRYPTED".utf8) == true {
      throw keyFile.error("takes a key without a pass phrase")
    }
  }

  /// A file and what it is for.
  private struct NamedFile {
    let path: String
    let use: String

    func error(_ problem: String) -> ConfigurationError { .file(path, "\(problem) (\(use))") }

    func apiKey() throws(ConfigurationError) -> String {
      // White space may stand around it.
      let text = try text(limit: 2 * longestKey).trimmed(\.isWhitespace)
      guard (1...longestKey).contains(text.utf8.count), text.utf8.allSatisfy(ASCII.isVisible) else {
        throw error("takes a key of 1-\(longestKey) bytes of visible ASCII")
      }
      return String(text)
    }

    func pem(_ mark: String, _ what: String) throws(ConfigurationError) -> [UInt8] {
      let bytes = Array(try text(limit: largestFile).utf8)
      guard bytes.contains("-----BEGIN ".utf8), bytes.contains(mark.utf8) else {
        throw error("takes \(what) in PEM")
      }
      return bytes
    }

    private func text(limit: Int) throws(ConfigurationError) -> String {
      do {
        return try BoundedFile.read(path, limit: limit, isRegular: true)
      } catch {
        throw self.error(error.problem)
      }
    }
  }
}

extension ServerSecrets: CustomStringConvertible, CustomReflectable {
  public var description: String { "…" }

  public var customMirror: Mirror { Mirror(self, children: []) }
}
