import Access
import Accounts
import GatewayTesting
import SQLiteStore
import Sessions
import System

@testable import AccessStorage

/// A keeper with a store in a folder of its own, as a gateway has it.
final class OpenKeeper {
  let path: String
  let storage: SessionStorage
  let control = AccessControl()
  let keeper: AccessKeeper
  let notes = Lock<[String]>([])

  init(_ folder: TemporaryFolder, fileKeys: [KeyRecord]? = nil) async throws {
    path = folder.path + "/gateway.db"
    storage = try SessionStorage(try SQLiteStore.open(path: path), timeout: .seconds(10))
    let notes = notes
    keeper = AccessKeeper(storage, for: control) { note in notes.withLock { $0.append("\(note)") } }
    do {
      try await keeper.start(fileKeys: fileKeys)
    } catch {
      await storage.close(within: .zero)
      throw error
    }
  }

  func close() async {
    await keeper.stop(within: .seconds(10))
    await storage.close(within: .seconds(10))
  }

  /// Changes keys as a subcommand does, in a process of its own.
  @discardableResult
  func beside<Result>(_ edit: (inout AccessBook) throws(AccessError) -> Result) throws -> Result {
    let store = try SQLiteStore.open(path: path, mode: .beside)
    defer { store.close() }
    return try AccessEditor(store).perform(edit)
  }

  /// Writes to the store past the keeper.
  func write(_ changes: StoreChange...) async throws {
    let errors = try await storage.writer.ask { writer throws(StoreError) in
      try writer.commit([StoreWrite(changes)])
    }
    guard errors == [nil] else { throw Refused() }
  }

  func usage() async throws -> [StoredUsage] {
    var question = UsageQuestion(hours: 0..<UsageQuestion.lastHour)
    (question.byKey, question.byModel) = (true, true)
    return try await keeper.usage(question)
  }

  private struct Refused: Error {}
}
