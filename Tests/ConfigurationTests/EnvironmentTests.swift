import Testing

@testable import Configuration

@Suite struct EnvironmentTests {
  @Test(arguments: [
    ("OLLAMA_GATEWAY_WORKER", "2", "OLLAMA_GATEWAY_WORKERS"),
    ("OLLAMA_GATEWAY_MAXBODY", "2", "OLLAMA_GATEWAY_MAX_BODY"),
    ("OLLAMA_GATEWAY_CONFG", "x", "OLLAMA_GATEWAY_CONFIG"),
    ("OLLAMA_GATEWAY_ALLOWED_ORIGINS", "*", "OLLAMA_GATEWAY_ALLOWED_ORIGIN"),
  ])
  func aMisspeltVariableStops(_ name: String, _ value: String, _ meant: String) {
    let error = #expect(throws: ConfigurationError.self) { try resolve(environment: [name: value]) }
    #expect(error?.description == "unknown environment variable \"\(name)\"; did you mean \(meant)?")
  }

  @Test(arguments: [
    "OLLAMA_GATEWAY_", "OLLAMA_GATEWAY_PORT", "OLLAMA_GATEWAY_QQQQ", "OLLAMA_GATEWAY_PORT_X_TCP",
  ])
  func anUnknownVariableStops(_ name: String) {
    #expect(throws: ConfigurationError.self) { try resolve(environment: [name: "8080"]) }
  }

  @Test func whatKubernetesSetsForAServiceOfOurNameIsNotOurs() throws {
    let effective = try resolve(environment: [
      "OLLAMA_GATEWAY_SERVICE_HOST": "10.96.0.7", "OLLAMA_GATEWAY_SERVICE_PORT": "10200",
      "OLLAMA_GATEWAY_SERVICE_PORT_HTTP": "10200", "OLLAMA_GATEWAY_PORT": "tcp://10.96.0.7:10200",
      "OLLAMA_GATEWAY_PORT_10200_TCP": "tcp://10.96.0.7:10200", "OLLAMA_GATEWAY_PORT_10200_TCP_PROTO": "tcp",
      "OLLAMA_GATEWAY_PORT_10200_TCP_PORT": "10200", "OLLAMA_GATEWAY_PORT_10200_TCP_ADDR": "10.96.0.7",
      "OLLAMA_NUM_PARALLEL": "4", "PATH": "/bin",
    ])
    #expect(effective.configuration == Configuration(cores: 4))
  }

  /// What Ollama's own clients make of it, by `TestHost` of Ollama's envconfig, but for 0.0.0.0 and ::, by which a server
  /// means every address and a client its own machine.
  @Test(arguments: [
    ("", "http://127.0.0.1:11434"), (" ", "http://127.0.0.1:11434"), ("1.2.3.4", "http://1.2.3.4:11434"),
    (":1234", "http://127.0.0.1:1234"), ("1.2.3.4:1234", "http://1.2.3.4:1234"),
    ("1.2.3.4:0x", "http://1.2.3.4:11434"),
    ("example.com", "http://example.com:11434"), ("example.com:1234", "http://example.com:1234"),
    (":66000", "http://127.0.0.1:11434"), (":-1", "http://127.0.0.1:11434"), ("[::1]", "http://[::1]:11434"),
    ("[::]", "http://[::1]:11434"), ("::1", "http://[::1]:11434"), ("[::1]:1337", "http://[::1]:1337"),
    (" 1.2.3.4 ", "http://1.2.3.4:11434"), ("\"1.2.3.4\"", "http://1.2.3.4:11434"),
    ("'::1'", "http://[::1]:11434"),
    ("\" 1.2.3.4 \"", "http://1.2.3.4:11434"), (" \" 1.2.3.4 \" ", "http://1.2.3.4:11434"),
    ("' gpu:1234\t'\n", "http://gpu:1234"), (":0", "http://127.0.0.1:11434"), ("gpu:0", "http://gpu:11434"),
    ("\u{A0}gpu\u{2003}", "http://gpu:11434"),
    ("http://1.2.3.4", "http://1.2.3.4:80"),
    ("http://1.2.3.4:4321", "http://1.2.3.4:4321"), ("https://1.2.3.4", "https://1.2.3.4:443"),
    ("https://1.2.3.4:4321", "https://1.2.3.4:4321"), ("http://:4321", "http://127.0.0.1:4321"),
    ("https://example.com/ollama", "https://example.com:443/ollama"),
    ("example.com:11434/ollama/", "http://example.com:11434/ollama"), ("0.0.0.0", "http://127.0.0.1:11434"),
    ("0.0.0.0:8080", "http://127.0.0.1:8080"), ("ollama.com", "https://ollama.com:443"),
    ("http://", "http://127.0.0.1:80"),
  ])
  func ollamaHostIsReadAsOllamaDoes(_ text: String, _ url: String) throws {
    #expect(try resolve(environment: ["OLLAMA_HOST": text]).configuration.ollama.description == url)
  }

  @Test func ollamaHostIsTheWeakestSourceAndNamed() throws {
    let setting = try #require(Setting.named("ollama"))
    let weak = try resolve(environment: ["OLLAMA_HOST": "gpu"])
    #expect(weak.source(of: setting) == .ollamaHost)
    #expect(weak.notices.isEmpty)
    let both = try resolve(environment: ["OLLAMA_HOST": "gpu", "OLLAMA_GATEWAY_OLLAMA": "http://other:1"])
    #expect(both.configuration.ollama.description == "http://other:1")
  }

  @Test(arguments: [
    "gpu:99999", "gpu:0", ":0", "' '", "ftp://gpu", "a b", "user:pw@gpu", "user:p/pw@gpu", "user:1/pw@gpu",
    "http://a\nb",
  ])
  func whatIsWrongWithOllamaHostIsNoted(_ text: String) throws {
    let effective = try resolve(environment: ["OLLAMA_HOST": text])
    #expect(effective.notices.count == 1)
    #expect(effective.notices[0].hasPrefix("OLLAMA_HOST \(text.quotedForMessage)"))
    #expect(!effective.notices[0].contains("\n") && !effective.notices[0].contains("pw@"))
  }
}
