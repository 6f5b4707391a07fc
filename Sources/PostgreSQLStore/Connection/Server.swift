internal import Sessions

/// A server, and how we talk to it: what makes connections.
struct Server: Sendable {
  let address: ServerAddress
  let settings: SessionSettings

  /// For people.
  var location: String { address.location }

  /// Connects and prepares.
  ///
  /// - Parameter statements: none where the schema may not be there yet.
  func connect(preparing statements: [Statement]) throws(ServerError) -> Connection {
    let connection = try Connection(address)
    try connection.run([settings.command])
    if !statements.isEmpty { try connection.run(statements.map { .prepare($0) }) }
    return connection
  }

  /// What has become of a store that was open: all but the loss of it passes.
  func failure(_ error: ServerError) -> StoreError {
    switch error.cause {
    case .full: StoreError(.full, "PostgreSQL at \(location) has no room: \(error.message)")
    case .taken: taken
    case .corrupt:
      StoreError(.corrupt, "the tables at \(location) are not as they were made: \(error.message)")
    case .away, .readOnly, .login, .data:
      StoreError(.away, "PostgreSQL at \(location) does not answer as it should: \(error.message)")
    }
  }

  /// Why a store could not be opened.
  func openingFailure(_ error: ServerError) -> StoreError {
    switch error.cause {
    case .readOnly:
      StoreError(
        .readOnly,
        """
        PostgreSQL at \(location) takes no writes: it is a standby, or default_transaction_read_only is on there \
        (\(error.message))
        """)
    case .login:
      StoreError(
        .unusable,
        """
        PostgreSQL at \(location) does not let the gateway in or make its tables: \(error.message). User, password, the \
        database and the right to create a schema in it are the operator's to give
        """)
    case .away: StoreError(.away, "PostgreSQL at \(location) cannot be reached: \(error.message)")
    case .full, .taken, .corrupt, .data: failure(error)
    }
  }

  /// Why nothing more is written.
  var taken: StoreError {
    StoreError(
      .taken,
      """
      another gateway has taken over the store at \(location), or the database was put back to an earlier state: this one \
      writes nothing more. One store serves one gateway
      """)
  }
}
