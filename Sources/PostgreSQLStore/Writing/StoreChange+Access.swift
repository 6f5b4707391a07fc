internal import Sessions
internal import System

extension StoreChange {
  var accessCommands: [Command] {
    switch self {
    case .giveSession(let key, let owner, let newKey):
      return Self.giving(key, to: owner, as: newKey)
    case .putKey(let key):
      let isNew = key.revision == 1
      return [.prepared(isNew ? WriteStatements.addKey : WriteStatements.changeKey, key.parameters)]
        + (isNew ? [.prepared(WriteStatements.closeAccess, [Parameter(.now)])] : []) + Self.counted
    case .deleteKey(let id):
      return [
        .prepared(WriteStatements.deleteKey, [Parameter(id)]),
        .prepared(WriteStatements.dropCounters, [Parameter("key:\(id)")]),
      ] + Self.counted
    case .putTeam(let team):
      let statement = team.revision == 1 ? WriteStatements.addTeam : WriteStatements.changeTeam
      return [.prepared(statement, team.parameters)] + Self.counted
    case .deleteTeam(let name):
      return [
        .prepared(WriteStatements.deleteTeam, [Parameter(name)]),
        .prepared(WriteStatements.dropCounters, [Parameter("team:\(name)")]),
      ] + Self.counted
    case .closeAccess(let time):
      return [.prepared(WriteStatements.closeAccess, [Parameter(time)])] + Self.counted
    default: return []
    }
  }

  static let counted = [Command.prepared(WriteStatements.countAccessChange, [])]

  private static func giving(_ key: StoreKey, to owner: String, as newKey: StoreKey) -> [Command] {
    guard newKey != key else {
      return [.prepared(WriteStatements.giveSession, [Parameter(key), Parameter(owner)])]
    }
    let moves = [WriteStatements.moveMessages, WriteStatements.moveImages, WriteStatements.moveGenerations]
    return [.prepared(WriteStatements.copySession, [Parameter(key), Parameter(newKey), Parameter(owner)])]
      + moves.map { .prepared($0, [Parameter(key), Parameter(newKey)]) }
      + [.prepared(WriteStatements.deleteSession, [Parameter(key)])]
  }

  var usageCommands: [Command] {
    switch self {
    case .addUsage(let flush):
      let entries = flush.entries
      return [.prepared(WriteStatements.addUsage, flush.parameters)]
        + (entries.isEmpty
          ? [] : [.prepared(WriteStatements.addUsageEntries, StoredUsageEntry.parameters(entries))])
    case .dropUsageEntries(let time):
      return [.prepared(WriteStatements.dropUsageEntries, [Parameter(time)])]
    case .dropUsage(let hour): return [.prepared(WriteStatements.dropUsage, [Parameter(hour)])]
    case .dropCounters(let subject): return [.prepared(WriteStatements.dropCounters, [Parameter(subject)])]
    case .dropOldCounters(let time):
      return [WriteStatements.dropOldCounters, WriteStatements.dropOldFlushes].map {
        .prepared($0, [Parameter(time)])
      }
    default: return []
    }
  }
}

extension StoredKey {
  fileprivate var parameters: [Parameter] {
    [
      Parameter(id), Parameter(name), Parameter(bytes: digest), Parameter(revision),
      Parameter(bytes: document),
    ]
  }
}

extension StoredTeam {
  fileprivate var parameters: [Parameter] {
    [Parameter(name), Parameter(revision), Parameter(bytes: document)]
  }
}

extension StoredUsageEntry {
  /// As ``WriteStatements/addUsageEntries`` has them: of each column all rows.
  fileprivate static func parameters(_ entries: [StoredUsageEntry]) -> [Parameter] {
    let places = [
      entries.map { Int($0.place.time.millisecondsSince1970) }, entries.map(\.place.run),
      entries.map(\.place.number),
    ]
    let names = [
      entries.map(\.usage.account.key), entries.map(\.usage.account.team), entries.map(\.usage.account.user),
      entries.map(\.usage.account.model), entries.map(\.server), entries.map(\.digest),
      entries.map(\.dialect), entries.map(\.requestID),
    ]
    let numbers = [entries.map(\.status)] + figures.indices.map { place in entries.map { $0.numbers[place] } }
    return places.map { Parameter(numbers: $0) } + names.map { Parameter(texts: $0) }
      + numbers.map { Parameter(numbers: $0) }
  }
}

extension StoredUsageFlush {
  /// As ``WriteStatements/addUsage`` has them: of each column all rows.
  fileprivate var parameters: [Parameter] {
    let accounts = usage.map(\.account)
    let head = [Parameter(run), Parameter(number), Parameter(time), Parameter(numbers: accounts.map(\.hour))]
    let names = [\StoredUsage.Account.key, \.team, \.user, \.model].map { name in
      Parameter(texts: accounts.map { $0[keyPath: name] })
    }
    let sums = StoredUsage.Figure.allCases.map { figure in
      Parameter(numbers: usage.map { StoredUsage.addend($0[figure]) })
    }
    return head + names + sums + [
      Parameter(texts: counters.map(\.subject)), Parameter(texts: counters.map(\.counter)),
      Parameter(numbers: counters.map { Int($0.window.millisecondsSince1970) }),
      Parameter(numbers: counters.map { StoredUsage.addend($0.amount) }),
    ]
  }
}
