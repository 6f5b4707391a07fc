import GatewayTesting
import Testing

@testable import Configuration

/// Defaults stand in ``Configuration`` alone. Where a document or an example says one again, it says the same.
@Suite struct StatedDefaultTests {
  private static let standard = Configuration(cores: 1)

  /// Of a time that may be off, where it is not.
  private static func seconds(_ duration: Duration?) -> Int64 { duration?.components.seconds ?? -1 }

  /// The rows of the README's table: flag, default and description, without the marks of code.
  private func rows() throws -> [(flag: String, value: String, text: String)] {
    try ProjectFile.text("README.md").split(separator: "\n").filter { $0.hasPrefix("| `--") }.map { line in
      let cells = line.dropFirst(2).dropLast(2).replacing("`", with: "").replacing(" | ", with: "\n")
        .split(separator: "\n").map(String.init)
      try #require(cells.count == 3, "\(line)")
      return (cells[0], cells[1], cells[2])
    }
  }

  @Test("README: the table has each setting, its default and whether a reload is enough") func readme() throws
  {
    let rows = try rows()
    #expect(rows.map(\.flag) == Setting.all.map(\.flag))
    for (row, setting) in zip(rows, Setting.all) {
      #expect(row.value == setting.defaultText, "\(setting.key)")
      // A row may say more.
      let mark = setting.effect == .atReload ? "[R] " : ""
      #expect(row.text.hasPrefix(mark + setting.help), "\(setting.key): \(row.text)")
    }
  }

  @Test(arguments: [
    ("README.md", "The gateway listens on \(ListenAddress.standard)."),
    ("README.md", "It connects to `ws://\(ListenAddress.standard)/ws`"),
    ("docs/wire.md", "Default address `\(ListenAddress.standard)`, default Ollama `\(OllamaURL.standard)`"),
    ("docs/wire.md", "default model `\(standard.defaultModel)`"),
    ("docs/wire.md", "`heartbeat` (\(seconds(standard.heartbeat)) s)"),
    ("docs/wire.md", "`first_byte_timeout` (\(seconds(standard.firstByteTimeout) / 60) min)"),
    ("docs/wire.md", "goes on for the grace (\(seconds(standard.sessionGrace)) s)"),
    ("docs/wire.md", "by the session's grace (\(seconds(standard.sessionGrace)) s;"),
    ("Makefile", "DEMO_PORT=\(ListenAddress.standardPort)"),
    ("packaging/ollama-gateway.1", "ws://\(ListenAddress.standard)/ws"),
    ("systemd/ollama-gateway.socket", "\nListenStream=\(ListenAddress.standard)\n"),
    ("systemd/ollama-gateway.service", "max_connections (\(standard.maxConnections))"),
    ("systemd/ollama-gateway.service", "drain_timeout (\(seconds(standard.drainTimeout))s)"),
    ("nginx/ollama-gateway.conf", "server \(ListenAddress.standard);"),
    ("nginx/ollama-gateway.conf", "client_max_body_size \(standard.maxBodyBytes >> 20)m;"),
    ("nginx/ollama-gateway.conf", "the gateway's \(seconds(standard.keepAliveTimeout)) s"),
    ("Dockerfile", "EXPOSE \(ListenAddress.standardPort)\n"),
    ("compose.yaml", ":\(OllamaURL.standardPort)\n"),
  ])
  func saysTheSame(_ file: String, _ text: String) throws {
    #expect(try ProjectFile.text(file).contains(text))
  }

  /// The unit's limit of open files is enough for the default of connections, on any machine.
  @Test func theUnitHasEnoughOpenFiles() throws {
    let unit = try ProjectFile.text("systemd/ollama-gateway.service").split(separator: "\n")
    let line = try #require(unit.first { $0.hasPrefix("LimitNOFILE=") })
    let limit = try #require(Int(line.dropFirst("LimitNOFILE=".count)))
    #expect(limit >= DescriptorNeed.descriptors(for: Configuration(cores: 256)))
  }
}
