import Glibc
import System
import Testing

@Suite struct BlockingIOTests {
  /// A pipe, both of whose ends are closed when it goes.
  private final class Pipe {
    let reading: Int32
    let writing: Int32

    init(nonBlocking: Bool = false) throws {
      var ends: [Int32] = [0, 0]
      try systemCall("pipe") { pipe(&ends) }
      (reading, writing) = (ends[0], ends[1])
      guard nonBlocking else { return }
      for end in ends { try systemCall("fcntl") { fcntl(end, F_SETFL, O_NONBLOCK) } }
    }

    deinit { for end in [reading, writing] { close(end) } }

    func write(_ bytes: [UInt8], isGivingUp: () -> Bool = { false }) -> Bool {
      bytes.withUnsafeBytes { BlockingIO.write($0, to: writing, isGivingUp: isGivingUp) }
    }
  }

  @Test func readsToTheEnd() throws {
    var ends: [Int32] = [0, 0]
    try systemCall("pipe") { pipe(&ends) }
    defer { close(ends[0]) }
    let bytes = Array("hello".utf8)
    #expect(bytes.withUnsafeBytes { BlockingIO.write($0, to: ends[1]) })
    close(ends[1])
    #expect(try BlockingIO.readAll(ends[0], limit: 100) == bytes)
    #expect(try BlockingIO.readAll(ends[0], limit: 100) == [])
  }

  @Test func readsNoMoreThanTheLimit() throws {
    let pipe = try Pipe()
    #expect(pipe.write(Array("hello".utf8)))
    #expect(try BlockingIO.readAll(pipe.reading, limit: 2) == Array("he".utf8))
    #expect(try BlockingIO.readAll(pipe.reading, limit: 0) == [])
  }

  @Test func aNonBlockingDescriptorIsWaitedFor() async throws {
    let pipe = try Pipe(nonBlocking: true)
    let (reading, writing) = (pipe.reading, pipe.writing)
    let large = [UInt8](repeating: 7, count: 1 << 20)
    async let isWritten = Task.detached {
      large.withUnsafeBytes { BlockingIO.write($0, to: writing) }
    }.value
    #expect(try BlockingIO.readAll(reading, limit: large.count) == large)
    #expect(await isWritten)
  }

  @Test func whoGivesUpIsNotHeldUp() throws {
    let pipe = try Pipe(nonBlocking: true)
    #expect(!pipe.write([UInt8](repeating: 7, count: 1 << 20)) { true })
  }

  @Test func deadDescriptorsAreTold() throws {
    #expect(![UInt8(1)].withUnsafeBytes { BlockingIO.write($0, to: -1) })
    #expect([UInt8]().withUnsafeBytes { BlockingIO.write($0, to: -1) }, "there is nothing to be written")
    let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
    defer { close(full) }
    #expect(throws: SystemCallError.self) { try BlockingIO.writeAll([1], to: full) }
    let error = #expect(throws: SystemCallError.self) { try BlockingIO.readAll(-1, limit: 1) }
    #expect(error?.code == EBADF)
    #expect(error?.description == "read: Bad file descriptor")
  }
}
