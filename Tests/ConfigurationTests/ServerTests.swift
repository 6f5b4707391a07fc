import Access
import GatewayTesting
import Testing

@testable import Configuration

/// The servers: their forms, and every error of the file.
@Suite struct ServerTests {
  private func configuration(_ text: String) throws -> Configuration {
    let folder = TemporaryFolder()
    return try resolve(file: folder.file("g.yaml", text)).configuration
  }

  /// The error of a file's text, without its path.
  private func error(_ text: String) -> String {
    let folder = TemporaryFolder()
    let file = folder.file("g.yaml", text)
    do {
      _ = try resolve(file: file)
      return "no error"
    } catch {
      return error.description.replacing(file, with: "g.yaml")
    }
  }

  private static let everything = """
    ollama:
      - http://plain:1
      - gpu1=http://named:2
      - name: gpu2
        url: https://gpu2.example.org/ollama
        parallel: 4
        weight: 0.5
        tier: 1
        models: {allow: ["llama*", qwen3], deny: "*:70b"}
        headers: {X-Team: chat, X-Key: "s3cret value"}
        api_key_file: /etc/gpu2.key
        ca_file: /etc/ca.pem
        client_cert: /etc/cert.pem
        client_key: /etc/cert.key
        max_loaded: 3
        max_inflight: 100
        pin: [llama3.1:8b, "qwen3"]
      - {url: "dns:ollama:11434", name: pool, parallel: auto}
      - dns+srv:_ollama._tcp.example.org
      - file:/etc/servers.yaml
    """

