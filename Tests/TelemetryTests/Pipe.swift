import Glibc

/// A pipe of one test: what is written to ``writeEnd`` is read by the test.
final class Pipe {
  let writeEnd: Int32
  private var readEnd: Int32
  private var isWriteEndOpen = true

  init() {
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0)
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    closeWriteEnd()
    closeReadEnd()
  }

  func closeWriteEnd() {
    if isWriteEndOpen { close(writeEnd) }
    isWriteEndOpen = false
  }

  func closeReadEnd() {
    if readEnd >= 0 { close(readEnd) }
    readEnd = -1
  }

  func makeNonBlocking() { _ = fcntl(writeEnd, F_SETFL, O_NONBLOCK) }

  /// Fills the pipe until it takes no more, and says with how many bytes.
  func fill() -> Int {
    let flags = fcntl(writeEnd, F_GETFL)
    _ = fcntl(writeEnd, F_SETFL, flags | O_NONBLOCK)
    defer { _ = fcntl(writeEnd, F_SETFL, flags) }
    let chunk = [UInt8](repeating: UInt8(ascii: "-"), count: 4096)
    var total = 0
    while true {
      let count = write(writeEnd, chunk, chunk.count)
      guard count > 0 else { return total }
      total += count
    }
  }

  /// Reads exactly so many bytes; waits for them.
  func read(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var got = 0
    while got < count {
      let size = bytes.withUnsafeMutableBytes { Glibc.read(readEnd, $0.baseAddress! + got, count - got) }
      guard size > 0 else { break }
      got += size
    }
    return Array(bytes[..<got])
  }

  /// One read(2): what one write brought, if the reader is not behind.
  func readOnce() -> String {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let size = bytes.withUnsafeMutableBytes { Glibc.read(readEnd, $0.baseAddress!, $0.count) }
    return String(decoding: bytes.prefix(max(0, size)), as: UTF8.self)
  }

  /// Reads up to the end; the write end must be closed by then or later.
  func readToEnd() -> String {
    var all: [UInt8] = []
    while true {
      let chunk = read(4096)
      all += chunk
      if chunk.count < 4096 { return String(decoding: all, as: UTF8.self) }
    }
  }
}
