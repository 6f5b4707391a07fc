import Glibc
import System
import Testing

@Suite struct SystemCallTests {
  @Test func anInterruptedCallIsMadeAgain() throws {
    var calls = 0
    let result: Int32? = try systemCall("read") {
      calls += 1
      errno = EINTR
      return calls < 3 ? -1 : 7
    }
    #expect(result == 7)
    #expect(calls == 3)
  }

  @Test func whatWouldBlockIsNil() throws {
    let result: Int? = try systemCall("read") {
      errno = EAGAIN
      return -1
    }
    #expect(result == nil)
  }

  @Test func anErrorHasTheCallsNameAndTheSystemsWords() {
    let error = #expect(throws: SystemCallError.self) {
      try systemCall("open") { () -> Int32 in
        errno = EACCES
        return -1
      }
    }
    #expect(error?.code == EACCES)
    #expect(error?.description == "open: Permission denied")
    #expect(SystemCallError.reason(of: ENOENT) == "No such file or directory")
    #expect(SystemCallError.reason(of: 99_999).contains("99999"))
  }
}
