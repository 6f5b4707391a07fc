import GatewayTesting
import Glibc
import Issuers
import Testing
import Upstreams

@testable import Configuration
@testable import ollama_gateway

@Suite struct MemoryLimitTests {
  private struct Servers: CheckProbe {
    func askOllama(
      _ server: UpstreamServer, about model: String, connectTimeout: Duration
    ) async -> OllamaReport {
      .ollama(version: "1", models: [OllamaReport.Model(name: "tinyllama")])
    }
    func isGateway(at address: ListenAddress) async -> Bool { false }
    func askIssuer(_ settings: IssuerSettings) async -> IssuerTrial { .away("nobody has asked") }
  }

  private func report(_ flags: [String: [String]], _ limit: MemoryLimit?) async throws -> CheckReport {
    let effective = try resolve(flags: flags.merging(["listen": ["127.0.0.1:0"]]) { $1 })
    return await ConfigurationCheck(
      effective, probe: Servers(), hardDescriptorLimit: .max, memoryLimit: limit, environment: [:]
    ).run()
  }

  @Test func theSumOfAllBudgetsIsSaid() async throws {
    let sum = "bodies 256 + unsent 64 + sessions 512 + images 256 + connections 44 + the rest 64"
    let flags = ["max_unsent": ["64MiB"], "max_connections": ["1024"]]
    #expect(
      try await report(flags, MemoryLimit(bytes: 2 << 30, source: "/unit")).findings.contains(
        .fine("memory: up to 1196 MiB may be needed (\(sum)); the limit is 2048 MiB by /unit")))
    let scarce = try await report(flags, MemoryLimit(bytes: 1195 << 20, source: "/unit"))
    #expect(
      scarce.findings.contains(
        .doubtful(
          "memory: up to 1196 MiB may be needed (\(sum)), and the limit is 1195 MiB by /unit; raise it (MemoryMax) or "
            + "lower max_unsent, max_body or max_connections")))
    #expect(scarce.isFine, "it is no fault")
    #expect(scarce.lines.contains { $0.hasPrefix("warn   memory: ") })
  }

  @Test func largeBodiesNeedFourOfTheirs() throws {
    let configuration = try resolve(flags: ["max_body": ["1TiB"], "max_unsent": ["1TiB"]]).configuration
    #expect(MemoryNeed.bodies(configuration) == 4 << 40)
    #expect(MemoryNeed.bytes(for: configuration) > 5 << 40)
  }

  @Test(arguments: [
    ("1073741824", 1 << 30), ("2G", 2 << 30), ("512M", 512 << 20), ("4K", 4096), ("1T", 1 << 40), ("7B", 7),
    (" 1G ", 1 << 30), ("infinity", nil), ("50%", nil), ("", nil), ("-1", nil), ("99999999999T", nil),
    ("1.5G", nil),
  ])
  func sizesAreSystemds(_ text: String, _ bytes: Int?) {
    #expect(MemoryLimit.bytes(text) == bytes)
  }

  @Test func theLeastOfTheGroupsCounts() {
    let root = FileTree()
    root.file("proc/self/cgroup", "0::/a.slice/b.scope\n")
    root.file("sys/fs/cgroup/a.slice/b.scope/memory.max", "max\n")
    #expect(MemoryLimit.find(root: root.path) == nil)
    root.file("sys/fs/cgroup/a.slice/memory.max", "1000000\n")
    root.file("sys/fs/cgroup/memory.max", "2000000\n")
    #expect(
      MemoryLimit.find(root: root.path)
        == MemoryLimit(bytes: 1_000_000, source: "/sys/fs/cgroup/a.slice/memory.max"))
    root.file("sys/fs/cgroup/system.slice/ollama-gateway.service/memory.max", "500000\n")
    #expect(MemoryLimit.find(root: root.path)?.bytes == 500_000)
  }

  @Test func theUnitAndItsDropInsCount() {
    let root = FileTree()
    let unit = "systemd/system/ollama-gateway.service"
    root.file("usr/lib/\(unit)", "[Service]\nMemoryHigh=1G\nMemoryMax=2G\n")
    #expect(
      MemoryLimit.find(root: root.path) == MemoryLimit(bytes: 2 << 30, source: "/usr/lib/\(unit)"))
    root.file("etc/\(unit).d/50-more.conf", "[Service]\nMemoryMax=4G\n")
    root.file("run/\(unit).d/40-less.conf", "[Service]\nMemoryMax=1G\n")
    #expect(MemoryLimit.find(root: root.path)?.bytes == 4 << 30)
    root.file("etc/\(unit).d/60-none.conf", "[Service]\nMemoryMax=infinity\n")
    #expect(MemoryLimit.find(root: root.path) == nil)
  }
}
