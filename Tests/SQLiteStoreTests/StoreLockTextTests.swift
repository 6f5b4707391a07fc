import Testing

@testable import SQLiteStore

/// What the file of a store's lock says.
@Suite struct StoreLockTextTests {
  @Test func readsBackAsWhatItIs() {
    for store in [nil, "b4c5"] as [String?] {
      for isClosed in [false, true] {
        for process in [nil, "4711"] as [String?] {
          var text = StoreLockText(process: process)
          (text.store, text.isClosed) = (store, isClosed)
          #expect(StoreLockText(text.bytes) == text)
          // Behind a longer one that a kill has left there in part.
          #expect(StoreLockText(text.bytes + [10, 10, 10]) == text)
        }
      }
    }
  }

  /// Wherever it was cut off: it never says that nothing was made.
  @Test func whatHasLostItsEndIsNoneOfAFirstStart() {
    var text = StoreLockText(process: "4711")
    (text.store, text.isClosed) = ("b4c5", true)
    let bytes = text.bytes
    for count in 0..<bytes.count {
      guard let cut = StoreLockText(Array(bytes[..<count])) else { continue }
      #expect(cut.store == "b4c5", "\(count) bytes")
    }
    #expect(StoreLockText([]) == nil)
  }

  @Test(arguments: [
    "\n", "store\n", "store a b\n", "store \n", " store a\n", "store ä\n", "color red\n", "store a\n?\n",
  ])
  func whatIsNoneOfThem(_ text: String) { #expect(StoreLockText(Array(text.utf8)) == nil) }

  @Test func linesOfANewerProgramAreNoHindrance() {
    #expect(StoreLockText(Array("store a\ncolor red\n".utf8))?.store == "a")
  }

  @Test func oneOfAnOlderProgram() {
    #expect(StoreLockText(Array("process 12\n".utf8))?.store == nil)
    #expect(StoreLockText(Array("store a\naccess closed\nprocess 12\n".utf8))?.isClosed == true)
  }
}
