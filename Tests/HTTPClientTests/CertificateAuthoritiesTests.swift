import HTTPClient
import Testing

@Suite struct CertificateAuthoritiesTests {
  @Test(
    arguments: [
      ([:], nil, nil), (["CURL_CA_BUNDLE": "", "SSL_CERT_FILE": ""], nil, nil),
      (["CURL_CA_BUNDLE": "/a", "SSL_CERT_FILE": "/b", "SSL_CERT_DIR": "/c"], "/a", nil),
      (["SSL_CERT_FILE": "/b", "SSL_CERT_DIR": "/c"], "/b", "/c"), (["SSL_CERT_DIR": "/c"], nil, "/c"),
    ] as [([String: String], String?, String?)])
  func asCurlTakesThemFromTheEnvironment(_ variables: [String: String], file: String?, directory: String?) {
    #expect(
      CertificateAuthorities(environment: { variables[$0] })
        == CertificateAuthorities(file: file, directory: directory))
  }
}
