import Access
import Administration
import ArgumentParser
import Configuration
import JSON
import Sessions
import System

/// `ollama-gateway usage`: what was used, from the store of the service, whether it runs or not.
struct UsageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "usage",
    abstract: "Add up what was used, by key, team, user, model, day or hour.",
    discussion: """
      Whole hours in UTC. What was used in the last second may be missing. The settings are those of the service: \
      /etc/ollama-gateway/config.yaml where there is one.
      """)

  /// How it is printed.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case table, json, csv
  }

  @Option(
    help: ArgumentHelp(
      "What sums are told apart by, with commas between: \(UsageRequest.Grouping.allCases.map(\.rawValue).joined(separator: ", ")), or none.",
      valueName: "key,model"))
  var by = "key"
  @Option(help: ArgumentHelp("A time or a date, in UTC; 30 days before --to.", valueName: "2026-11-01"))
  var from: String?
  @Option(help: ArgumentHelp("A time or a date, which is out of it; now.", valueName: "2026-12-01")) var to:
    String?
  @Option(help: ArgumentHelp("What was used with this key alone.", valueName: "KEY")) var key: String?
  @Option(help: ArgumentHelp("By this team alone.", valueName: "TEAM")) var team: String?
  @Option(help: ArgumentHelp("By this user alone.", valueName: "USER")) var user: String?
  @Option(help: ArgumentHelp("Of this model alone.", valueName: "MODEL")) var model: String?
  @Option(help: "A table for people, objects of JSON, one a line, or CSV.") var format = Format.table

  @OptionGroup(title: "Settings") var settings: SettingOptions

  func validate() throws { _ = try request() }

  private func request() throws -> UsageRequest {
    do throws(UsageRequest.Fault) {
      return try UsageRequest(from: from, to: to, groups: by, at: .now)
    } catch {
      throw ValidationError("--\(error.name == "group_by" ? "by" : error.name) takes \(error.takes)")
    }
  }

  func run() async throws {
    var request = try request()
    let access = try StoredAccessFile(settings)
    defer { access.close() }
    let directory = try access.directory()
    request.question.key = try key.map { try access.id(ofUsedKey: $0).text }
    request.question.team = team
    if let team, TeamName(team).flatMap(directory.team) == nil {
      StandardError.complain(
        "there is no team \(team.escapedForMessage) now: this is what it used while there was one")
    }
    request.question.user = user.map(directory.accountName)
    request.question.model = model
    let output = UsageOutput(format)
    while true {
      let table = UsageTable(request, try access.usage(request)) { directory.key(meantBy: $0)?.name }
      output.write(table)
      guard table.hasMore else { return output.end() }
      request.question.skip += request.question.limit
    }
  }
}

/// Prints what was used, some rows at a time.
private final class UsageOutput {
  private let format: UsageCommand.Format
  private var table: TextTable?
  private var isBegun = false

  init(_ format: UsageCommand.Format) { self.format = format }

  func write(_ usage: UsageTable) {
    switch format {
    case .json:
      for place in usage.rows.indices { KeysOutput.line { usage.encodeRow(place, into: &$0) } }
    case .csv: StandardOutput.write(isBegun ? usage.csvRows : usage.csv)
    case .table:
      let numbers = usage.columns.indices.filter { usage.namedColumns <= $0 }
      var table = self.table ?? TextTable(usage.columns.map { $0.uppercased() }, numbers: Set(numbers))
      for row in usage.rows { table.add(row.map { $0.text.isEmpty ? "-" : $0.text }) }
      self.table = table
    }
    isBegun = true
  }

  func end() { table?.write() }
}
