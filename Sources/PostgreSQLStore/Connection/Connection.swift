internal import CPostgreSQL
internal import Glibc
internal import System

/// A connection to a server. Belongs to one queue at a time. Its calls block, but not without end: where nothing moves for
/// ``patience``, the connection is lost.
final class Connection {
  /// A little more than a statement may take there: see ``SessionSettings``.
  static let patience = Duration.seconds(7)
  /// Of the commands that are under way.
  private var patience = Connection.patience
  /// From so many bytes on, what was put into the library's buffer is sent before more is.
  private static let sendLimit = 1 << 20

  private let handle: OpaquePointer
  private let notices: Notices
  /// Nothing more can be done with it.
  private(set) var isLost = false
  /// Whether its buffers, which the library never makes smaller, have grown too large to be kept.
  private(set) var isLarge = false

  /// Connects, to the first of the servers that takes writes.
  init(_ address: ServerAddress) throws(ServerError) {
    notices = Notices()
    handle = try Connection.connect(address, notices)
  }

  deinit { PQfinish(handle) }

  /// The server's version as a number: 150018 for 15.18.
  var serverVersion: Int { Int(PQserverVersion(handle)) }
  /// How many warnings the server has sent, and the latest.
  var warnings: (count: Int, last: String) { (notices.warnings, notices.lastWarning) }

  /// Sends commands in one go, and returns what each of them brought.
  ///
  /// - Parameter patience: how long nothing may move: more for what takes its time.
  /// - Throws: the error of the first that failed. Those after it were not done; what happens to those before it is the matter
  ///   of a transaction, which is around more than one.
  @discardableResult
  func run(
    _ commands: [Command], patience: Duration = Connection.patience
  ) throws(ServerError) -> [QueryResult] {
    self.patience = patience
    guard !isLost else { throw .lost("the connection was lost") }
    guard PQenterPipelineMode(handle) == 1 else { throw lose() }
    var unsent = 0
    for command in commands {
      guard send(command) else { throw lose() }
      unsent += command.size
      if command.size > 8 << 20 { isLarge = true }
      if unsent > Connection.sendLimit {
        try flush()
        unsent = 0
      }
    }
    guard PQpipelineSync(handle) == 1 else { throw lose() }
    try flush()
    let (results, failure) = try results(of: commands.count)
    guard PQexitPipelineMode(handle) == 1 else { throw lose() }
    if let failure { throw failure }
    return results
  }

  /// Whether the other side has closed it, or broken off. Does not wait.
  func isClosed() -> Bool {
    // What it has said before comes first.
    for _ in 0..<8 where !isLost {
      guard Connection.wait(for: Int16(POLLIN), on: PQsocket(handle), until: .now) != 0 else { break }
      if PQconsumeInput(handle) != 1 || PQstatus(handle) != CONNECTION_OK { isLost = true }
      _ = PQisBusy(handle)
    }
    return isLost
  }

  // MARK: Receiving

