import Testing

@testable import ChatClient

@Suite struct TerminalTextTests {
  /// What is dimmed is cleaned, and what follows is not dimmed.
  @Test("Dimmed text is cleaned, and ends its dimming") func dimmedText() {
    #expect(TerminalText.dimmed(Array("h\u{1B}[31mm\n".utf8)) == Array("\u{1B}[2mh[31mm\n\u{1B}[22m".utf8))
  }

  /// What a model or a gateway may say, what is printed of it, and what is made of it as a line.
  @Test(arguments: [
    ("plain\ttext\n", "plain\ttext\n", "plain text "),
    ("\u{1b}[2J\u{1b}]0;title\u{7}", "[2J]0;title", "[2J]0;title"),
    ("\u{9b}31mred\u{9d}x\u{9c}", "31mredx", "31mredx"),
    ("over\rwritten\u{8}\u{8}", "overwritten", "overwritten"),
    ("a\u{0}b\u{7f}c\u{e}d", "abcd", "abcd"),
    ("a\u{85}b\u{2028}c\u{2029}d", "a\nb\nc\nd", "a b c d"),
    ("x\u{202e}gnp.exe\u{202c}", "xgnp.exe", "xgnp.exe"),
    ("\u{2066}a\u{2067}b\u{2068}c\u{2069}", "abc", "abc"),
    ("\u{200e}a\u{200f}b\u{61c}c\u{feff}", "abc", "abc"),
    ("a\u{2060}\u{2064}\u{206a}\u{206f}\u{180e}\u{fff9}b", "ab", "ab"),
    ("tag\u{e0001}\u{e0041}\u{e007f}", "tag", "tag"),
    ("néé 👩‍🚀 ❤️ می‌خواهم", "néé 👩‍🚀 ❤️ می‌خواهم", "néé 👩‍🚀 ❤️ می‌خواهم"),
    ("\u{1b}", "", ""), ("", "", ""),
  ])
  func steersNoTerminal(_ text: String, _ printed: String, _ line: String) {
    #expect(String(decoding: TerminalText.cleaned(Array(text.utf8)), as: UTF8.self) == printed)
    #expect(TerminalText.line(text) == line)
    #expect(String(decoding: TerminalText.cleaned(Array(printed.utf8)), as: UTF8.self) == printed)
  }

  /// Every one of Unicode's control characters, and no line ends by anything but a line feed.
  @Test func noControlIsLeft() {
    for scalar in (0...0x10FFFF).lazy.compactMap(Unicode.Scalar.init) where isControl(scalar) {
      let text = "a\(Character(scalar))b"
      let printed = String(decoding: TerminalText.cleaned(Array(text.utf8)), as: UTF8.self)
      #expect(["ab", "a\nb", "a\tb"].contains(printed), "\(scalar.value)")
      #expect(["ab", "a b"].contains(TerminalText.line(text)), "\(scalar.value)")
    }
  }

  private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
