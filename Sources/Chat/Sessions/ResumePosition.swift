internal import Bytes
internal import Handling

/// Where a client that comes back wants to read on: `Last-Event-ID: GENERATION:SEQ`, or `?after=SEQ`.
struct ResumePosition: Equatable {
  /// nil means whichever generation there is.
  private let generation: Substring?
  private let sequence: Int

  /// - Throws: 422 for an `after` that is no number. A `Last-Event-ID` that is none of ours counts as none: browsers send
  ///   it by themselves.
  init(lastEventID: String?, query: Substring?) throws(RequestFailure) {
    if let after = try QueryParameters(query).integer("after") {
      (generation, sequence) = (nil, after)
    } else if let lastEventID, let colon = lastEventID.lastIndex(of: ":"),
      let number = lastEventID[lastEventID.index(after: colon)...].utf8.decimal
    {
      (generation, sequence) = (lastEventID[..<colon], number)
    } else {
      (generation, sequence) = (nil, 0)
    }
  }

  /// The number of the last event seen of this generation: 0 where the client saw another one.
  func number(in generation: String) -> Int {
    self.generation.map { $0 == generation } ?? true ? sequence : 0
  }
}
