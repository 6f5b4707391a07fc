internal import Sessions
internal import System

extension SQLiteReader: FullStoreReader {
  func generations(of key: StoreKey, skip: Int, limit: Int) throws(StoreError) -> [StoredGeneration] {
    try reading { () throws(SQLiteFailure) in
      try rows(
        .generationsOfSession, [.text(key.description), .integer(max(0, limit)), .integer(max(0, skip))]
      ) { (row) throws(SQLiteFailure) in try StoredGeneration(row) }
    }
  }

  func idempotentRequests(skip: Int, limit: Int) throws(StoreError) -> [IdempotentRequest] {
    try reading { () throws(SQLiteFailure) in
      try rows(.requests, [.integer(max(0, limit)), .integer(max(0, skip))]) {
        IdempotentRequest(
          key: $0.text(1), owner: $0.text(0), generation: $0.text(2), digest: $0.bytes(3),
          expiresAt: Timestamp(millisecondsSince1970: $0.integer(4)))
      }
    }
  }

  func secrets() throws(StoreError) -> [String: [UInt8]] {
    try reading { () throws(SQLiteFailure) in
      Dictionary(try rows(.secrets, []) { ($0.text(0), $0.bytes(1)) }) { first, _ in first }
    }
  }

  func usage(after account: StoredUsage.Account?, limit: Int) throws(StoreError) -> [StoredUsage] {
    // No hour is before 1970.
    let start = account ?? StoredUsage.Account(hour: -1)
    return try reading { () throws(SQLiteFailure) in
      try rows(.usageOfAll, start.values + [.integer(max(0, limit))]) { StoredUsage($0) }
    }
  }

  func usageEntries(
    after place: StoredUsageEntry.Place?, limit: Int
  ) throws(StoreError) -> [StoredUsageEntry] {
    let start =
      place
      ?? StoredUsageEntry.Place(time: Timestamp(millisecondsSince1970: .min), run: .min, number: .min)
    return try reading { () throws(SQLiteFailure) in
      try rows(.usageEntriesOfAll, start.values + [.integer(max(0, limit))]) { StoredUsageEntry($0) }
    }
  }

  func counters(limit: Int) throws(StoreError) -> [StoredCounter] {
    try reading { () throws(SQLiteFailure) in
      try rows(.countersOfAll, [.integer(max(0, limit))]) { StoredCounter($0) }
    }
  }
}
