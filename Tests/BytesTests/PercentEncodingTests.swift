import Bytes
import Testing

@Suite struct PercentEncodingTests {
  @Test(
    "Escapes become their bytes",
    arguments: [
      ("", ""), ("/api/chat", "/api/chat"), ("a+b", "a+b"), ("%41%62", "Ab"), ("%2F%2f", "//"),
      ("%c3%BC", "ü"),
      ("100%25", "100%"), ("%2541", "%41"), ("%E4%B8%96", "世"), ("ü", "ü"),
    ])
  func decodes(_ text: String, _ decoded: String) {
    #expect(PercentEncoding.decode(text[...]) == decoded)
  }

  @Test(arguments: ["%", "%4", "a%", "%4x", "%x4", "%-1", "% 41", "%+1", "%%41", "%4%31"])
  func refusesWhatIsNoEscape(_ text: String) {
    #expect(PercentEncoding.decode(text[...]) == nil)
  }

  @Test(arguments: ["%00", "/api/%00tags", "a%00"])
  func refusesNUL(_ text: String) {
    #expect(PercentEncoding.decode(text[...]) == nil)
  }

  @Test(arguments: [
    "%ff", "%c3", "%c3%28",
    // Overlong forms of `/` and of NUL, and a surrogate.
    "%c0%af", "%c0%80", "%ed%a0%80",
  ])
  func refusesWhatIsNotUTF8(_ text: String) {
    #expect(PercentEncoding.decode(text[...]) == nil)
  }

  @Test func decodesASubstring() {
    let target = "/a%20b?c=d"
    #expect(PercentEncoding.decode(target.prefix { $0 != "?" }) == "/a b")
  }

  /// Of a form, what is no escape stands for itself, as it does for whoever reads forms leniently.
  @Test(arguments: [
    ("", ""), ("a+b", "a b"), ("%41%2b", "A+"), ("100%", "100%"), ("%4", "%4"), ("%zz", "%zz"),
    ("%+5", "% 5"),
    ("%00", "\0"), ("%FF", "\u{FFFD}"), ("%c3%BC", "ü"),
  ])
  func decodesForms(_ text: String, _ decoded: String) {
    #expect(PercentEncoding.decodeForm(text[...].utf8) == decoded)
  }
}
