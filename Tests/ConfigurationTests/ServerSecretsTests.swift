import GatewayTesting
import Testing

@testable import Configuration

/// The files that a server's entry names.
@Suite struct ServerSecretsTests {
  private func problem(
    _ path: WritableKeyPath<OllamaServer, String?>, _ text: String?
  ) -> String {
    let folder = TemporaryFolder()
    var server = OllamaServer.standard
    server[keyPath: path] = text.map { folder.file("f", $0) } ?? folder.path + "/f"
    do {
      _ = try ServerSecrets(of: server)
      return "none"
    } catch {
      let keys: [WritableKeyPath<OllamaServer, String?>: String] = [
        \.apiKeyFile: "api_key_file", \.caFile: "ca_file", \.clientCert: "client_cert",
        \.clientKey: "client_key",
      ]
      let use = " (\(keys[path] ?? "") of http://127.0.0.1:11434)"
      #expect(error.description.hasSuffix(use))
      return error.description.replacing(folder.path, with: "").replacing(use, with: "")
    }
  }

  @Test func whatCannotBeUsedIsSaidInOneLineWithoutTheSecret() {
    let takesKey = "/f: takes a key of 1-4000 bytes of visible ASCII"
    for text in ["", " \n", "s3 cret", "s3cret\nmore", "s3cr\u{E9}t", String(repeating: "k", count: 4001)] {
      #expect(problem(\.apiKeyFile, text) == takesKey)
    }
    #expect(problem(\.apiKeyFile, String(repeating: "k", count: 9000)) == "/f: the file is larger than 8KB")
    for path in [\OllamaServer.apiKeyFile, \.caFile, \.clientCert, \.clientKey] {
      #expect(problem(path, nil) == "/f: cannot read the file: No such file or directory")
    }
    #expect(problem(\.caFile, "s3cret") == "/f: takes a certificate in PEM")
    #expect(problem(\.clientCert, "-----BEGIN PRIVATE KEY-----") == "/f: takes a certificate in PEM")
    #expect(problem(\.clientKey, "-----BEGIN CERTIFICATE-----") == "/f: takes a private key in PEM")
    for key in [
      "-----BEGIN ENCRYPTED PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED",
    ] {
      #expect(problem(\.clientKey, key) == "/f: takes a key without a pass phrase")
    }
  }

  @Test func whatCanBeUsed() {
    #expect(problem(\.apiKeyFile, "\tsk-1/+=\r\n") == "none")
    #expect(problem(\.caFile, "# Ours\n-----BEGIN CERTIFICATE-----") == "none")
    #expect(problem(\.clientKey, "-----BEGIN EC PRIVATE KEY-----") == "none")
  }
}
