import Access
import System
import Testing

@testable import Configuration

@Suite struct SettingTests {
  @Test func everySettingHasSamplesAndEveryPropertyASetting() {
    let keys = Setting.all.map(\.key)
    #expect(Set(keys).count == keys.count)
    #expect(Set(keys) == Set(Samples.byKey.keys))
    // Spelt as the property is, but for units and plurals: one setting for each.
    #expect(Mirror(reflecting: Configuration(cores: 1)).children.count == keys.count)
  }

  @Test func namesFollowFromTheKey() throws {
    let setting = try #require(Setting.named("max_body"))
    #expect(setting.flag == "--max-body")
    #expect(setting.environmentName == "OLLAMA_GATEWAY_MAX_BODY")
    for setting in Setting.all {
      #expect(setting.key.allSatisfy { $0.isLowercase || $0 == "_" }, "\(setting.key)")
      #expect(setting.helpText.contains(setting.environmentName))
    }
  }

  @Test("An empty default is shown as none") func emptyDefaults() {
    #expect(Setting.shown([]) == "none")
    #expect(Setting.shown([""]) == "none")
    #expect(Setting.shown(["a", "b"]) == "a, b")
    for setting in Setting.all { #expect(!setting.defaultText.isEmpty, "\(setting.key)") }
  }

  @Test(arguments: Setting.all.map(\.key))
  func takesWhatItShould(_ key: String) throws {
    let sample = try #require(Samples.byKey[key])
    let setting = try #require(Setting.named(key))
    for (text, canonical) in sample.good {
      let effective = try resolve(flags: [key: [text]])
      #expect(effective.values(of: setting) == [canonical], "\(key) \(text)")
      // What is printed can be given back.
      #expect(
        try resolve(flags: [key: [canonical]]).configuration == effective.configuration, "\(key) \(text)")
    }
  }

  @Test(arguments: Setting.all.map(\.key))
  func refusesWhatItShouldWithOneLine(_ key: String) throws {
    let sample = try #require(Samples.byKey[key])
    let setting = try #require(Setting.named(key))
    for text in sample.bad {
      let error = #expect(throws: ConfigurationError.self) { try resolve(flags: [key: [text]]) }
      let line = error?.description ?? ""
      let shown = key == "store" ? StoreLocation.shown(text) : text
      #expect(line == "\(setting.flag) \(shown.quotedForMessage): takes \(setting.takes)")
      #expect(!line.contains("\n"))
    }
  }

  @Test func theDefaultsAreThoseOfTheContract() throws {
    let expected = [
      "listen": "127.0.0.1:10200", "ollama": "http://127.0.0.1:11434", "workers": "4",
      "default_model": "tinyllama:latest",
      "model_aliases": "", "queue": "true", "queue_timeout": "off", "context": "pass", "server_names": "true",
      "allow_model_management": "false",
      "allow_cloud_models": "false", "forward_client": "false", "usage_log": "false", "allowed_origin": "",
      "allowed_host": "", "trusted_proxy": "", "auth": "auto", "keys_file": "off", "admin_key_file": "off",
      "open_to": "",
      "anonymous": "off", "allow_query_keys": "false", "allow_registration": "false",
      "user_keys": "true", "trusted_user_header": "off", "oidc": "off", "base_path": "/",
      "max_header": "12KiB", "max_body": "64MiB", "max_unsent": "256MiB", "max_connections": "16384",
      "connect_timeout": "5s",
      "first_byte_timeout": "10m",
      "idle_timeout": "off", "heartbeat": "15s", "queue_lines": "off",
      "header_timeout": "30s", "send_timeout": "1m",
      "keep_alive_timeout": "75s", "drain_timeout": "30s",
      "max_websockets": "12288", "max_turns": "8192", "context_messages": "40", "context_bytes": "256KiB",
      "store": "auto", "store_password_file": "off", "durability": "full", "store_timeout": "10s",
      "store_max": "10GiB",
      "session_ttl": "off", "max_sessions": "off", "shared_sessions": "false",
      "session_grace": "30s", "log_level": "info", "log_format": "text",
    ]
    let effective = try resolve()
    for setting in Setting.all {
      #expect(effective.values(of: setting).joined() == expected[setting.key], "\(setting.key)")
      #expect(effective.source(of: setting) == .standard)
    }
    #expect(Configuration(cores: 0).workers == 1)
    #expect(Configuration(cores: 1000).workers == 256)
  }

  @Test func theTypedValuesAreWhatTheTextsMean() throws {
    let configuration = try resolve(flags: [
      "max_body": ["64MB"], "idle_timeout": ["250ms"], "session_ttl": ["24h"], "send_timeout": ["90"],
      "listen": ["[::1]:80", ":0", "unix:a b"],
    ]).configuration
    #expect(configuration.maxBodyBytes == 64_000_000)
    #expect(configuration.idleTimeout == .milliseconds(250))
    #expect(configuration.sessionTTL == .seconds(86_400))
    #expect(configuration.sendTimeout == .seconds(90))
    #expect(configuration.listen == [.ipv6(.v6(0, 1), port: 80), .any(port: 0), .unix(path: "a b")])
  }
}
