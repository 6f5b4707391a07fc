internal import Logging
internal import Sessions
internal import System

/// What the log says of the store: once when it fails, and once when it works again.
struct StoreLog: Sendable {
  let logger: Logger
  /// Where it is, without secrets.
  let location: String

  func write(_ note: StoreNote) {
    switch note {
    case .fails(let error) where error.kind == .taken:
      logger.critical(
        "the store is another gateway's: nothing more is stored", metadata: place(["reason": "\(error)"]))
    case .fails(let error):
      logger.error("the store does not work: messages are refused", metadata: place(["reason": "\(error)"]))
    case .worksAgain(let time):
      logger.notice(
        "the store works again", metadata: place(["seconds": .stringConvertible(seconds(time))]))
    case .isFull(let bytes, let limit):
      logger.error(
        "the store is full: messages are refused, chats can be read and deleted",
        metadata: place(["bytes": .stringConvertible(bytes), "store_max": .stringConvertible(limit)]))
    case .hasRoomAgain(let bytes):
      logger.notice("the store has room again", metadata: place(["bytes": .stringConvertible(bytes)]))
    case .gaveUp(let writes, let error):
      var metadata: Logger.Metadata = ["writes": .stringConvertible(writes)]
      if let error { metadata["reason"] = "\(error)" }
      logger.warning(
        "answers and changes were not stored, and are lost: the store did not take them",
        metadata: place(metadata))
    case .cannotRead, .readsAgain, .lacksReaders, .hasReadersAgain, .isDamaged: writeOfReaders(note)
    }
  }

  private func writeOfReaders(_ note: StoreNote) {
    switch note {
    case .cannotRead(let error):
      logger.error(
        "the store cannot be read: chats that are not in memory are refused",
        metadata: place(["reason": "\(error)"]))
    case .readsAgain(let time):
      logger.notice(
        "the store can be read again", metadata: place(["seconds": .stringConvertible(seconds(time))]))
    case .lacksReaders(let error):
      logger.warning(
        "a reader of the store fails: another one reads for it, in turn",
        metadata: place(["reason": "\(error)"]))
    case .hasReadersAgain: logger.notice("all readers of the store work again", metadata: place([:]))
    case .isDamaged(let error):
      logger.error("the store has something that cannot be read", metadata: place(["reason": "\(error)"]))
    case .fails, .worksAgain, .isFull, .hasRoomAgain, .gaveUp: break
    }
  }

  private func seconds(_ time: Duration) -> Double { (time.milliseconds / 100).rounded() / 10 }

  /// At the start, where what is acknowledged may be lost.
  func warnOfRelaxedDurability() {
    logger.warning(
      "durability: relaxed: messages and answers are acknowledged before they are stored, and may be lost",
      metadata: place([:]))
  }

  private func place(_ metadata: Logger.Metadata) -> Logger.Metadata {
    metadata.merging(["store": "\(location)"]) { own, _ in own }
  }
}
