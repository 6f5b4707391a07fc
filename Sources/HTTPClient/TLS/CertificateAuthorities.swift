/// Whose certificates are believed: the system's, unless something else is said.
public struct CertificateAuthorities: Sendable, Hashable {
  /// A file of certificates in PEM.
  public var file: String?
  /// A folder of such files, named by their hashes (`openssl rehash`).
  public var directory: String?

  public init(file: String? = nil, directory: String? = nil) {
    self.file = file
    self.directory = directory
  }

  /// What curl(1) takes from its environment: `CURL_CA_BUNDLE`, else `SSL_CERT_DIR` and `SSL_CERT_FILE`. The library by
  /// itself looks at none of them.
  ///
  /// - Parameter variable: the value of a variable; an empty one counts as not set.
  public init(environment variable: (String) -> String?) {
    func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
    if let file = value("CURL_CA_BUNDLE") {
      self.init(file: file)
    } else {
      self.init(file: value("SSL_CERT_FILE"), directory: value("SSL_CERT_DIR"))
    }
  }
}