  @Test func aListOfTextsAndMaps() throws {
    let servers = try configuration(Self.everything).servers
    #expect(servers.count == 6)
    #expect(servers[0] == OllamaServer(.url(try #require(OllamaURL("http://plain:1")))))
    #expect(servers[1].name?.text == "gpu1")
    let full = servers[2]
    #expect(full.place.description == "https://gpu2.example.org:443/ollama")
    #expect(full.parallel == 4 && full.weight == 0.5 && full.tier == 1)
    #expect(
      full.models.allow.map(\.text) == ["llama*", "qwen3"] && full.models.deny.map(\.text) == ["*:70b"])
    #expect(full.headers.map(\.name) == ["X-Team", "X-Key"] && full.headers[1].value == "s3cret value")
    #expect(full.apiKeyFile == "/etc/gpu2.key" && full.caFile == "/etc/ca.pem")
    #expect(full.clientCert == "/etc/cert.pem" && full.clientKey == "/etc/cert.key")
    #expect(full.maxLoaded == 3 && full.maxInflight == 100)
    #expect(full.pin.map(\.text) == ["llama3.1:8b", "qwen3"])
    #expect(servers[3].place == .dns(name: "ollama", port: 11434) && servers[3].parallel == nil)
    #expect(servers[4].place == .dnsService(name: "_ollama._tcp.example.org"))
    #expect(servers[5].place == .file(path: "/etc/servers.yaml"))
  }

  @Test func oneMapAloneIsAServer() throws {
    let servers = try configuration("ollama: {url: gpu, name: a}").servers
    #expect(servers.map(\.description) == ["a=http://gpu:11434"])
  }

  @Test func whatIsPrintedHasNoSecret() throws {
    let folder = TemporaryFolder()
    let effective = try resolve(file: folder.file("g.yaml", Self.everything))
    let values = effective.values(of: try #require(Setting.named("ollama")))
    #expect(values[0] == "http://plain:1" && values[1] == "gpu1=http://named:2")
    #expect(
      values[2]
        == "{name: gpu2, url: https://gpu2.example.org:443/ollama, parallel: 4, weight: 0.5, tier: 1, "
        + "models: {allow: [llama*, qwen3], deny: [*:70b]}, headers: {X-Team: …, X-Key: …}, "
        + "api_key_file: /etc/gpu2.key, ca_file: /etc/ca.pem, client_cert: /etc/cert.pem, "
        + "client_key: /etc/cert.key, max_loaded: 3, max_inflight: 100, pin: [llama3.1:8b, qwen3]}")
    #expect(!values.joined().contains("s3cret"))
  }

  private static let addresses = OllamaServer.placeForm.takes

  @Test(arguments: [
    ("ollama: {name: a}", "g.yaml:1: ollama has a server without url"),
    ("ollama: {url: ftp://a}", #"g.yaml:1: ollama.url "ftp://a": takes \#(addresses)"#),
    ("ollama: {url: [a]}", "g.yaml:1: ollama.url is a list: takes \(addresses)"),
    ("ollama: {url: }", "g.yaml:1: ollama.url is empty: takes \(addresses)"),
    (
      "ollama:\n  - url: a\n    paralel: 2",
      #"g.yaml:3: ollama: unknown key "paralel"; did you mean parallel?"#
    ),
    ("ollama: {url: a, [b]: c}", #"g.yaml:1: ollama: unknown key "a list"; "#),
    ("ollama:\n  - url: a\n    tier: 1\n    tier: 1", "g.yaml:4: ollama.tier stands there twice"),
    (
      "ollama:\n  - {url: a}\n  - [b]",
      "g.yaml:3: ollama is a list of lists: takes a list of addresses and maps"
    ),
    ("ollama:\n  - {url: a}\n  - ftp://b", #"g.yaml:3: ollama "ftp://b": takes \#(addresses), "#),
    (
      "ollama: {url: a, name: A}",
      #"g.yaml:1: ollama.name "A": takes a name of 1-63 of a-z 0-9 -, but not all"#
    ),
    ("ollama: {url: a, name: all}", #"g.yaml:1: ollama.name "all": takes a name"#),
    (
      "ollama: {url: a, parallel: 0}",
      #"g.yaml:1: ollama.parallel "0": takes auto or a whole number from 1 to 1024"#
    ),
    ("ollama: {url: a, parallel: 1025}", #"g.yaml:1: ollama.parallel "1025": takes auto"#),
    ("ollama: {url: a, weight: 0}", #"g.yaml:1: ollama.weight "0": takes a number from 0.01 to 100"#),
    ("ollama: {url: a, weight: 100.01}", #"g.yaml:1: ollama.weight "100.01": takes"#),
    ("ollama: {url: a, weight: 0.001}", #"g.yaml:1: ollama.weight "0.001": takes"#),
    ("ollama: {url: a, weight: 1e1}", #"g.yaml:1: ollama.weight "1e1": takes"#),
    ("ollama: {url: a, weight: -1}", #"g.yaml:1: ollama.weight "-1": takes"#),
    (
      "ollama: {url: a, weight: 99999999999999999999}",
      #"g.yaml:1: ollama.weight "99999999999999999999": takes"#
    ),
    ("ollama: {url: a, tier: 101}", #"g.yaml:1: ollama.tier "101": takes a whole number from 0 to 100"#),
    (
      "ollama: {url: a, max_loaded: 0}",
      #"g.yaml:1: ollama.max_loaded "0": takes a whole number from 1 to 1000"#
    ),
    (
      "ollama: {url: a, max_inflight: 100001}",
      #"g.yaml:1: ollama.max_inflight "100001": takes a whole number"#
    ),
    ("ollama: {url: a, pin: 'llama*'}", #"g.yaml:1: ollama.pin "llama*": takes models' names such as"#),
    ("ollama: {url: a, pin: []}", #"g.yaml:1: ollama.pin "0 names": takes 1 to 64 names"#),
    (
      "ollama: {url: a, api_key_file: ''}", #"g.yaml:1: ollama.api_key_file "": takes a path of 1-4095 bytes"#
    ),
    (
      "ollama: {url: a, models: [b]}", "g.yaml:1: ollama.models is a list: takes a map of allow, deny or both"
    ),
    (
      "ollama: {url: a, models: {alow: b}}",
      #"g.yaml:1: ollama.models: unknown key "alow"; did you mean allow?"#
    ),
    (
      "ollama: {url: a, models: {allow: []}}",
      #"g.yaml:1: ollama.models.allow "0 names": takes 1 to 256 names"#
    ),
    (
      "ollama: {url: a, models: {allow: ['b c']}}",
      #"g.yaml:1: ollama.models.allow "b c": takes models' names"#
    ),
    (
      "ollama: {url: a, models: {deny: {b: c}}}",
      "g.yaml:1: ollama.models.deny is a mapping: takes models' names"
    ),
    (
      "ollama: {url: a, headers: [b]}", "g.yaml:1: ollama.headers is a list: takes a map of at most 32 fields"
    ),
    ("ollama: {url: a, headers: {Host: b}}", #"g.yaml:1: ollama.headers "Host": takes a map"#),
    ("ollama: {url: a, headers: {'X Y': b}}", #"g.yaml:1: ollama.headers "X Y": takes a map"#),
    ("ollama: {url: a, headers: {X: b, x: c}}", #"g.yaml:1: ollama.headers "x": takes each field once"#),
    ("ollama: {url: a, client_cert: /c}", "g.yaml:1: ollama.client_cert is of TLS alone"),
    ("ollama: {url: 'dns:a:1', ca_file: /c}", "g.yaml:1: ollama.ca_file is of TLS alone"),
    ("ollama: {url: https://a, client_cert: /c}", "g.yaml:1: ollama has client_cert or client_key alone"),
    ("ollama: {url: https://a, client_key: /c}", "g.yaml:1: ollama has client_cert or client_key alone"),
    (
      "ollama: {url: a, api_key_file: /k, headers: {authorization: b}}",
      "g.yaml:1: ollama has api_key_file and a header Authorization"
    ),
    ("ollama: {url: 'file:/s', tier: 1}", "g.yaml:1: ollama.tier says nothing of file:PATH"),
    ("ollama: {url: 'file:/s', name: a}", "g.yaml:1: ollama.name says nothing of file:PATH"),
    (
      "ollama:\n  - {url: a, name: x}\n  - {url: b, name: x}", "g.yaml:3: ollama has two servers named x"
    ),
    ("ollama:\n  - {url: a}\n  - http://A:11434/", #"g.yaml:3: ollama has "http://a:11434" twice"#),
  ])
  func everyErrorSaysWhere(_ text: String, _ line: String) {
    let found = error(text)
    #expect(found.hasPrefix(line), "\(found)")
    #expect(!found.contains("\n"))
  }

  @Test func valuesOfHeadersAreInNoError() {
    let found = error("ollama: {url: a, headers: {X-Key: \"s3cret\\n\"}}")
    #expect(found.hasPrefix(#"g.yaml:1: ollama.headers "X-Key": takes a map"#) && !found.contains("s3cret"))
  }

  @Test func flagsAndVariablesAreLists() throws {
    let flags = try resolve(flags: ["ollama": ["http://a:1", "b=http://b:1"]]).configuration
    #expect(flags.servers.map(\.description) == ["http://a:1", "b=http://b:1"])
    #expect(flags.ollama.description == "http://a:1")
    let variable = try resolve(environment: ["OLLAMA_GATEWAY_OLLAMA": "a=http://a:1, dns:b:1"]).configuration
    #expect(variable.servers.map(\.description) == ["a=http://a:1", "dns:b:1"])
  }

  @Test(arguments: [
    (["http://a:1", "http://A:1/"], "http://A:1/", "each address once, and http://a:1 is there already"),
    (["n=http://a", "n=http://b"], "n=http://b", "each name once, and n is another server's"),
    (["dns:a:1", "x=dns:A:1"], "x=dns:A:1", "each address once, and dns:a:1 is there already"),
    (["a", "http://a:11434"], "http://a:11434", "each address once, and http://a:11434 is there already"),
  ])
  func nothingStandsThereTwice(_ texts: [String], _ text: String, _ takes: String) {
    let error = #expect(throws: ConfigurationError.self) { try resolve(flags: ["ollama": texts]) }
    #expect(error?.description == "--ollama \"\(text)\": takes \(takes)")
  }

  @Test func theirNumberIsBounded() throws {
    let many = (0...OllamaServer.limit).map { "http://a:\($0 + 1)" }
    let error = #expect(throws: ConfigurationError.self) { try resolve(flags: ["ollama": many]) }
    #expect(
      error?.description.hasPrefix("--ollama \"129 values\": takes 1 to 128 values, each an address") == true)
    #expect(try resolve(flags: ["ollama": Array(many.dropLast())]).configuration.servers.count == 128)
    let list = many.map { "  - {url: '\($0)'}" }.joined(separator: "\n")
    #expect(self.error("ollama:\n" + list) == #"g.yaml:1: ollama "129 servers": takes 1 to 128 servers"#)
    let headers = (0...32).map { "X-\($0): a" }.joined(separator: ", ")
    #expect(
      self.error("ollama: {url: a, headers: {\(headers)}}").hasPrefix(
        #"g.yaml:1: ollama.headers "33 fields""#))
  }

  @Test func theListIsReloadedWithItsSecrets() throws {
    let before = try configuration("ollama: {url: a, headers: {X-Key: one}}")
    let after = try configuration(
      "ollama: {url: a, headers: {X-Key: two}}\nmodel_aliases: {a: b}\nqueue: off")
    let reload = ConfigurationReload(of: before, with: after)
    #expect(reload.changed == ["ollama", "model_aliases", "queue"] && reload.postponed.isEmpty)
    #expect(reload.configuration == after)
  }

  @Test func theFirstServerIsTheOneOfCodeThatKnowsOne() {
    var configuration = Configuration(cores: 1)
    configuration.servers = [OllamaServer(.dns(name: "a", port: 1))]
    #expect(configuration.ollama == .standard)
    configuration.ollama = OllamaURL("http://b:1")!
    #expect(configuration.servers.map(\.description) == ["http://b:1"])
  }

  @Test func aFileOfServers() throws {
    let text = "- http://a:1\n- {url: https://b, name: b, weight: 2}\n- dns:c:1\n"
    let servers = try ServerFile.servers(of: text, path: "/s.yaml")
    #expect(
      servers.map(\.description) == ["http://a:1", "{name: b, url: https://b:443, weight: 2}", "dns:c:1"])
    let folder = TemporaryFolder()
    #expect(try ServerFile.read(folder.file("s.yaml", text)) == servers)
  }

  @Test(arguments: [
    ("", "/s.yaml: takes a list of servers"), ("a: b", "/s.yaml:1: takes a list of servers"),
    ("[]", #"/s.yaml:1: servers "0 servers": takes 1 to 128 servers"#),
    ("- a\n- file:/other", "/s.yaml:2: servers is in a file of servers, which names no other file"),
    ("- a\n- {url: b, teir: 1}", #"/s.yaml:2: servers: unknown key "teir"; did you mean tier?"#),
    ("- a\n- a", #"/s.yaml:2: servers has "http://a:11434" twice"#), ("- &a b", "/s.yaml:1: anchors"),
  ])
  func errorsOfAFileOfServers(_ text: String, _ line: String) {
    let error = #expect(throws: ConfigurationError.self) { try ServerFile.servers(of: text, path: "/s.yaml") }
    #expect(error?.description.hasPrefix(line) == true, "\(error?.description ?? "")")
  }
}

/// The aliases of models.
@Suite struct ModelAliasTests {
  private func aliases(_ text: String) throws -> [ModelAlias] {
    let folder = TemporaryFolder()
    return try resolve(file: folder.file("g.yaml", text)).configuration.modelAliases
  }

  @Test func aMapOrAList() throws {
    let map = try aliases("model_aliases: {gpt-4o: 'llama3.1:8b', \"claude-*\": qwen3:32b}")
    #expect(map.map(\.description) == ["gpt-4o=llama3.1:8b", "claude-*=qwen3:32b"])
    #expect(map.map(\.name.isPattern) == [false, true])
    #expect(try aliases("model_aliases: ['gpt-4o=llama3.1:8b', 'claude-*=qwen3:32b']") == map)
    #expect(try aliases("model_aliases: {}").isEmpty)
    let variable = try resolve(environment: [
      "OLLAMA_GATEWAY_MODEL_ALIASES": "gpt-4o=llama3.1:8b,claude-*=qwen3:32b"
    ])
    #expect(variable.configuration.modelAliases == map)
  }

  @Test(arguments: [
    ("model_aliases: {a: }", ":1: model_aliases.a is empty: takes a model's name"),
    ("model_aliases:\n  a: b\n  c: [d]", ":3: model_aliases.c is a list: takes a model's name"),
    ("model_aliases:\n  a: b\n  c: 'd*'", #":3: model_aliases.c "d*": takes a model's name"#),
    ("model_aliases: {'a b': c}", #":1: model_aliases "a b": takes a model's name with or without *"#),
    ("model_aliases: {[a]: c}", #":1: model_aliases "a list": takes a model's name with or without *"#),
    ("model_aliases: [{a: b}]", ":1: model_aliases is a list of maps: takes one map of names to models"),
    ("model_aliases: {A: b, 'a:latest': c}", #":1: model_aliases "a:latest": takes each name once"#),
    ("model_aliases: [a=b, a=c]", #":1: model_aliases "a=c": takes each name once"#),
  ])
  func everyErrorSaysWhere(_ text: String, _ line: String) {
    let error = #expect(throws: ConfigurationError.self) { try aliases(text) }
    #expect(error?.description.contains("g.yaml" + line) == true, "\(error?.description ?? "")")
  }

  /// They stand in lists of models and in logs; nor does the message have it.
  @Test func noAliasHasAKey() {
    let key = KeyText().text
    for name in [key, "gpt-4o-\(key)", "\(key)-*"] {
      for text in ["{\(name): b}", "[\(name)=b]"] {
        let error = #expect(throws: ConfigurationError.self) { try aliases("model_aliases: \(text)") }
        #expect(error?.description.contains("sk-og-") == true && error?.description.contains(key) == false)
      }
    }
  }

  @Test func theirNumberIsBounded() {
    let map = (0...1000).map { "a\($0): b" }.joined(separator: ", ")
    let error = #expect(throws: ConfigurationError.self) { try aliases("model_aliases: {\(map)}") }
    #expect(error?.description.hasSuffix(#"model_aliases "1001 names": takes at most 1000"#) == true)
    let flags = (0...1000).map { "a\($0)=b" }
    #expect(throws: ConfigurationError.self) { try resolve(flags: ["model_aliases": flags]) }
  }
}
