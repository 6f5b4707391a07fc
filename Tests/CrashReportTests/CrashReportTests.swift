import Glibc
import Testing

/// What a program says that crashes in one of many ways, and how it ends.
@Suite struct CrashReportTests {
  private static let start = "ollama-gateway: crashed: signal="

  /// Runs CrashingProgram, which lies beside the test bundle.
  ///
  /// - Returns: the reports that it wrote to standard error, and its exit code as the shell has it: 128 and the signal.
  private func crash(_ kind: String) throws -> (reports: [Substring], code: Int) {
    var path = [CChar](repeating: 0, count: 4096)
    try #require(readlink("/proc/self/exe", &path, path.count - 1) > 0)
    let bundle = String(decoding: path.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let folder = bundle[..<(bundle.lastIndex(of: "/") ?? bundle.startIndex)]
    let command = "'\(folder)/CrashingProgram' \(kind) 2>&1; code=$?; echo; echo $code"
    let pipe = try #require(popen(command, "r"))
    defer { pclose(pipe) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, pipe)
      guard count > 0 else { break }
      text += buffer[..<count]
    }
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    // Swift says what it traps for, and the shell what ended the program.
    return (lines.filter { $0.contains(Self.start) }, try #require(lines.last.flatMap { Int($0) }))
  }

  @Test(arguments: [
    ("segv", "SIGSEGV", SIGSEGV), ("abort", "SIGABRT", SIGABRT), ("raise", "SIGFPE", SIGFPE),
    ("overflow", "SIGSEGV", SIGSEGV), ("twice", "SIGSEGV", SIGSEGV), ("jump", "SIGSEGV", SIGSEGV),
  ])
  func saysWhereItWas(_ kind: String, name: String, signal: Int32) throws {
    let (reports, code) = try crash(kind)
    #expect(code == 128 + Int(signal))
    try expectReport(reports, of: name, isInProgram: kind != "jump")
  }

  /// Swift's own traps end by another signal on each machine.
  @Test("Swift's own traps are reported", arguments: ["index", "sum"])
  func traps(_ kind: String) throws {
    #if arch(arm64)
      let (name, signal) = ("SIGTRAP", SIGTRAP)
    #else
      let (name, signal) = ("SIGILL", SIGILL)
    #endif
    let (reports, code) = try crash(kind)
    #expect(code == 128 + Int(signal))
    try expectReport(reports, of: name)
  }

  @Test func journalGetsItsPriority() throws {
    #expect(try crash("segv journal").reports.last?.hasPrefix("<2>" + Self.start) == true)
  }

  @Test func overflowHasManyAddressesAndNotAll() throws {
    let line = try #require(try crash("overflow").reports.last)
    #expect(line.split(separator: ",").count == 64)
  }

  /// One line of the report's form and nothing else in it: no registers, no memory.
  private func expectReport(_ reports: [Substring], of signal: String, isInProgram: Bool = true) throws {
    #expect(reports.count == 1)
    let line = try #require(reports.first)
    let address = #/(ollama-gateway|[A-Za-z0-9_.+-]+)\+0x[0-9a-f]+|\?/#
    let form =
      #/ollama-gateway: crashed: signal=(SIG[A-Z]+) version=1\.2\.3 build_id=[0-9a-f]{40} addresses=(.+)/#
    let match = try #require(line.wholeMatch(of: form), "\(line)")
    #expect(match.1 == signal)
    let addresses = match.2.split(separator: ",")
    for text in addresses { #expect(text.wholeMatch(of: address) != nil, "\(text)") }
    #expect(addresses.contains { $0.hasPrefix("ollama-gateway+0x") } == isInProgram, "\(line)")
  }
}
