import GatewayTesting
import Testing

@testable import Discovery

@Suite struct FileWatchTests {
  @Test func aFileIsReadWhenItRests() {
    let (old, new, newer) = (FileStamp(size: 1), FileStamp(size: 2), FileStamp(size: 3))
    var watch = FileWatch(read: old)
    let looks: [(FileStamp?, Bool)] = [
      (old, false), (new, false), (newer, false), (newer, true), (newer, false), (nil, false), (nil, true),
      (nil, false), (newer, false), (newer, true), (old, false), (newer, false), (newer, false),
    ]
    for (stamp, isRead) in looks { #expect(watch.look(stamp) == isRead) }
  }

  @Test func whatChangesAFile() throws {
    let folder = TemporaryFolder()
    #expect(FileStamp(folder.path + "/none") == nil)
    let path = folder.file("f", "a")
    let stamp = try #require(FileStamp(path))
    #expect(FileStamp(path) == stamp)
    _ = folder.file("f", "ab")
    #expect(FileStamp(path) != stamp)
  }
}
