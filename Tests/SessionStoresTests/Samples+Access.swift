import Sessions
import System

extension StoredKey {
  /// - Parameter document: what the document says beside the revision.
  static func sample(_ id: String, revision: Int = 1, document: String = "sample") -> StoredKey {
    StoredKey(
      id: id, name: "the key ü", digest: Array("secret of \(id) \(revision)\0".utf8), revision: revision,
      document: Array("{\"\(document)\": \(revision)}\0".utf8))
  }
}

extension StoredUser {
  static func sample(_ id: Int, revision: Int = 1) -> StoredUser {
    StoredUser(
      id: id, name: "user \(id)", email: nil, revision: revision,
      document: Array("{\"sample\": \(revision)}\0".utf8))
  }
}

extension StoredSignIn {
  static func sample(_ id: String, of user: Int, expiresAt: Int64 = 99) -> StoredSignIn {
    StoredSignIn(id: id, user: user, expiresAt: .at(expiresAt), document: Array("{}\0".utf8))
  }
}

extension StoredTeam {
  static func sample(_ name: String, revision: Int = 1, document: String = "sample") -> StoredTeam {
    StoredTeam(name: name, revision: revision, document: Array("{\"\(document)\": \(revision)}".utf8))
  }
}

extension StoredUsage {
  /// Each figure has another number.
  static func sample(_ account: Account) -> StoredUsage {
    StoredUsage(account, sums: 1...Figure.allCases.count)
  }
}

extension StoredUsageFlush {
  /// Usage of two models by the key `a` of the team `red`.
  static func sample(_ number: Int, run: Int = 7) -> StoredUsageFlush {
    StoredUsageFlush(
      run: run, number: number, time: .now,
      usage: ["m1", "m2"].map {
        .sample(StoredUsage.Account(hour: 470_000, key: "a", team: "red", model: $0))
      },
      counters: [
        StoredCounter(subject: "team:red", counter: "tokens/total", window: StoredCounter.endless, amount: 7),
        StoredCounter(subject: "key:a", counter: "tokens/day", window: .at(5), amount: 10),
      ])
  }
}

extension StoredUsageEntry {
  /// The number is its time as well.
  static func sample(_ number: Int, key: String = "a") -> StoredUsageEntry {
    StoredUsageEntry(
      Place(time: .at(Int64(number)), run: 7, number: number),
      .sample(StoredUsage.Account(hour: 0, key: key, team: "red", user: "ann", model: "m1")),
      server: "gpu1", digest: "d", dialect: "ollama", status: 200, requestID: "r\(number)")
  }
}
