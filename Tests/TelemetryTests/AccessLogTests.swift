import Logging
import System
import Testing

@testable import Telemetry

@Suite struct AccessLogTests {
  private static let traceID = TraceID(upper: 0x0af7_6519_16cd_43dd, lower: 0x8448_eb21_1c80_319c)!

  private let entry = AccessLogEntry(
    method: "POST", route: "/api/v1/chat", status: 200, bytes: 1234, nanoseconds: 1_500_250_000,
    firstByteNanoseconds: 20_000_000, model: "tinyllama:latest", upstream: "http://127.0.0.1:11434",
    requestID: "r-1", traceID: traceID, client: .peer(.ip(.v4(0x7F00_0001), port: 5000)))

  private func output(_ format: LogLineFormat, level: Logger.Level = .info, _ entry: AccessLogEntry) -> String
  {
    let pipe = Pipe()
    let sink = LogSink(descriptor: pipe.writeEnd, format: format, batchDelay: .zero)
    AccessLog(sink: sink, threshold: LogThreshold(level)).record(entry)
    #expect(sink.close(within: .seconds(30)))
    pipe.closeWriteEnd()
    return pipe.readToEnd()
  }

  @Test func textAndJSONHaveEveryField() {
    let text =
      " info access: request method=POST route=/api/v1/chat status=200 bytes=1234 ms=1500.250 first_byte_ms=20.000 "
      + "model=tinyllama:latest upstream=http://127.0.0.1:11434 request_id=r-1 "
      + "trace_id=0af7651916cd43dd8448eb211c80319c client=127.0.0.1:5000\n"
    let json =
      #"","level":"info","logger":"access","message":"request","method":"POST","route":"/api/v1/chat","status":200,"#
      + #""bytes":1234,"ms":1500.250,"first_byte_ms":20.000,"model":"tinyllama:latest","#
      + #""upstream":"http://127.0.0.1:11434","request_id":"r-1","trace_id":"0af7651916cd43dd8448eb211c80319c","client":"127.0.0.1:5000"}"#
      + "\n"
    #expect(String(output(.text, entry).dropFirst(24)) == text)
    #expect(String(output(.json, entry).dropFirst(33)) == json)
  }

  @Test func whatIsMissingIsLeftOut() {
    let bare = AccessLogEntry(
      method: "GET", route: "/health", status: 200, bytes: 0, nanoseconds: 0, requestID: "r",
      traceID: Self.traceID, client: .peer(.unix))
    #expect(
      output(.text, bare).dropFirst(24)
        == " info access: request method=GET route=/health status=200 bytes=0 ms=0.000 request_id=r "
        + "trace_id=0af7651916cd43dd8448eb211c80319c client=unix\n"
    )
  }

  @Test("Servers that were tried and a wait for them are told where there were any") func theWayToTheServer()
  {
    var moved = entry
    moved.attempts = 2
    moved.queueNanoseconds = 3_204_000_000
    #expect(
      output(.text, moved).contains(
        " upstream=http://127.0.0.1:11434 attempts=2 queue_ms=3204.000 request_id=r-1 "))
    moved.attempts = 1
    moved.queueNanoseconds = 0
    #expect(output(.text, moved).contains(" upstream=http://127.0.0.1:11434 request_id=r-1 "))
  }

  @Test func aClientCannotForgeALine() {
    var forged = entry
    forged.model = "x\n2026-01-01T00:00:00.000Z info access: request status=200"
    forged.requestID = "a\" b"
    let text = output(.text, forged)
    #expect(text.utf8.filter { $0 == 0x0A }.count == 1)
    #expect(text.contains(#" request_id="a\" b" "#))
  }

  @Test func aboveInfoNothingIsLogged() {
    #expect(output(.text, level: .notice, entry).isEmpty)
    #expect(!output(.text, level: .debug, entry).isEmpty)
  }
}
