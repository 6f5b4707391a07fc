import Logging
import Testing

@testable import Telemetry

@Suite struct LineLogHandlerTests {
  private struct SomeError: Error {}

  /// What a logger of ours writes, without the times.
  private func output(_ format: LogLineFormat, level: Logger.Level = .info, _ body: (inout Logger) -> Void)
    -> [String]
  {
    let pipe = Pipe()
    let sink = LogSink(descriptor: pipe.writeEnd, format: format, batchDelay: .zero)
    var logger = Logger(label: "gateway") {
      LineLogHandler(label: $0, sink: sink, threshold: LogThreshold(level))
    }
    body(&logger)
    #expect(sink.close(within: .seconds(30)))
    pipe.closeWriteEnd()
    let time = format == .json ? 9..<33 : 0..<24
    return pipe.readToEnd().split(separator: "\n").map { line in
      let bytes = Array(line.utf8)
      return String(decoding: bytes[..<time.lowerBound] + bytes[time.upperBound...], as: UTF8.self)
    }
  }

  @Test func metadataIsSortedAndMerged() {
    let lines = output(.text) { logger in
      logger[metadataKey: "worker"] = "3"
      logger[metadataKey: "a"] = "lost"
      logger.warning("careful", metadata: ["a": "own", "list": ["x", "y"], "n": .stringConvertible(7)])
    }
    #expect(lines == [#" warning gateway: careful a=own list="[\"x\", \"y\"]" n=7 worker=3"#])
  }

  @Test func jsonKeepsNumbersAndItsOwnNames() {
    let lines = output(.json) { logger in
      logger.info(
        "hi",
        metadata: [
          "n": .stringConvertible(7), "yes": .stringConvertible(true), "x": .stringConvertible(1.5),
          "inf": .stringConvertible(Double.infinity), "message": "mine", "bad key\n": "v",
        ])
    }
    #expect(
      lines == [
        #"{"time":"","level":"info","logger":"gateway","message":"hi","bad_key_":"v","inf":"inf","_message":"mine","#
          + #""n":7,"x":1.5,"yes":true}"#
      ])
  }

  @Test func aMetadataKeyCannotForgeAField() {
    #expect(output(.text) { $0.info("m", metadata: ["a=b c\n": "v"]) } == [" info gateway: m a_b_c_=v"])
  }

  @Test func levelsAndErrors() {
    let lines = output(.text, level: .notice) { logger in
      logger.debug("no")
      logger.info("no")
      logger.notice("yes")
      logger.error("bad", error: SomeError())
    }
    #expect(lines.count == 2)
    #expect(lines.last == " error gateway: bad error=SomeError()")
  }

  @Test func theThresholdChangesWhileALoggerIsInUse() {
    let pipe = Pipe()
    let sink = LogSink(descriptor: pipe.writeEnd, isForJournal: true, batchDelay: .zero)
    let threshold = LogThreshold(.warning)
    let logger = Logger(label: "gateway") { LineLogHandler(label: $0, sink: sink, threshold: threshold) }
    var own = logger
    own.logLevel = .critical
    logger.info("no")
    threshold.level = .debug
    logger.debug("yes")
    own.error("no")
    #expect(threshold.level == .debug)
    #expect(sink.close(within: .seconds(30)))
    pipe.closeWriteEnd()
    #expect(pipe.readToEnd() == "<7>debug gateway: yes\n")
  }
}
