import Testing

@testable import Configuration

/// A configuration that is read again.
@Suite struct ReloadTests {
  @Test func onlyWhatCanChangeChanges() throws {
    let running = try resolve(flags: ["workers": ["3"], "allowed_host": ["a.example"]]).configuration
    let read = try resolve(flags: [
      "workers": ["5"], "listen": ["127.0.0.1:1"], "idle_timeout": ["7s"], "log_level": ["debug"],
      "ollama": ["http://gpu:1"],
    ]).configuration
    let reload = ConfigurationReload(of: running, with: read)
    #expect(reload.changed == ["ollama", "allowed_host", "idle_timeout", "log_level"])
    #expect(reload.postponed == ["listen", "workers"])
    var expected = running
    expected.ollama = read.ollama
    expected.allowedHosts = []
    expected.idleTimeout = .seconds(7)
    expected.logLevel = .debug
    #expect(reload.configuration == expected)
    // It says so each time, as long as it is so.
    #expect(ConfigurationReload(of: reload.configuration, with: read).postponed == ["listen", "workers"])
    #expect(ConfigurationReload(of: reload.configuration, with: read).changed.isEmpty)
  }
}
