import Access
import GatewayTesting
import Glibc
import Issuers
import System
import Testing
import Upstreams

@testable import Configuration
@testable import ollama_gateway

@Suite struct CheckTests {
  /// What the servers say.
  private struct Servers: CheckProbe {
    let ollama: OllamaReport
    /// Those that say something else, by their URLs.
    var others: [String: OllamaReport] = [:]
    let isGateway: Bool
    func askOllama(
      _ server: UpstreamServer, about model: String, connectTimeout: Duration
    ) async -> OllamaReport {
      others[server.url] ?? ollama
    }
    func isGateway(at address: ListenAddress) async -> Bool { isGateway }
    func askIssuer(_ settings: IssuerSettings) async -> IssuerTrial { .away("nobody has asked") }
  }

  private static func ollama(_ models: [String], version: String = "1") -> OllamaReport {
    .ollama(version: version, models: models.map { OllamaReport.Model(name: $0) })
  }

  private func report(
    _ effective: EffectiveConfiguration,
    _ ollama: OllamaReport = ollama(["tinyllama:latest"], version: "0.12.3"), isGateway: Bool = false,
    others: [String: OllamaReport] = [:], limit: Int = .max, memory: MemoryLimit? = nil,
    environment: [String: String] = [:]
  ) async -> CheckReport {
    await ConfigurationCheck(
      effective, probe: Servers(ollama: ollama, others: others, isGateway: isGateway),
      hardDescriptorLimit: limit,
      memoryLimit: memory, environment: environment
    ).run()
  }

