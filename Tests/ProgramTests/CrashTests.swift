import Glibc
import Testing

/// The program that is crashed while it serves.
@Suite struct CrashTests {
  @Test(arguments: [(SIGSEGV, "SIGSEGV"), (SIGILL, "SIGILL"), (SIGABRT, "SIGABRT")])
  func saysWhereItWasAndEndsByTheSignal(_ signal: Int32, name: String) async throws {
    let run = try ProgramRun(["serve", "--listen", "127.0.0.1:0"], environment: ["SECRET": "registered"])
    try await run.waitForError("ready")
    run.signal(signal)
    #expect(run.wait() == 128 + signal)
    let line = try #require(run.errors.split(separator: "\n").last)
    #expect(line.hasPrefix("ollama-gateway: crashed: signal=\(name) version="), "\(line)")
    #expect(line.contains(" addresses=libc.so.6+0x"), "\(line)")
    #expect(line.contains(",ollama-gateway+0x"), "\(line)")
    #expect(!run.errors.contains("registered"))
  }

  /// Who has chosen Swift's reporter, or a sanitizer's, has it.
  @Test func leavesItToAnotherReporter() async throws {
    let run = try ProgramRun(
      ["serve", "--listen", "127.0.0.1:0"], environment: ["SWIFT_BACKTRACE": "enable=no"])
    try await run.waitForError("ready")
    run.signal(SIGSEGV)
    let status = run.wait()
    // A sanitizer reports, and chooses its own exit code.
    #expect(status == 128 + SIGSEGV || status != 0 && run.errors.contains("Sanitizer"))
    #expect(!run.errors.contains("crashed"))
  }
}
