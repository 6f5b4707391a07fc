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
      """,
    subcommands: [Log.self])

  @Option(
    help: ArgumentHelp(
      "What sums are told apart by, with commas between: \(UsageRequest.Grouping.allCases.map(\.rawValue).joined(separator: ", ")), or none.",
      valueName: "key,model"))
  var by = "key"
  @OptionGroup var filter: UsageFilter

  @OptionGroup(title: "Settings") var settings: SettingOptions

  func validate() throws { _ = try request() }

  private func request() throws -> UsageRequest { try filter.request(by: by) }

  func run() async throws {
    var request = try request()
    let access = try StoredAccessFile(settings)
    defer { access.close() }
    try filter.apply(to: &request, access)
    let directory = try access.directory()
    let output = UsageOutput(filter.format)
    while true {
      let table = UsageTable(request, try access.usage(request)) { directory.key(meantBy: $0)?.name }
      output.write(table)
      guard table.hasMore else { return output.end() }
      request.question.skip += request.question.limit
    }
  }

  /// `usage log`
  struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the requests that were counted, the last first, where usage_log is on.",
      discussion: """
        Of the last 30 days. What has ended in the last second may be missing. The settings are those of the service: \
        /etc/ollama-gateway/config.yaml where there is one.
        """)

    @OptionGroup var filter: UsageFilter
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws { _ = try filter.request(by: nil) }

    func run() async throws {
      var request = try filter.request(by: nil)
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      try filter.apply(to: &request, access)
      let directory = try access.directory()
      let output = UsageOutput(filter.format)
      var question = request.logQuestion
      while true {
        let table = UsageLogTable(question, try access.usageEntries(question)) {
          directory.key(meantBy: $0)?.name
        }
        output.write(table)
        guard table.hasMore else { return output.end() }
        question.skip += question.limit
      }
    }
  }
}

extension UsageFilter {
  /// - Parameter groups: what sums are told apart by; nil where there are none.
  fileprivate func request(by groups: String?) throws -> UsageRequest {
    do throws(UsageRequest.Fault) {
      return try UsageRequest(from: from, to: to, groups: groups, at: .now)
    } catch {
      throw ValidationError("--\(error.name == "group_by" ? "by" : error.name) takes \(error.takes)")
    }
  }

  /// Whose usage alone, and of which model.
  fileprivate func apply(to request: inout UsageRequest, _ access: StoredAccessFile) throws {
    request.question.key = try key.map { try access.id(ofUsedKey: $0).text }
    request.question.team = team
    if let team, try TeamName(team).flatMap(access.directory().team) == nil {
      StandardError.complain(
        "there is no team \(team.escapedForMessage) now: this is what it used while there was one")
    }
    request.question.user = try user.map(access.directory().accountName)
    request.question.model = model
  }
}

/// Prints what was used, some rows at a time.
private final class UsageOutput {
  private let format: UsageFormat
  private var table: TextTable?
  private var isBegun = false

  init(_ format: UsageFormat) { self.format = format }

  func write(_ usage: some UsageRows) {
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
