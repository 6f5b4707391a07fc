import Access
import GatewayTesting
import Glibc
import Testing

@testable import Configuration

@Suite struct FileTests {
  private func error(_ text: String, path: String = "/etc/g.yaml") -> String? {
    do {
      _ = try ConfigurationFile(path: path, text: text)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func readsValuesAndLists() throws {
    let folder = TemporaryFolder()
    let file = folder.file(
      "g.yaml",
      """
      # The gateway behind nginx.
      listen:
        - 127.0.0.1:10200   # clients
        - "[::1]:10200"
        - unix:/run/g.sock
      ollama: http://gpu:11434
      workers: 2
      allow_model_management: yes
      allowed_host: chat.example.org
      allowed_origin: ["https://*.example.org", 'http://a:*']
      connect_timeout: 5
      max_body: 1GiB
      log_format: json
      """)
    let configuration = try resolve(file: file).configuration
    #expect(
      configuration.listen.map(\.description) == ["127.0.0.1:10200", "[::1]:10200", "unix:/run/g.sock"])
    #expect(configuration.ollama.description == "http://gpu:11434")
    #expect(configuration.workers == 2)
    #expect(configuration.allowModelManagement)
    #expect(configuration.allowedHosts.map(\.description) == ["chat.example.org"])
    #expect(configuration.allowedOrigins.map(\.description) == ["https://*.example.org", "http://a:*"])
    #expect(configuration.connectTimeout == .seconds(5))
    #expect(configuration.maxBodyBytes == 1 << 30)
    #expect(configuration.logFormat == .json)
  }

  @Test(arguments: ["", "\n\n", "# nothing\n", "---\n", "{}", "~"])
  func nothingInItIsFine(_ text: String) { #expect(error(text) == nil) }

  @Test(arguments: [
    ("worker: 2", #"/etc/g.yaml:1: unknown key "worker"; did you mean workers?"#),
    ("\n\nmax-body: 2", #"/etc/g.yaml:3: unknown key "max-body"; did you mean max_body?"#),
    ("zzz: 2", #"/etc/g.yaml:1: unknown key "zzz"; ollama-gateway --help lists what there is"#),
    ("workers: 2\nworkers: 3", #"/etc/g.yaml:1: the key "workers" stands there twice"#),
    ("workers: [2]", "/etc/g.yaml:1: workers is a list: takes a whole number from 1 to 256"),
    ("workers: {a: 1}", "/etc/g.yaml:1: workers is a mapping: takes a whole number from 1 to 256"),
    ("workers:", "/etc/g.yaml:1: workers is empty: takes a whole number from 1 to 256"),
    ("workers: ~", "/etc/g.yaml:1: workers is empty: takes a whole number from 1 to 256"),
    ("- workers", #"/etc/g.yaml:1: takes a mapping of keys to values, such as "workers: 2""#),
    ("workers", #"/etc/g.yaml:1: takes a mapping of keys to values, such as "workers: 2""#),
    ("? [a]\n: 1", "/etc/g.yaml:1: a key is a list or a mapping: takes the name of a setting"),
    ("workers: &a 2", "/etc/g.yaml:1: anchors and aliases are not taken: put & and * in quotes"),
    ("allowed_host: *", "/etc/g.yaml:1: anchors and aliases are not taken: put & and * in quotes"),
    ("allowed_host: *.a", "/etc/g.yaml:1: anchors and aliases are not taken: put & and * in quotes"),
    ("a: 1\n---\nb: 1", "/etc/g.yaml:2: takes one document, and here a second one begins"),
    ("workers: \"2", "/etc/g.yaml:1: not YAML: found unexpected end of stream"),
    ("workers: 2\n\tx: 3", "/etc/g.yaml:2: not YAML: "),
    ("workers: a: b", "/etc/g.yaml:1: not YAML: mapping values are not allowed in this context"),
    ("workers: 2\u{0}", "/etc/g.yaml: not YAML: control characters are not allowed"),
    ("\"x\\ny\": 1", #"/etc/g.yaml:1: unknown key "x\u{a}y"; "#),
  ])
  func everyErrorIsOneLineThatSaysWhere(_ text: String, _ line: String) {
    let found = error(text) ?? "no error"
    #expect(found.hasPrefix(line), "\(found)")
    #expect(!found.contains("\n"))
  }

  @Test func aListOfListsIsRefused() {
    let found = error("listen:\n  - [a]") ?? ""
    #expect(
      found.hasPrefix("/etc/g.yaml:1: listen is a list of lists or mappings: takes a list, each ADDR:PORT"))
  }

  @Test func aBadValueNamesFileLineAndKey() {
    let folder = TemporaryFolder()
    let file = folder.file("g.yaml", "listen: :1\nworkers: 0\n")
    let error = #expect(throws: ConfigurationError.self) { try resolve(file: file) }
    #expect(error?.description == "\(file):2: workers \"0\": takes a whole number from 1 to 256")
  }

  @Test func filesThatCannotBeReadSaySo() {
    let folder = TemporaryFolder()
    let cases = [
      ("\(folder.path)/none.yaml", "cannot read the file: No such file or directory"),
      (folder.path, "cannot read the file: Is a directory"),
      (folder.file("latin1.yaml", [0x61, 0x3A, 0xE4]), "the file is not UTF-8 text"),
      (
        folder.file("huge.yaml", [UInt8](repeating: 0x20, count: 1 << 20 + 1)), "the file is larger than 1MiB"
      ),
      ("/dev/zero", "the file is larger than 1MiB"),
    ]
    for (path, problem) in cases {
      let error = #expect(throws: ConfigurationError.self) { try resolve(file: path) }
      #expect(error?.description == "\(path): \(problem)")
    }
  }

  /// What would cost a YAML parser its stack, or time and memory beyond the text's length.
  @Test func hostileTextsAreRefused() {
    let megabyte = ConfigurationFile.limit
    let bombs = [
      String(repeating: "[", count: megabyte), String(repeating: "{", count: megabyte),
      String(repeating: "- ", count: megabyte / 2), String(repeating: "? ", count: megabyte / 2),
      String(repeating: "[a,\n", count: megabyte / 4), "workers: " + String(repeating: "[", count: 100_000),
      (0..<1400).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n"),
      "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n? [*c,*c]\n: 1", "a: !t &a x", "[&a x]", "a: [ *a]",
      String(repeating: "k: 1\n", count: megabyte / 5),
    ]
    for bomb in bombs { #expect(error(bomb) != nil, "\(bomb.prefix(20))") }
  }

  /// The message of a hostile file is short, whatever the file holds.
  @Test func messagesAreBounded() throws {
    let name = String(repeating: "k", count: 500_000)
    #expect(try #require(error("\(name): 1")).utf8.count < 300)
    #expect(try #require(error("\(name): 1\n\(name): 1")).utf8.count < 300)
    #expect(String(repeating: "\u{1b}[31m\u{202e}", count: 1000).quotedForMessage.utf8.count < 1200)
    #expect("a\u{1b}\u{202e}\r\n".quotedForMessage == #""a\u{1b}\u{202e}\u{d}\u{a}""#)
  }
}
