import GatewayTesting
import Testing

@testable import Configuration

@Suite struct PrecedenceTests {
  /// Every setting, given in all its sources at once and then one after the other taken away.
  @Test(arguments: Setting.all.map(\.key))
  func flagBeatsEnvironmentBeatsCredentialBeatsFileBeatsDefault(_ key: String) throws {
    let setting = try #require(Setting.named(key))
    // Texts with different values, as many as there are.
    let good = try #require(Samples.byKey[key]).good
    let texts = (0..<4).map { good[$0 % good.count] }
    let folder = TemporaryFolder()
    let file = folder.file("g.yaml", "\(key): \"\(texts[0].text)\"\n")
    _ = folder.file(ConfigurationCredential.name, "\(key): \"\(texts[1].text)\"\n")
    let credentials = [ConfigurationCredential.folderVariable: folder.path]
    let environment = credentials.merging([setting.environmentName: texts[2].text]) { $1 }
    let flags = [key: [texts[3].text]]

    let all = try resolve(flags: flags, file: file, environment: environment)
    #expect(all.values(of: setting) == [texts[3].canonical])
    #expect(all.source(of: setting) == .flag(setting.flag))
    let noFlag = try resolve(file: file, environment: environment)
    #expect(noFlag.values(of: setting) == [texts[2].canonical])
    #expect(noFlag.source(of: setting) == .environment(setting.environmentName))
    let noVariable = try resolve(file: file, environment: credentials)
    #expect(noVariable.values(of: setting) == [texts[1].canonical])
    #expect(noVariable.source(of: setting) == .credential(key: key))
    let fileAlone = try resolve(file: file)
    #expect(fileAlone.values(of: setting) == [texts[0].canonical])
    #expect(fileAlone.source(of: setting) == .file(path: file, key: key))
    #expect(try resolve().source(of: setting) == .standard)
  }

  @Test func repeatedFlagsAddUpAndTogetherReplace() throws {
    let listen = try #require(Setting.named("listen"))
    let environment = ["OLLAMA_GATEWAY_LISTEN": ":1, [::1]:2 ,,:1"]
    #expect(try resolve(environment: environment).values(of: listen) == [":1", "[::1]:2"])
    let both = try resolve(flags: ["listen": [":3", "unix:/a,b", ":3"]], environment: environment)
    #expect(both.values(of: listen) == [":3", "unix:/a,b"])
    #expect(both.source(of: listen) == .flag("--listen"))
  }

  @Test func ofASingleValueTheLastFlagCounts() throws {
    #expect(try resolve(flags: ["workers": ["2", "3"]]).configuration.workers == 3)
    #expect(
      try !resolve(flags: ["allow_model_management": ["true", "false"]]).configuration.allowModelManagement)
  }

  @Test func anEmptyVariableIsNotSet() throws {
    let effective = try resolve(environment: ["OLLAMA_GATEWAY_WORKERS": "", "OLLAMA_GATEWAY_CONFIG": ""])
    #expect(effective.configuration.workers == 4)
    #expect(effective.file == nil)
  }

  @Test func theFileIsNamedByFlagOrVariable() throws {
    let folder = TemporaryFolder()
    let one = folder.file("1.yaml", "workers: 1")
    let two = folder.file("2.yaml", "workers: 2")
    let environment = ["OLLAMA_GATEWAY_CONFIG": one]
    let byVariable = try resolve(environment: environment)
    #expect(byVariable.configuration.workers == 1)
    #expect(byVariable.file?.source == .environment("OLLAMA_GATEWAY_CONFIG"))
    let byFlag = try resolve(file: two, environment: environment)
    #expect(byFlag.configuration.workers == 2)
    #expect(byFlag.file?.path == two)
    #expect(byFlag.file?.source == .flag("--config"))
  }

  @Test func aBadValueStopsEvenWhereItIsReplaced() throws {
    #expect(throws: ConfigurationError.self) {
      try resolve(flags: ["workers": ["2"]], environment: ["OLLAMA_GATEWAY_WORKERS": "x"])
    }
  }

  @Test func listsAreBounded() throws {
    let many = (0..<1001).map { "h\($0)" }
    let error = #expect(throws: ConfigurationError.self) { try resolve(flags: ["allowed_host": many]) }
    #expect(
      error?.description.hasPrefix("--allowed-host \"1001 values\": takes 0 to 1000 values, each a host")
        == true)
    #expect(throws: ConfigurationError.self) { try resolve(environment: ["OLLAMA_GATEWAY_LISTEN": ","]) }
  }

  @Test func sourcesSayWhereToLook() {
    #expect("\(ValueSource.flag("--listen"))" == "flag --listen")
    #expect("\(ValueSource.environment("OLLAMA_GATEWAY_LISTEN"))" == "environment OLLAMA_GATEWAY_LISTEN")
    #expect("\(ValueSource.file(path: "/etc/g.yaml", key: "listen"))" == "file /etc/g.yaml: listen")
    #expect("\(ValueSource.credential(key: "listen"))" == "credential ollama-gateway.yaml: listen")
    #expect("\(ValueSource.openFilesLimit(1024))" == "default, cut to the open-files limit 1024")
    #expect("\(ValueSource.ollamaHost)" == "environment OLLAMA_HOST")
    #expect("\(ValueSource.standard)" == "default")
  }
}
