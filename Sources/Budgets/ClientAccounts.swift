internal import System

/// The accounts of all clients that hold something now: the process's one table of them. Safe from any thread; asked when
/// a connection begins, or speaks for another client than before.
public final class ClientAccounts: Sendable {
  /// How much each client may hold.
  public let limits: ClientLimits
  /// How many accounts there are at most: with more clients, the rest share one.
  public let capacity: Int
  private let table = Lock(Table())

  private struct Table {
    var entries: [ClientNetwork: Entry] = [:]
    var lastNumber = 0
    /// That of the clients for whom there is no room.
    var shared: Entry?

    mutating func nextNumber() -> Int {
      lastNumber += 1
      return lastNumber
    }
  }

  /// The table keeps no account alive: those who hold something do.
  private struct Entry {
    let reference: WeakReference<ClientAccount>
    let number: Int

    var account: ClientAccount? { reference.object }

    init(_ account: ClientAccount) {
      reference = WeakReference(account)
      number = account.number
    }
  }

  /// - Parameter capacity: 1 or more: an account for each place of the tables whose entries keep one.
  public init(limits: ClientLimits, capacity: Int) {
    self.limits = limits
    self.capacity = max(1, capacity)
  }

  /// How many clients hold something.
  public var count: Int { table.withLock { $0.entries.count } }

  /// The account of a client: the same one as long as anybody has it.
  public func account(of network: ClientNetwork) -> ClientAccount {
    table.withLock { table in
      // One whose last holder is just leaving is not to be had any more: another takes its place.
      if let account = table.entries[network]?.account { return account }
      if table.entries[network] == nil && table.entries.count >= capacity { return sharedAccount(&table) }
      let account = ClientAccount(of: network, in: self, number: table.nextNumber())
      table.entries[network] = Entry(account)
      return account
    }
  }

  private func sharedAccount(_ table: inout Table) -> ClientAccount {
    if let account = table.shared?.account { return account }
    let account = ClientAccount(of: nil, in: self, number: table.nextNumber())
    table.shared = Entry(account)
    return account
  }

  /// The last holder has left.
  func remove(_ account: ClientAccount) {
    let (network, number) = (account.network, account.number)
    table.withLock { table in
      guard let network else {
        if table.shared?.number == number { table.shared = nil }
        return
      }
      if table.entries[network]?.number == number { table.entries[network] = nil }
    }
  }
}
