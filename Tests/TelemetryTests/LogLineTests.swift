import Logging
import System
import Testing

@testable import Telemetry

@Suite struct LogLineTests {
  private func line(
    _ format: LogLineFormat, label: String = "gateway", message: String = "ready",
    _ build: (inout LogLine) -> Void = { _ in }
  ) -> String {
    var line = LogLine(
      LogLineLayout(format: format, isForJournal: false), time: Timestamp(millisecondsSince1970: 0),
      level: .info, label: label,
      message: message)
    build(&line)
    line.end()
    return String(decoding: line.bytes, as: UTF8.self)
  }

  @Test("An event has one line in either format") func bothFormats() {
    func fields(_ line: inout LogLine) {
      line.add("plain", "tinyllama:latest")
      line.add("quoted", "two words")
      line.add("empty", "")
      line.add("count", 42)
      line.add("least", Int.min)
      line.add("ms", nanoseconds: 12_345_678)
      line.add("zero_ms", nanoseconds: 0)
      line.add("back_ms", nanoseconds: -5)
    }
    let text =
      "1970-01-01T00:00:00.000Z info gateway: ready plain=tinyllama:latest quoted=\"two words\" "
      + "empty=\"\" count=42 least=-9223372036854775808 ms=12.345 zero_ms=0.000 back_ms=0.000\n"
    let json =
      #"{"time":"1970-01-01T00:00:00.000Z","level":"info","logger":"gateway","message":"ready","plain":"tiny"#
      + #"llama:latest","quoted":"two words","empty":"","count":42,"least":-9223372036854775808,"#
      + #""ms":12.345,"zero_ms":0.000,"back_ms":0.000}"# + "\n"
    #expect(line(.text, fields) == text)
    #expect(line(.json, fields) == json)
  }

  /// sd-daemon(3): the journal takes the prefix away and notes the time itself.
  @Test(arguments: zip(Logger.Level.allCases, [7, 7, 6, 5, 4, 3, 2]))
  func linesForTheJournalBeginWithTheirPriority(_ level: Logger.Level, _ priority: Int) {
    func start(_ format: LogLineFormat) -> String {
      let layout = LogLineLayout(format: format, isForJournal: true)
      let line = LogLine(
        layout, time: Timestamp(millisecondsSince1970: 0), level: level, label: "gateway", message: "m")
      return String(decoding: line.bytes, as: UTF8.self)
    }
    #expect(start(.text) == "<\(priority)>\(level) gateway: m")
    #expect(
      start(.json).hasPrefix("<\(priority)>{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"\(level)\""))
  }

  /// A peer's text cannot end a line, leave its quotes, or steer a terminal.
  @Test(arguments: [
    ("a\nb", #"a\nb"#), ("a\r\nfake", #"a\r\nfake"#), ("\"", #"\""#), ("a\\", #"a\\"#), ("x=y", "x=y"),
    ("\t", #"\t"#),
    ("\u{0}", #"\u0000"#), ("\u{1b}[2J", #"\u001b[2J"#), ("\u{7f}", #"\u007f"#), ("\u{85}", #"\u0085"#),
    ("\u{9b}1m", #"\u009b1m"#), ("\u{2028}", #"\u2028"#), ("\u{2029}", #"\u2029"#),
    ("\u{202e}x", #"\u202ex"#),
    ("\u{2066}", #"\u2066"#), ("\u{200e}", #"\u200e"#), ("\u{200f}", #"\u200f"#), ("\u{61c}", #"\u061c"#),
    ("\u{feff}x", #"\ufeffx"#), ("a\u{ad}b", #"a\u00adb"#), ("\u{200b}\u{200d}", #"\u200b\u200d"#),
    ("\u{2060}", #"\u2060"#), ("\u{2064}", #"\u2064"#), ("\u{206f}", #"\u206f"#), ("\u{180e}", #"\u180e"#),
    ("\u{34f}", #"\u034f"#), ("\u{3164}", #"\u3164"#), ("\u{fe0f}", #"\ufe0f"#), ("\u{fffb}", #"\ufffb"#),
    ("\u{e0041}", #"\udb40\udc41"#), ("\u{e01ef}", #"\udb40\uddef"#), ("\u{1d173}", #"\ud834\udd73"#),
    ("\u{10ffff}\u{fffd}न्é\u{301}", "\u{10ffff}\u{fffd}न्é\u{301}"), ("ä\u{a0}é€😀‐", "ä\u{a0}é€😀‐"),
    ("a b", "a b"), ("", ""),
  ])
  func valuesAreEscaped(_ value: String, _ escaped: String) {
    let json = line(.json) { $0.add("k", value) }
    #expect(json.hasSuffix("\"k\":\"\(escaped)\"}\n"), "\(json)")
    let text = line(.text) { $0.add("k", value) }
    #expect(text.hasSuffix(" k=\(escaped)\n") || text.hasSuffix(" k=\"\(escaped)\"\n"), "\(text)")
    #expect(text.utf8.filter { $0 == 0x0A }.count == 1)
  }

  @Test func whatDoesNotStandForItselfIsQuoted() {
    for value in ["a b", "x=y", "\"", "\\", "a\nb", ""] {
      #expect(line(.text) { $0.add("k", value) }.contains(" k=\""), "\(value)")
    }
  }

  @Test func aMessageCannotForgeALine() {
    let forged = "bye\n1970-01-01T00:00:00.000Z info gateway: all is well"
    #expect(line(.text, message: forged).utf8.filter { $0 == 0x0A }.count == 1)
    #expect(line(.json, label: "a\"b", message: forged).contains(#""logger":"a\"b","message":"bye\n1970"#))
  }

  @Test func longTextsAreCutBetweenCharacters() {
    let value = line(.text) { $0.add("k", "a" + String(repeating: "é", count: 5000)) }
    #expect(value.utf8.count < LogLine.longestValue + 100)
    #expect(value.hasSuffix("é…\n"))
    let message = line(.json, message: String(repeating: "\u{1}", count: 1_000_000))
    #expect(message.utf8.count < 6 * LogLine.longestMessage + 200)
    #expect(line(.text) { $0.add("k", String(repeating: "a", count: 2048)) }.hasSuffix("aa\n"))
  }
}
