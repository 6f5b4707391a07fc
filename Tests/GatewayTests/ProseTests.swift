import Foundation
import Testing

/// The documents name files, types and tests: what they name is there.
@Suite("Documents and sources") struct ProseTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// All files of Swift and C below a folder.
  private static func sources(_ folder: String) throws -> [String] {
    let files = FileManager.default.enumerator(
      at: root.appending(path: folder), includingPropertiesForKeys: nil)
    let urls = (files?.allObjects as? [URL]) ?? []
    return try urls.filter { ["swift", "h", "cpp"].contains($0.pathExtension) }.map {
      try String(contentsOf: $0, encoding: .utf8)
    }
  }

  /// What a file declares or extends. Each file is read once: a search a name takes a minute of a core.
  private struct Declarations {
    var types: Set<String> = []
    var functions: Set<String> = []

    init(in text: String) {
      for match in text.matches(of: /(?:struct|extension) (\w+) |func (\w+)\(/) {
        if let type = match.output.1 { types.insert(String(type)) }
        if let function = match.output.2 { functions.insert(String(function)) }
      }
    }
  }

  @Test(arguments: [
    "README.md", "CONTRIBUTING.md", "docs/access.md", "docs/architecture.md", "docs/durable.md",
    "docs/fleet.md",
    "docs/postgresql.md", "docs/threats.md", "docs/wire.md",
  ])
  func pathsLeadSomewhere(_ document: String) throws {
    let folders = /(?:^|[\s`(])((?:Sources|Tests|docs|packaging|nginx|systemd|grafana)\/[\w.\/+\-]*\w)/
    for match in try Self.text(document).matches(of: folders) {
      let path = String(match.output.1)
      #expect(FileManager.default.fileExists(atPath: Self.root.path + "/" + path), "\(document): \(path)")
    }
  }

  /// Types, and the members that are named with them.
  @Test func theMapNamesWhatThereIs() throws {
    let sources = try (Self.sources("Sources") + Self.sources("Tests") + [Self.text("Package.swift")])
      .joined(separator: "\n")
    let words = Set(sources.matches(of: /\w+/).map { String($0.output) })
    let map = try Self.text("docs/architecture.md") + Self.text("CONTRIBUTING.md")
    let names = map.matches(of: /`([A-Z]\w*[a-z]\w*)(?:\.(\w+))?/)
    #expect(names.count > 100)
    for name in names {
      let (type, member) = (String(name.output.1), name.output.2.map(String.init))
      // Files, which the test above is for, and folders.
      guard member != "swift", !["Type", "Benchmarks", "GatewayTests"].contains(type) else { continue }
      // All the words would be part of a failure's text.
      let isThere = words.contains(type) && member.map { words.contains($0) } != false
      #expect(isThere, "\(type) \(member ?? "")")
    }
  }

  /// A row of the threats' table without a test that shows it is a claim.
  @Test func theTestsOfThreatsAreThere() throws {
    let files = try Self.sources("Tests").map(Declarations.init)
    let named = try Self.text("docs/threats.md").matches(of: /`(\w+Tests)(?:\.(\w+))?`/)
    #expect(named.count > 100)
    for test in named {
      let (suite, function) = (String(test.output.1), test.output.2.map(String.init))
      let found = files.filter { $0.types.contains(suite) }
      #expect(!found.isEmpty, "\(suite)")
      if let function {
        #expect(found.contains { $0.functions.contains(function) }, "\(suite).\(function)")
      }
    }
  }
}
