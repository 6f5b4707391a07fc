import Testing

@testable import Telemetry

@Suite struct TraceContextTests {
  private static let trace = "0af7651916cd43dd8448eb211c80319c"
  private static let parent = "b7ad6b7169203331"
  private static let span: UInt64 = 0x00f0_67aa_0ba9_02b7

  private func read(_ text: String) -> TraceContext? {
    Array(text.utf8).withUnsafeBytes { TraceContext(continuing: $0, spanID: Self.span) }
  }

  private func text(_ context: TraceContext) -> String {
    var text = ""
    context.withTraceparent { text = String(decoding: $0, as: UTF8.self) }
    return text
  }

  /// The trace goes on, with our span as the parent; of the flags only those that have a meaning.
  @Test(
    "A trace of the client's goes on",
    arguments: [
      ("00", "01", "", "01"), ("00", "00", "", "00"), ("00", "02", "", "02"), ("00", "03", "", "03"),
      ("00", "ff", "", "03"),
      ("00", "f0", "", "00"), ("01", "01", "", "01"), ("01", "01", "-", "01"),
      ("cc", "01", "-what-ever.comes", "01"),
      ("fe", "05", "-", "01"),
    ])
  func takesOver(version: String, flags: String, rest: String, sent: String) throws {
    let context = try #require(read("\(version)-\(Self.trace)-\(Self.parent)-\(flags)\(rest)"))
    #expect(context.traceID.description == Self.trace)
    #expect(context.isTakenOver)
    #expect(text(context) == "00-\(Self.trace)-00f067aa0ba902b7-\(sent)")
  }

  @Test(arguments: [
    "", "00", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-", "00-\(trace)-\(parent)-0",
    "00-\(trace)-\(parent)-01-",
    "00-\(trace)-\(parent)-01-x", "00-\(trace)-\(parent)-011", "01-\(trace)-\(parent)-011",
    "01-\(trace)-\(parent)-01.x",
    "ff-\(trace)-\(parent)-01", "ff-\(trace)-\(parent)-01-x", "0-\(trace)-\(parent)-01x",
    " 00-\(trace)-\(parent)-01",
    "00-\(trace)-\(parent)-01 ", "00-00000000000000000000000000000000-\(parent)-01",
    "00-\(trace)-0000000000000000-01",
    "00-\(trace.uppercased())-\(parent)-01", "00-\(trace)-\(parent.uppercased())-01",
    "00-\(trace)-\(parent)-0A",
    "0A-\(trace)-\(parent)-01", "00_\(trace)-\(parent)-01", "00-\(trace)_\(parent)-01",
    "00-\(trace)-\(parent)_01",
    "00-\(trace.dropLast())g-\(parent)-01", "00-\(trace)-\(parent.dropLast()).-01",
    "00-\(trace)-\(parent)-g1",
    "00-\(trace)-\(parent)-01,00-\(trace)-\(parent)-01", "00-\(trace.dropLast())-\(parent)0-01-",
    String(repeating: "0", count: 55),
    String(repeating: "-", count: 55), "00-\(trace.dropLast(2))ä-\(parent)-01",
  ])
  func refusesWhatIsNotWellFormed(_ text: String) { #expect(read(text) == nil) }

  /// Half of an id may be zero.
  @Test(arguments: [
    "0000000000000000ffffffffffffffff", "ffffffffffffffff0000000000000000",
    "00000000000000000000000000000001",
  ])
  func takesIDsThatAreNotAllZero(_ trace: String) throws {
    let context = try #require(read("00-\(trace)-0000000000000001-00"))
    #expect(context.traceID.description == trace)
  }

  @Test func aNewTraceIsNotSampled() throws {
    let traceID = try #require(TraceID(upper: 1, lower: 2))
    let context = TraceContext(traceID: traceID, spanID: Self.span)
    #expect(!context.isTakenOver)
    #expect(text(context) == "00-00000000000000010000000000000002-00f067aa0ba902b7-00")
    // The next gateway takes it over.
    #expect(read(text(context))?.traceID == traceID)
    #expect(TraceID(upper: 0, lower: 0) == nil)
  }

  @Test func stateWithinItsBounds() {
    func fits(_ values: [String]) -> Bool {
      var budget = TraceStateBudget()
      return values.allSatisfy { value in Array(value.utf8).withUnsafeBytes { budget.take($0) } }
    }
    #expect(fits([]))
    #expect(fits(["a=b"]))
    #expect(fits([String(repeating: "x", count: 512)]))
    #expect(!fits([String(repeating: "x", count: 513)]))
    #expect(!fits([String(repeating: "x", count: 256), String(repeating: "x", count: 257)]))
    #expect(fits([Array(repeating: "a=b", count: 32).joined(separator: ",")]))
    #expect(!fits([Array(repeating: "a=b", count: 33).joined(separator: ",")]))
    #expect(!fits(Array(repeating: "a=b", count: 33)))
  }
}
