import Foundation
import Testing

/// Which target may import what. The floors, from the lowest up; a target may import those that stand behind its name, and
/// each of them stands on a lower floor.
@Suite("The floor plan") struct FloorPlanTests {
  /// One row a target: its name, the targets that it may import, and the modules from outside, C's among them.
  private static let plan: [(floor: String, rows: [Row])] = [
    (
      "0: C",
      [
        Row("CLinux"), Row("CCrypt"), Row("CCrypto"), Row("CResolver"), Row("CCurl"), Row("CMicroHTTPD"),
        Row("CYAML"), Row("CZstd"),
        Row("CSimdJSON"), Row("CSQLite"), Row("CPostgreSQL"),
      ]
    ),
    // The one exception: of the two lowest, one has the other's spelling of numbers.
    ("1: bytes", [Row("Bytes")]),
    ("1: the machine", [Row("System", "Bytes CLinux", outside: "Glibc")]),
    (
      "2: values and the loop",
      [
        Row("EventLoop", "CLinux System", outside: "Glibc Synchronization"),
        Row("JSON", "Bytes CSimdJSON"),
        Row("HTTPFields", "Bytes", outside: "Glibc"),
        Row("ContentCodings", "CZstd"),
        Row("Limits", "Bytes System"),
      ]
    ),
    ("2: budgets", [Row("Budgets", "CLinux EventLoop System", outside: "Dispatch Synchronization")]),
    (
      "3: protocols",
      [
        Row(
          "HTTPServer", "Budgets Bytes CLinux CMicroHTTPD EventLoop HTTPFields System", outside: "Glibc"),
        Row("HTTPClient", "Bytes CCurl EventLoop HTTPFields System", outside: "Glibc"),
        Row("OllamaAPI", "Bytes HTTPFields JSON", outside: "Glibc"),
        Row("WebSocket", "Bytes EventLoop HTTPFields System"),
        Row("ServiceManager", "System", outside: "Glibc"),
        Row("CrashReport", "Bytes CLinux EventLoop System", outside: "Glibc Synchronization"),
        Row("Access", "Bytes CCrypto HTTPFields JSON Limits System", outside: "Synchronization"),
        Row("Fleet", "Bytes System", outside: "Glibc"),
        Row("Passwords", "Bytes CCrypt System", outside: "Dispatch Glibc"),
        Row("JSONWebToken", "Bytes CCrypto JSON System"),
      ]
    ),
    (
      "4: what the gateway knows",
      [
        Row("Sessions", "Access Budgets Bytes EventLoop System", outside: "Dispatch"),
        Row(
          "Upstreams", "EventLoop Fleet HTTPClient HTTPFields JSON OllamaAPI System",
          outside: "Logging Synchronization"),
        Row("Accounts", "Access HTTPFields Limits System", outside: "Synchronization"),
        Row("Telemetry", "Bytes System", outside: "Glibc Logging Synchronization"),
        Row("Configuration", "Access Bytes CYAML JSON JSONWebToken Limits System", outside: "Glibc"),
        Row("Schemas"),
        Row(
          "ChatClient", "Bytes EventLoop HTTPClient HTTPFields JSON System WebSocket",
          outside: "Dispatch Glibc"),
      ]
    ),
    (
      "4: issuers of tokens",
      [
        Row(
          "Issuers", "Access Bytes Configuration EventLoop HTTPClient HTTPFields JSONWebToken System",
          outside: "Synchronization")
      ]
    ),
    (
      "5: what all handlers have in common, where servers are, and stores",
      [
        Row(
          "Handling",
          """
          Access Accounts Budgets Bytes Configuration EventLoop Fleet HTTPClient HTTPFields HTTPServer Issuers JSON JSONWebToken Limits OllamaAPI \
          Sessions System Telemetry Upstreams
          """, outside: "Logging"),
        Row("PostgreSQLStore", "Access Bytes CPostgreSQL Sessions System", outside: "Glibc"),
        Row(
          "Discovery",
          "Access CResolver Configuration Fleet HTTPClient HTTPFields OllamaAPI System Upstreams",
          outside: "Dispatch Glibc Logging"),
        Row("SQLiteStore", "Bytes CSQLite Sessions System", outside: "Dispatch Glibc"),
        Row("AccessStorage", "Access Accounts Issuers JSON Limits Sessions System"),
      ]
    ),
    (
      "6: the features",
      [
        Row(
          "Relay",
          """
          Access Accounts Budgets Bytes Configuration ContentCodings EventLoop Fleet Handling HTTPClient HTTPFields HTTPServer \
          JSON OllamaAPI System Telemetry Upstreams
          """),
        Row(
          "Chat",
          """
          Access Accounts Budgets Bytes Configuration EventLoop Fleet Handling HTTPClient HTTPFields HTTPServer JSON OllamaAPI \
          Sessions System Telemetry Upstreams WebSocket
          """),
        Row(
          "Operations",
          """
          Access Budgets Configuration EventLoop Fleet Handling HTTPClient HTTPFields HTTPServer JSON Limits OllamaAPI Sessions \
          System Telemetry Upstreams
          """),
        Row(
          "Administration",
          """
          Access AccessStorage Accounts Bytes EventLoop Handling HTTPFields HTTPServer JSON Limits OllamaAPI Passwords Sessions \
          System
          """),
        Row(
          "SignIn",
          "Access AccessStorage Accounts Bytes Configuration EventLoop Handling HTTPFields HTTPServer Issuers JSON JSONWebToken OllamaAPI Passwords Sessions System"
        ),
        Row(
          "APIReference",
          "Access Configuration EventLoop Handling HTTPFields JSON OllamaAPI Schemas System"),
        Row("Pages", "Access Bytes Configuration Handling HTTPFields HTTPServer JSON"),
      ]
    ),
    (
      "7: the gateway",
      [
        Row(
          "Gateway",
          """
          Access AccessStorage Accounts Administration APIReference Budgets Chat Configuration Discovery EventLoop Handling HTTPServer Issuers JSONWebToken Operations Pages Passwords PostgreSQLStore Relay \
          SQLiteStore Sessions SignIn System Telemetry Upstreams
          """, outside: "Glibc Logging")
      ]
    ),
    (
      "8: the program",
      [
        Row(
          "ollama-gateway",
          """
          Access AccessStorage Administration Bytes CLinux ChatClient Configuration CrashReport Discovery EventLoop Gateway Handling HTTPClient HTTPFields Issuers JSON Limits OllamaAPI \
          Passwords PostgreSQLStore ServiceManager Sessions SQLiteStore System Telemetry Upstreams
          """, outside: "ArgumentParser Dispatch Glibc Logging")
      ]
    ),
    (
      "for tests",
      [
        Row(
          "GatewayTesting", "Bytes CCrypto CLinux EventLoop System",
          outside: "Dispatch FoundationEssentials Glibc")
      ]
    ),
  ]

