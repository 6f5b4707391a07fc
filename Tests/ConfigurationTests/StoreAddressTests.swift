import GatewayTesting
import Testing

@testable import Configuration

/// Passwords in the address of a store, or of anything else: refused, and shown to nobody.
@Suite struct StoreAddressTests {
  private let folder = TemporaryFolder()

  /// Each with the secret `sekret`, in pieces where it has a mark in it.
  private static let addresses = [
    "postgresql://gw:sekret@h/db", "postgresql://gw:sek/ret@h/db", "postgresql://gw:se?kret@h/db",
    "postgresql://gw:se#kret@h/db", "postgresql://gw:s@kret@h/db", "postgresql://gw%3Asekret@h/db",
    "postgresql://:sekret@h/db", "postgresql://gw:sekret", "postgresql://gw:sekret/db",
    "postgresql://gw%3Asekret/db", "postgresql://h:1,gw:sekret/db", "postgresql://[::1]sekret/db",
    "postgresql://gw@h:1:sekret/db", "postgresql://gw@h/db?password=sekret",
    "postgres://gw@h/db?pass%77ord=sekret", "postgresql://gw@h/db?PASSWORD=sekret",
    "postgresql://gw@h/db?sslpassword=sekret", "postgresql://gw@h/db?oauth_client_secret=sekret",
    "postgresql://gw@h/db?scram_client_key=sekret", "postgresql://h/db?user=gw:sekret",
    "postgresql://h/db?user=gw%3Asekret", "postgresql://h/db?port=sekret",
    "postgresql://h/db?host=h%20password=sekret", "postgresql://h/db?dbname=password%3Dsekret",
    "postgresql://h/db?a=b?password=sekret", "postgresql://h/db?user=gw:sekret@h",
    "postgresql://h password=sekret", "postgresql://h/db?a=%zz&x=sekret",
    "host=h password=sekret", "password=sekret", "postgresql:gw:sekret@h", "gw:sek/ret@h", "pg://gw:sekret@h",
    "PostgreSQL://gw:sekret@h/db",
  ]

  @Test(arguments: addresses)
  func aSecretIsRefusedAndNotShown(_ text: String) throws {
    let file = folder.file("config.yaml", "store: '\(text)'\n")
    for (flags, environment, path) in [
      (["store": [text]], [:], nil), ([:], ["OLLAMA_GATEWAY_STORE": text], nil), ([:], [:], file),
    ] as [([String: [String]], [String: String], String?)] {
      let error = #expect(throws: ConfigurationError.self) {
        try EffectiveConfiguration(flags: flags, configFile: path, environment: environment)
      }
      let line = error?.description ?? ""
      #expect(line.contains("takes auto, memory, sqlite:PATH"), "\(line)")
      for piece in ["sekret", "kret", "ret@", "ret/"] { #expect(!line.contains(piece), "\(line)") }
    }
  }

  @Test(
    "What is shown of a text that is no place",
    arguments: [
      ("Memory", "Memory"), ("/var/lib/g.db", "/var/lib/g.db"), ("sqlite:/a/", "sqlite:/a/"),
      ("postgresql://u:p@h", "postgresql:…"), ("host=h password=p", "host=…"), ("", ""),
    ])
  func shown(_ text: String, _ shown: String) { #expect(StoreLocation.shown(text) == shown) }

  @Test(
    "What is cut of any text in a message",
    arguments: [
      ("http://user:secret@gpu:1", "http://…@gpu:1"), ("http://user:se/cret@gpu:1", "http://…@gpu:1"),
      ("http://u:s?cret@gpu", "http://…@gpu"), ("u:s/cret@gpu", "…@gpu"),
      ("http://u:s@cret@gpu", "http://…@gpu"),
      ("https://id/x?client_secret=secret", "https://id/x?…"), ("gpu?", "gpu?"), ("a/b", "a/b"),
      ("issuer=https://i,client_secret=secret,client_id=c", "issuer=https://i,client_secret=…"),
      ("http://gpu,API_KEY=secret", "http://gpu,API_KEY=…"), ("a,api_key_file=/k", "a,api_key_file=/k"),
      ("key=secret;x=y", "key=…"), ("a=b=c", "a=b=c"),
      ("http://u:secret@\u{301}gpu", "http://…@\u{301}gpu"),
    ])
  func quoted(_ text: String, _ quoted: String) { #expect(text.quotedForMessage == "\"\(quoted)\"") }
}
