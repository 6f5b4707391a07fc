internal import Sessions
internal import System

extension SQLiteReader {
  func generation(_ id: String) throws(StoreError) -> StoredGeneration? {
    try generation(.generation, [.text(id)])
  }

  func lastGeneration(of key: StoreKey) throws(StoreError) -> StoredGeneration? {
    try generation(.lastGeneration, [.text(key.description)])
  }

  private func generation(_ query: Query, _ values: [SQLiteValue]) throws(StoreError) -> StoredGeneration? {
    try reading { () throws(SQLiteFailure) in
      try row(query, values) { (row) throws(SQLiteFailure) in try StoredGeneration(row) }
    }
  }

  func parts(of generations: [String]) throws(StoreError) -> [[StoredPart]] {
    try readingAtOnce { () throws(SQLiteFailure) in
      var parts = GenerationParts(of: generations)
      for generation in generations {
        let rows = try rows(.parts, [.text(generation)]) {
          StoredPart(generation: generation, index: $0.int(0), text: $0.bytes(1), lengths: $0.bytes(2))
        }
        let isRunning = try row(.isRunning, [.text(generation)]) { _ in true } ?? false
        parts.take(rows, of: generation, isRunning: isRunning)
      }
      if parts.needsCheckpoints { try takeCheckpoints(&parts) }
      return parts.parts
    }
  }

  private func takeCheckpoints(_ parts: inout GenerationParts) throws(SQLiteFailure) {
    let rows = try connection.begin(.checkpoints)
    defer { rows.reset() }
    while try rows.step() {
      do throws(DamagedCheckpoint) {
        try parts.take(checkpoint: rows.bytes(2))
      } catch { throw SQLiteFailure(damaged: "a checkpoint is none") }
    }
  }

  func runningGenerations(limit: Int) throws(StoreError) -> [StoredGeneration] {
    try reading { () throws(SQLiteFailure) in
      try rows(.runningGenerations, [.integer(max(0, limit))]) { (row) throws(SQLiteFailure) in
        try StoredGeneration(row)
      }
    }
  }

  func idempotentRequest(_ key: String, of owner: String) throws(StoreError) -> IdempotentRequest? {
    try reading { () throws(SQLiteFailure) in
      try row(
        .idempotentRequest,
        [.text(owner), .text(key), .integer(Timestamp.now.millisecondsSince1970)]
      ) {
        IdempotentRequest(
          key: key, owner: owner, generation: $0.text(0), digest: $0.bytes(1),
          expiresAt: Timestamp(millisecondsSince1970: $0.integer(2)))
      }
    }
  }
}
