internal import Sessions

extension PostgreSQLReader: FullStoreReader {
  func generations(of key: StoreKey, skip: Int, limit: Int) throws(StoreError) -> [StoredGeneration] {
    try generations(
      ReadStatements.generationsOfSession,
      [Parameter(key), Parameter(max(0, skip)), Parameter(max(0, limit))])
  }

  func idempotentRequests(skip: Int, limit: Int) throws(StoreError) -> [IdempotentRequest] {
    let parameters = [Parameter(max(0, skip)), Parameter(max(0, limit))]
    return try rows(ReadStatements.requests, parameters) { (result, row) throws(DamagedRow) in
      guard let owner = result.text(row, 0), let key = result.text(row, 1),
        let generation = result.text(row, 2),
        let digest = result.bytes(row, 3), let expiry = result.time(row, 4)
      else { throw DamagedRow(what: "request") }
      return IdempotentRequest(
        key: key, owner: owner, generation: generation, digest: digest, expiresAt: expiry)
    }
  }

  func secrets() throws(StoreError) -> [String: [UInt8]] {
    let secrets = try rows(ReadStatements.secrets, []) { (result, row) throws(DamagedRow) in
      guard let name = result.text(row, 0), let value = result.bytes(row, 1) else {
        throw DamagedRow(what: "secret")
      }
      return (name, value)
    }
    return Dictionary(secrets) { first, _ in first }
  }
}
