/// What one client holds, counted against ``ClientLimits``. There is one as long as somebody has a reference to it: its
/// connections, its sessions, its turns. Safe from any thread; takes no lock.
public final class ClientAccount: Sendable {
  /// Whose it is; nil for the one that clients share for whom the table has no room.
  public let network: ClientNetwork?
  /// The table in which it stands.
  private let accounts: ClientAccounts
  /// By this the table tells it from a later one of the same client.
  let number: Int

  private let connections = BoundedCounter()
  private let webSockets = BoundedCounter()
  private let sessions = BoundedCounter()
  private let turns = BoundedCounter()
  private let bodies = BoundedCounter()
  private let unsent = BoundedCounter()
  private let images = BoundedCounter()

  init(of network: ClientNetwork?, in accounts: ClientAccounts, number: Int) {
    self.network = network
    self.accounts = accounts
    self.number = number
  }

  deinit { accounts.remove(self) }

  /// Counts one more, unless the client holds as many as it may. ``giveBack(_:)`` follows, once.
  public func take(_ resource: ClientResource) -> Bool {
    let limit = accounts.limits[resource]
    return switch resource {
    case .connection: connections.take(1, of: limit)
    case .webSocket: webSockets.take(1, of: limit)
    case .session: sessions.take(1, of: limit)
    case .turn: turns.take(1, of: limit)
    }
  }

  /// Counts one less.
  public func giveBack(_ resource: ClientResource) {
    switch resource {
    case .connection: connections.giveBack(1)
    case .webSocket: webSockets.giveBack(1)
    case .session: sessions.giveBack(1)
    case .turn: turns.giveBack(1)
    }
  }

  /// How many the client may hold.
  public func limit(of resource: ClientResource) -> Int { accounts.limits[resource] }

  /// How many the client holds.
  public func count(of resource: ClientResource) -> Int {
    switch resource {
    case .connection: connections.value
    case .webSocket: webSockets.value
    case .session: sessions.value
    case .turn: turns.value
    }
  }

  /// Counts so many bytes more, unless the client would have more than `limit`. ``giveBack(_:of:)`` follows.
  ///
  /// - Parameter count: 0 or more.
  public func take(_ count: Int, of bytes: ClientBytes, limit: Int) -> Bool {
    switch bytes {
    case .bodies: bodies.take(count, of: limit)
    case .unsent: unsent.take(count, of: limit)
    case .images: images.take(count, of: limit)
    }
  }

  /// Counts so many bytes less.
  public func giveBack(_ count: Int, of bytes: ClientBytes) {
    switch bytes {
    case .bodies: bodies.giveBack(count)
    case .unsent: unsent.giveBack(count)
    case .images: images.giveBack(count)
    }
  }

  /// How many bytes the client holds.
  public func count(of bytes: ClientBytes) -> Int {
    switch bytes {
    case .bodies: bodies.value
    case .unsent: unsent.value
    case .images: images.value
    }
  }
}