  @Test func allIsWell() async throws {
    let report = await report(try resolve(flags: ["listen": ["127.0.0.1:0", ":0"]]))
    #expect(report.isFine)
    #expect(
      report.findings == [
        .fine("listen 127.0.0.1:0"), .fine("listen :0"), .doubtful("listen :0: \(Openness.warning)"),
        .fine("open files: up to 33986 are needed and allowed"),
        .fine(
          "memory: up to 2048 MiB may be needed (bodies 256 + unsent 256 + sessions 512 + images 256 + connections 704 + the rest 64)"
        ),
        .fine("store memory: chats are gone when the gateway ends"),
        .fine("ollama http://127.0.0.1:11434: version 0.12.3, 1 models"),
        .fine("default_model tinyllama:latest"),
      ])
  }

  /// What an Ollama says of itself goes to the operator's terminal.
  @Test func anOllamaWritesNothingToTheTerminal() async throws {
    let version = "1\u{1B}]0;owned\u{7}\n" + String(repeating: "9", count: 1000)
    let report = await report(try resolve(), Self.ollama([], version: version))
    let lines = report.lines.joined(separator: "\n")
    #expect(lines.contains("version 1\\u{1b}]0;owned\\u{7}\\u{a}999") && lines.utf8.count < 8192)
    #expect(!lines.utf8.contains { $0 < 0x20 && $0 != 0x0A })
  }

  @Test func theTableIsAlignedAndNamesSources() throws {
    let effective = try resolve(
      flags: ["listen": [":1", ":2"]], environment: ["OLLAMA_GATEWAY_LOG_FORMAT": "json"])
    let table = effective.table(in: [:])
    #expect(table.count == Setting.all.count + 2)
    #expect(
      table.contains { $0.hasPrefix("listen ") && $0.hasSuffix("(flag --listen)") && $0.contains(" :1, :2 ") }
    )
    #expect(table.contains { $0.hasSuffix("(environment OLLAMA_GATEWAY_LOG_FORMAT)") })
    #expect(
      Set(table.map { $0.distance(from: $0.startIndex, to: $0.lastIndex(of: "(") ?? $0.endIndex) }).count == 1
    )
  }

  @Test func aPortInUseIsSaidSo() async throws {
    let listener = try #require(Listener())
    let report = await report(try resolve(flags: ["listen": ["127.0.0.1:\(listener.port)"]]))
    #expect(!report.isFine)
    #expect(
      report.findings.first
        == .wrong("listen 127.0.0.1:\(listener.port): the port is in use by another process"))
  }

  /// Whoever changes the configuration of a gateway tries it beside the one that runs.
  @Test func aGatewayThatRunsIsSaidSo() async throws {
    let listener = try #require(Listener())
    let report = await report(try resolve(flags: ["listen": ["127.0.0.1:\(listener.port)"]]), isGateway: true)
    #expect(report.isFine)
    #expect(
      report.findings.first
        == .doubtful(
          "listen 127.0.0.1:\(listener.port): a gateway runs there already, and a second one cannot"))
  }

  @Test(arguments: [
    ("0.0.0.0:0", true), (":0", true), ("[::]:0", true), ("127.0.0.1:0", false), ("[::1]:0", false),
    ("unix:/tmp/g.sock", false), ("192.0.2.1:80", true),
  ])
  func whatOtherMachinesReachIsWorthAWarning(_ address: String, _ isWarned: Bool) async throws {
    let report = await report(try resolve(flags: ["listen": [address]]))
    #expect(report.findings.contains(.doubtful("listen \(address): \(Openness.warning)")) == isWarned)
  }

  /// Of what a proxy says of its users: where nobody is believed, and where everybody may be.
  @Test(arguments: [
    (["127.0.0.1:0"], [], ["nobody is believed"]), (["unix:/tmp/g.sock"], [], []),
    (["127.0.0.1:0"], ["127.0.0.1"], []),
    ([":0"], ["10.0.0.0/8"], ["other machines may reach the gateway past the proxy"]),
  ])
  func usersOfAProxy(_ listen: [String], _ proxies: [String], _ doubts: [String]) async throws {
    let report = await report(
      try resolve(flags: [
        "listen": listen, "trusted_proxy": proxies, "trusted_user_header": ["X-Forwarded-User"],
      ]))
    let findings = report.findings.filter { "\($0)".contains("trusted_user_header X-Forwarded-User: ") }
    #expect(findings.count == doubts.count + 1, "\(findings)")
    for doubt in doubts { #expect(findings.contains { "\($0)".contains(doubt) }, "\(findings)") }
    // That it is taken out of what clients send, nobody can see from here.
    #expect(findings.contains { "\($0)".contains("the proxy must take it out of what clients send") })
    let without = await self.report(try resolve(flags: ["listen": listen]))
    #expect(!without.findings.contains { "\($0)".contains("trusted_user_header") })
  }

  @Test func anAddressOfAnotherMachineIsSaidSo() {
    #expect(
      ListenProbe.problem(with: .ipv4(.v4(0xC000_0201), port: 0))
        == .other("this machine has no such address"))
  }

  @Test func unixSocketsAreTried() throws {
    let folder = TemporaryFolder()
    #expect(ListenProbe.problem(with: .unix(path: folder.path + "/new.sock")) == nil)
    #expect(
      ListenProbe.problem(with: .unix(path: folder.path + "/no/new.sock"))
        == .other("its folder \(folder.path)/no: No such file or directory"))
    let file = folder.file("plain", "")
    #expect(
      ListenProbe.problem(with: .unix(path: file)) == .other("there is a file in the way that is no socket"))
    #expect(ListenProbe.problem(with: .unix(path: file + "/x.sock")) == .other("Not a directory"))
    let path = folder.path + "/live.sock"
    do {
      let listener = try #require(Listener(path: path))
      #expect(
        ListenProbe.problem(with: .unix(path: path)) == .taken("the socket is in use by another process"))
      _ = listener
    }
    // Its listener is gone and the file is left, as after a crash.
    #expect(ListenProbe.problem(with: .unix(path: path)) == nil)
    #expect(access(path, F_OK) == 0)
  }

  /// Root may write everywhere, so the folder is one that nobody can write to: proc(5).
  @Test func anUnwritableFolderIsSaidSo() throws {
    guard case .other(let problem) = ListenProbe.problem(with: .unix(path: "/proc/self/g.sock")) else {
      Issue.record("it can be written to")
      return
    }
    #expect(problem.hasPrefix("its folder /proc/self cannot be written to"))
  }

  @Test func tooFewDescriptorsAreSaidSo() async throws {
    let effective = try resolve(flags: [
      "listen": ["127.0.0.1:0"], "max_connections": ["1000"], "workers": ["1"],
    ])
    let need = DescriptorNeed.descriptors(for: effective.configuration)
    #expect(need > 2000)
    #expect(await report(effective, limit: need).isFine)
    let short = await report(effective, limit: need - 1)
    #expect(
      short.findings.contains(
        .wrong(
          "open files: max_connections 1000 needs \(need), the hard limit is \(need - 1); raise it (LimitNOFILE, "
            + "ulimit -Hn) or lower max_connections")))
  }

  @Test(arguments: [(1_048_576, 16_384), (20_000, 9600), (1024, 400), (100, 64), (0, 64)])
  func theDefaultOfConnectionsFitsTheLimit(_ limit: Int, _ connections: Int) throws {
    func resolve(_ flags: [String: [String]]) throws -> EffectiveConfiguration {
      try EffectiveConfiguration(
        flags: flags, configFile: nil, environment: [:], cores: 4, hardDescriptorLimit: limit)
    }
    let standard = try resolve([:]).configuration
    #expect(standard.maxConnections == connections)
    let setting = try #require(Setting.named("max_connections"))
    #expect(
      try resolve([:]).source(of: setting) == (connections == 16_384 ? .standard : .openFilesLimit(limit)))
    #expect(connections == 64 || DescriptorNeed.descriptors(for: standard) <= limit)
    // What the operator says holds; check and the log tell of the limit.
    #expect(try resolve(["max_connections": ["16384"]]).configuration.maxConnections == 16_384)
  }

  /// Beside those of clients' requests, several servers have connections that are nobody's in particular.
  @Test func severalServersTakeMoreDescriptors() throws {
    func need(_ servers: [String]) throws -> Int {
      DescriptorNeed.descriptors(
        for: try resolve(flags: ["ollama": servers, "workers": ["2"]]).configuration)
    }
    let one = try need(["a"])
    let more = try need(["a", "b"]) - one
    #expect(more > 2 * DescriptorNeed.orders)
    #expect(try need(["a", "b", "c", "d"]) == one + 2 * more)
    #expect(try need(["dns:a:1"]) == one + 8 * more)
  }

  @Test func anOllamaThatFailsIsSaidSo() async throws {
    let report = await report(try resolve(flags: ["listen": ["127.0.0.1:0"]]), .failed("connection refused"))
    #expect(report.findings.last == .wrong("ollama http://127.0.0.1:11434: connection refused"))
    #expect(report.lines.last == "WRONG  ollama http://127.0.0.1:11434: connection refused")
  }

  @Test("Where one of several works, the others are worth a warning") func severalOllamas() async throws {
    let effective = try resolve(flags: [
      "listen": ["127.0.0.1:0"], "ollama": ["gpu1=http://a:1", "http://b:1", "http://c:1"],
      "default_model": ["m"],
    ])
    let failed = OllamaReport.failed("connection refused")
    let report = await report(
      effective, Self.ollama(["x"], version: "0.9.3"),
      others: ["http://b:1": Self.ollama(["x", "m"], version: "0.33.0"), "http://c:1": failed])
    #expect(report.isFine)
    #expect(
      report.findings.suffix(4) == [
        .fine("ollama gpu1 http://a:1: version 0.9.3, 1 models"),
        .fine("ollama http://b:1: version 0.33.0, 2 models"),
        .doubtful("ollama http://c:1: connection refused"),
        .fine("default_model m"),
      ])
    let none = await self.report(effective, failed)
    #expect(!none.isFine && none.findings.last == .wrong("ollama http://c:1: connection refused"))
  }

  @Test func theDefaultModelMayBeAnAlias() async throws {
    let effective = try resolve(flags: [
      "listen": ["127.0.0.1:0"], "default_model": ["gpt-4o"], "model_aliases": ["gpt-*=m"],
    ])
    #expect(await report(effective, Self.ollama(["m"])).findings.last == .fine("default_model m"))
    #expect(
      await report(effective, Self.ollama(["gpt-4o"])).findings.last
        == .wrong("default_model m is not there; run: ollama pull m"))
  }

  @Test func whatIsWrongWithAliasesIsSaidSo() async throws {
    let effective = try resolve(flags: [
      "listen": ["127.0.0.1:0"], "default_model": ["m"],
      "model_aliases": ["gpt-4o=m", "own-*=own-m", "o1=gone", "step=GPT-4o:latest"],
    ])
    let findings = await report(effective, Self.ollama(["m:latest", "own-m"])).findings
    let doubts = findings.compactMap { if case .doubtful(let text) = $0 { text } else { nil } }
    #expect(
      doubts == [
        "model_aliases o1: gone is on no server; run: ollama pull gone",
        "model_aliases step: GPT-4o:latest is an alias itself, and a name is replaced once: servers are asked for a model called GPT-4o:latest",
      ])
    #expect(findings.last == .fine("default_model m"))
  }

  @Test func whereServersCannotBeFoundIsSaidSo() async throws {
    let folder = TemporaryFolder()
    func servers(_ text: String) async throws -> CheckReport {
      let file = folder.file("g.yaml", "listen: 127.0.0.1:0\nollama: [\(text)]\n")
      let effective = try EffectiveConfiguration(flags: [:], configFile: file, environment: [:])
      return await report(effective)
    }
    let unreadable = try await servers("{url: gpu, api_key_file: \(folder.path)/none}")
    #expect(
      unreadable.findings.last
        == .wrong(
          "ollama: \(folder.path)/none: cannot read the file: No such file or directory (api_key_file of http://gpu:11434)"
        ))
    let secret = folder.file("key", "s3cret")
    let hidden = try await servers("{url: gpu, api_key_file: \(secret), headers: {X-Key: s3cret}}")
    #expect(hidden.isFine && !hidden.lines.joined().contains("s3cret"))
    let unknown = try await servers(#""dns:does-not-exist.invalid:1""#)
    guard case .wrong(let text) = unknown.findings.last else {
      Issue.record("it is found")
      return
    }
    #expect(text.hasPrefix("ollama dns:does-not-exist.invalid:1: "))
    guard
      case .doubtful = try await servers(#""dns:does-not-exist.invalid:1", gpu"#).findings.dropLast(2).last
    else {
      Issue.record("another works")
      return
    }
  }

  @Test(arguments: [
    ("tinyllama", ["tinyllama:latest"], true), ("tinyllama:latest", ["tinyllama"], true),
    ("tinyllama:1b", ["tinyllama:latest"], false), ("reg:5000/a/m", ["reg:5000/a/m:latest"], true),
    ("reg:5000/a/m", ["reg:5000/a/m:2"], false), ("tinyllama", [], false),
  ])
  func aMissingDefaultModelIsSaidSo(_ model: String, _ models: [String], _ isThere: Bool) async throws {
    let effective = try resolve(flags: ["listen": ["127.0.0.1:0"], "default_model": [model]])
    let report = await report(effective, Self.ollama(models))
    #expect(report.isFine == isThere)
    #expect(
      isThere
        || report.findings.last == .wrong("default_model \(model) is not there; run: ollama pull \(model)"))
  }

  /// Without leave for cloud models, what names none is refused where the default is one.
  @Test(arguments: [
    ("m:cloud", OllamaReport.Model(name: "other"), "m:cloud is a cloud model"),
    ("m", OllamaReport.Model(name: "m", isRemote: true), "m is a cloud model"),
    ("m", OllamaReport.Model(name: "M:latest", canChat: false), "m makes embeddings only"),
    ("m", OllamaReport.Model(name: "m", canChat: true), nil),
  ])
  func aDefaultModelThatCannotChatIsDoubtful(
    _ model: String, _ listed: OllamaReport.Model, _ problem: String?
  ) async throws {
    let effective = try resolve(flags: ["listen": ["127.0.0.1:0"], "default_model": [model]])
    let report = await report(effective, .ollama(version: "1", models: [listed]))
    #expect(report.isFine)
    guard case .doubtful(let text) = report.findings.last else {
      #expect(problem == nil && report.findings.last == .fine("default_model \(model)"))
      return
    }
    #expect(text.hasPrefix("default_model " + (problem ?? "none")), "\(text)")
  }

  @Test func aCloudModelIsFineWithLeave() async throws {
    let effective = try resolve(flags: [
      "listen": ["127.0.0.1:0"], "default_model": ["m"], "allow_cloud_models": ["true"],
    ])
    let report = await report(
      effective, .ollama(version: "1", models: [OllamaReport.Model(name: "m", isRemote: true)]))
    #expect(report.findings.last == .fine("default_model m"))
  }

  @Test func noticesAreFindings() async throws {
    let effective = try resolve(flags: ["listen": ["127.0.0.1:0"]], environment: ["OLLAMA_HOST": "gpu:99999"])
    #expect(!(await report(effective)).isFine)
  }
}