  struct Row: Sendable {
    let target: String
    /// Targets of ours.
    let targets: Set<String>
    let outside: Set<String>

    init(_ target: String, _ targets: String = "", outside: String = "") {
      self.target = target
      self.targets = Set(targets.split(separator: " ").map(String.init))
      self.outside = Set(outside.split(separator: " ").map(String.init))
    }
  }

  private static let rows = plan.flatMap(\.rows)
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Nobody's imports lead upward or sideways.
  @Test func targetsImportLowerFloorsOnly() {
    var lower: Set<String> = []
    for (floor, rows) in Self.plan {
      for row in rows {
        let others = row.targets.subtracting(lower)
        #expect(others.isEmpty, "\(row.target) of floor \(floor) may not import \(others.sorted())")
      }
      lower.formUnion(rows.map(\.target))
    }
    #expect(Set(Self.rows.map(\.target)).count == Self.rows.count, "a target stands twice")
  }

  @Test func everyFolderOfSourcesIsInThePlan() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.root.path + "/Sources")
    #expect(Set(folders.filter { !$0.hasPrefix(".") }) == Set(Self.rows.map(\.target)))
  }

  @Test(arguments: rows)
  func importsAreInThePlan(_ row: Row) throws {
    for file in try Self.sources(of: row.target) {
      let text = try String(contentsOf: file, encoding: .utf8)
      for module in Self.imports(in: text) where !row.targets.contains(module) {
        #expect(row.outside.contains(module), "\(file.lastPathComponent) of \(row.target) imports \(module)")
      }
    }
  }

  /// The package says the same, so that the compiler finds no module that the plan does not know of.
  @Test func thePackageAgrees() throws {
    let package = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
    let declared = Self.declarations(in: package)
    for row in Self.rows where !row.target.hasPrefix("C") || declared[row.target] != nil {
      let dependencies = try #require(declared[row.target], "\(row.target) is not in Package.swift")
      let others = dependencies.subtracting(row.targets)
      #expect(others.isEmpty, "Package.swift lets \(row.target) import \(others.sorted())")
    }
  }

  /// A closure with a capture list may run on another thread than the loop's: see `EventLoop.startTask(_:)`.
  @Test func noTaskOfALoopHasACaptureList() throws {
    let pattern = try Regex(#"(startTask|\.task\(.*\)|\.perform\(on: .*\)|worker\.run) *\{ *\["#)
    for row in Self.rows {
      for file in try Self.sources(of: row.target) {
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.firstMatch(of: pattern) == nil, "\(file.lastPathComponent) of \(row.target)")
      }
    }
  }

  // MARK: Reading

  private static func sources(of target: String) throws -> [URL] {
    let folder = root.appending(path: "Sources/\(target)")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.allObjects ?? []).compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
  }

  /// The modules that a source imports, by `import`, with any access level or attribute before it.
  private static func imports(in text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").drop {
        $0.hasPrefix("@") || ["public", "package", "internal", "private", "fileprivate"].contains(String($0))
      }
      guard words.first == "import", var name = words.dropFirst().first else { return nil }
      let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
      if kinds.contains(String(name)), let next = words.dropFirst(2).first { name = next }
      return String(name.prefix { $0 != "." && $0 != ";" })
    }
  }

  /// The targets of ours that each target of Package.swift depends on: the names between quotes in its declaration.
  private static func declarations(in package: String) -> [String: Set<String>] {
    let names = Set(rows.map(\.target))
    var declared: [String: Set<String>] = [:]
    let starts = try? Regex(
      #"\n    (library\(|tests\(|\.target\(|\.executableTarget\(|\.systemLibrary\(|\.testTarget\()"#)
    guard let starts else { return [:] }
    for declaration in package.split(separator: starts) {
      let strings = declaration.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 1 }.map { String($0.element) }
      guard let target = strings.first, names.contains(target), declared[target] == nil else { continue }
      declared[target] = Set(strings.dropFirst()).intersection(names).subtracting([target])
    }
    return declared
  }
}