  /// Of each command what it brought, until the mark that ends them; and the first error.
  private func results(
    of count: Int
  ) throws(ServerError) -> (results: [QueryResult], failure: ServerError?) {
    var results: [QueryResult] = []
    var failure: ServerError?
    for command in 0..<count {
      while let result = try nextResult(after: failure) {
        switch PQresultStatus(result.handle) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: results.append(QueryResult(result.take()))
        case PGRES_PIPELINE_ABORTED: break
        default: if failure == nil { failure = Connection.error(of: result.handle, command) }
        }
      }
    }
    guard let mark = try nextResult(after: failure), PQresultStatus(mark.handle) == PGRES_PIPELINE_SYNC else {
      throw failure ?? lose()
    }
    return (results, failure)
  }

  /// A result that is cleared unless somebody takes it.
  private struct RawResult: ~Copyable {
    let handle: OpaquePointer

    consuming func take() -> OpaquePointer {
      let handle = handle
      discard self
      return handle
    }

    deinit { PQclear(handle) }
  }

  /// The next result, as soon as it is there whole; nil where a command has no more.
  ///
  /// - Parameter failure: an error that has come before: of a connection that is lost then, it says why.
  private func nextResult(after failure: ServerError?) throws(ServerError) -> RawResult? {
    while PQisBusy(handle) == 1 {
      guard wait(for: Int16(POLLIN)) != 0 else {
        throw lose("the server has not answered for \(patience.components.seconds) seconds")
      }
      guard PQconsumeInput(handle) == 1 else { throw lose(failure) }
    }
    let result = PQgetResult(handle).map { RawResult(handle: $0) }
    guard PQstatus(handle) == CONNECTION_OK else {
      if failure == nil, let result { throw lose(Connection.error(of: result.handle, 0)) }
      throw lose(failure)
    }
    return result
  }

  private static func error(of result: OpaquePointer, _ command: Int) -> ServerError {
    func field(_ name: Int32) -> String? { PQresultErrorField(result, name).map { String(cString: $0) } }
    var message = field(cpostgresql_message_field) ?? String(cString: PQresultErrorMessage(result))
    if let detail = field(cpostgresql_detail_field) { message += " (\(detail))" }
    while message.utf8.last == UInt8(ascii: "\n") { message.removeLast() }
    return ServerError(field(cpostgresql_state_field) ?? "", message, command: command)
  }

  // MARK: Sending

  private func send(_ command: Command) -> Bool {
    switch command {
    case .prepare(let statement): PQsendPrepare(handle, statement.name, statement.sql, 0, nil) == 1
    case .prepared(let statement, let parameters):
      withPointers(to: parameters[...]) { values, lengths, formats in
        PQsendQueryPrepared(handle, statement.name, Int32(values.count), values, lengths, formats, 1) == 1
      }
    case .text(let sql, let parameters):
      withPointers(to: parameters[...]) { values, lengths, formats in
        PQsendQueryParams(handle, sql, Int32(values.count), nil, values, lengths, formats, 1) == 1
      }
    }
  }

  /// Calls with where the parameters are, how long each is, and that each is in the binary format: without a copy of theirs, as
  /// one may be an image of megabytes.
  private func withPointers(
    to parameters: ArraySlice<Parameter>, _ values: [UnsafePointer<CChar>?] = [], _ lengths: [Int32] = [],
    _ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) -> Bool
  ) -> Bool {
    guard let parameter = parameters.first else {
      return body(values, lengths, [Int32](repeating: 1, count: lengths.count))
    }
    let rest = parameters.dropFirst()
    guard let bytes = parameter.bytes else {
      return withPointers(to: rest, values + [nil], lengths + [0], body)
    }
    // Something must be there to point to: nil is NULL.
    return (bytes.isEmpty ? [0] : bytes).withUnsafeBytes { buffer in
      withPointers(
        to: rest, values + [buffer.assumingMemoryBound(to: CChar.self).baseAddress],
        lengths + [Int32(clamping: bytes.count)], body)
    }
  }

  /// Sends what is in the library's buffer, and takes what comes meanwhile, for which the server may be waiting.
  private func flush() throws(ServerError) {
    while true {
      switch PQflush(handle) {
      case 0: return
      case 1:
        let ready = wait(for: Int16(POLLIN | POLLOUT))
        guard ready != 0 else {
          throw lose("the server has taken nothing for \(patience.components.seconds) seconds")
        }
        guard ready & Int16(POLLIN) == 0 || PQconsumeInput(handle) == 1 else { throw lose() }
      default: throw lose()
      }
    }
  }

  // MARK: Waiting and losing

  private func wait(for events: Int16) -> Int16 {
    Connection.wait(for: events, on: PQsocket(handle), until: .now + patience)
  }

  private func lose(_ error: ServerError? = nil) -> ServerError {
    isLost = true
    return error ?? .lost(Connection.words(of: handle))
  }

  private func lose(_ message: String) -> ServerError { lose(.lost(message)) }

  /// - Returns: what the socket is ready for; 0 where the time is over.
  static func wait(for events: Int16, on socket: Int32, until deadline: MonotonicTime) -> Int16 {
    while true {
      let left = (deadline - .now).milliseconds
      var watched = pollfd(fd: socket, events: events, revents: 0)
      let count = poll(&watched, 1, Int32(min(max(left.rounded(.up), 0), 60_000)))
      if count > 0 { return watched.revents }
      if count == 0 || errno != EINTR { return 0 }
    }
  }

  /// What the library says is the matter, as one line.
  static func words(of handle: OpaquePointer) -> String {
    String(cString: PQerrorMessage(handle)).split(separator: "\n").joined(separator: "; ")
  }
}
