internal import Sessions
internal import System

extension StoredMessage {
  private static let user = 0
  private static let assistant = 1
  private static let digestLength = 32

  /// The row at which a statement stands, with the columns of `Query.messages`.
  init(_ row: SQLiteStatement) throws(SQLiteFailure) {
    let place = row.int(0)
    guard let state = Message.State(rawValue: row.int(7)), [Self.user, Self.assistant].contains(row.int(2))
    else {
      throw SQLiteFailure(damaged: "the message at \(place) has an unknown state or role")
    }
    let name = row.text(3)
    self.init(
      place: place,
      message: Message(
        number: row.int(1), author: row.int(2) == Self.user ? .user(name) : .assistant(model: name),
        content: row.text(4), timestamp: Timestamp(millisecondsSince1970: row.integer(6)), state: state,
        thinking: row.optionalText(5), images: try Self.digests(row.bytes(8)), usage: Self.usage(row)))
  }

  /// How many bytes of texts the row has, by which it is taken or left.
  static func textBytes(of row: SQLiteStatement) -> Int { row.byteCount(4) + row.byteCount(5) }

  /// The parameters of `Query.putMessage`.
  func values(in key: StoreKey) -> [SQLiteValue] {
    let (role, name) =
      switch message.author {
      case .user(let user): (Self.user, user)
      case .assistant(let model): (Self.assistant, model)
      }
    return [
      .text(key.description), .integer(place), .integer(message.number), .integer(role), .text(name),
      .text(message.content), .optional(message.thinking), .integer(message.timestamp.millisecondsSince1970),
      .integer(message.state.rawValue),
      message.images.isEmpty ? .null : .bytes(message.images.flatMap(\.bytes)),
    ] + Self.values(of: message.usage)
  }

  private static func digests(_ bytes: [UInt8]) throws(SQLiteFailure) -> [ImageDigest] {
    guard bytes.count.isMultiple(of: digestLength) else {
      throw SQLiteFailure(damaged: "a message's images are no digests")
    }
    return stride(from: 0, to: bytes.count, by: digestLength).compactMap {
      ImageDigest(bytes: Array(bytes[$0..<($0 + digestLength)]))
    }
  }

  private static func usage(_ row: SQLiteStatement) -> GenerationUsage? {
    guard let prompt = row.optionalInt(9), let completion = row.optionalInt(10) else { return nil }
    return GenerationUsage(
      promptTokens: prompt, completionTokens: completion,
      timeToFirstToken: row.optionalInteger(11).map { .microseconds($0) },
      duration: row.optionalInteger(12).map { .microseconds($0) })
  }

  private static func values(of usage: GenerationUsage?) -> [SQLiteValue] {
    guard let usage else { return [.null, .null, .null, .null] }
    return [
      .integer(usage.promptTokens), .integer(usage.completionTokens),
      microseconds(usage.timeToFirstToken), microseconds(usage.duration),
    ]
  }

  private static func microseconds(_ duration: Duration?) -> SQLiteValue {
    duration.map { .integer($0.wholeNanoseconds / 1000) } ?? .null
  }
}
