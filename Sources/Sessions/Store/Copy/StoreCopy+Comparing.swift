internal import System

// Whether a copy is the same as its source: both are read from their beginnings to their ends.
extension StoreCopy {
  func compare() throws(StoreCopyError) {
    var sessions = 0
    try eachSession { (session) throws(StoreCopyError) in
      try compare(session)
      sessions += 1
    }
    // As many, of which each is there: and so no others.
    try (sessions == counts.sessions).isTrue(orElse: .differs("the source has changed"))
    try compareRequests()
    try compareAccess()
    try compareUsage()
  }

  private func compare(_ session: StoredSession) throws(StoreCopyError) {
    let key = session.key
    let copy = try asking { () throws(StoreError) in
      try target.session([key], recent: RecentMessages(messages: 0, bytes: 0))?.session
    }
    try (copy == session).isTrue(orElse: .differs("the session \(key)"))
    try compareMessages(of: key)
    try same("the images of \(key)") { (reader) throws(StoreError) in
      try reader.imageDigests(of: key).map(\.description).sorted()
    }
    for digest in try asking({ () throws(StoreError) in try source.imageDigests(of: key) }) {
      try same("the image \(digest) of \(key)") { (reader) throws(StoreError) in
        try reader.images(of: key, [digest])
      }
    }
    try compareGenerations(of: key)
  }

  private func compareMessages(of key: StoreKey) throws(StoreCopyError) {
    var place = 0
    while true {
      let from = place
      let messages = try same("the messages of \(key)") { (reader) throws(StoreError) in
        try reader.messages(of: key, from: from, limit: Self.page.rows, bytes: Self.page.bytes)
      }
      guard let last = messages.last else { return }
      place = last.place &+ 1
    }
  }

  private func compareGenerations(of key: StoreKey) throws(StoreCopyError) {
    var skip = 0
    while true {
      let from = skip
      let generations = try same("the generations of \(key)") { (reader) throws(StoreError) in
        try reader.generations(of: key, skip: from, limit: Self.page.rows)
      }
      if generations.isEmpty { return }
      for generation in generations {
        try same("the generation \(generation.id)") { (reader) throws(StoreError) in
          try reader.parts(of: generation.id)
        }
      }
      skip += generations.count
    }
  }

  /// Some may have expired meanwhile, or were never copied as they had.
  private func compareRequests() throws(StoreCopyError) {
    let now = Timestamp.now
    var skip = 0
    while true {
      let requests = try asking { () throws(StoreError) in
        try source.idempotentRequests(skip: skip, limit: Self.page.rows)
      }
      if requests.isEmpty { return }
      for request in requests where request.expiresAt > now {
        let copy = try asking { () throws(StoreError) in
          try target.idempotentRequest(request.key, of: request.owner)
        }
        try (copy == request || request.expiresAt <= .now).isTrue(orElse: .differs("the key of a request"))
      }
      skip += requests.count
    }
  }

  /// Asks both stores the same.
  @discardableResult
  func same<Answer: Equatable>(
    _ what: String, _ question: (any FullStoreReader) throws(StoreError) -> Answer
  ) throws(StoreCopyError) -> Answer {
    let answer = try asking { () throws(StoreError) in try question(source) }
    let copy = try asking { () throws(StoreError) in try question(target) }
    try (answer == copy).isTrue(orElse: .differs(what))
    return answer
  }
}
