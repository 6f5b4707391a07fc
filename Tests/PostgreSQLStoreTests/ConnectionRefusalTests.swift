import Testing

@testable import PostgreSQLStore

@Suite("What libpq says where nobody lets us in") struct ConnectionRefusalTests {
  @Test func aServerHasACode() {
    let refusal = ConnectionRefusal(
      """
      connection to server on socket "/tmp/x/.s.PGSQL.5432" failed: FATAL:  28P01: password authentication failed for user "u"
      LOCATION:  auth_failed, auth.c:335

      """)
    #expect(refusal.state == "28P01")
    #expect(
      refusal.words == """
        connection to server on socket "/tmp/x/.s.PGSQL.5432" failed: FATAL: password authentication failed for user "u"
        """)
  }

  @Test func nobodyHasNone() {
    let refusal = ConnectionRefusal(
      "connection to server at \"h\", port 1 failed: Connection refused\n\tIs it?\n")
    #expect(refusal.state.isEmpty)
    #expect(refusal.words == "connection to server at \"h\", port 1 failed: Connection refused; \tIs it?")
  }

  @Test("A server in another language is understood by its code")
  func language() {
    #expect(
      ConnectionRefusal("FATAL:  3D000: Datenbank »x« existiert nicht\nLOCATION:  a, b.c:1").state == "3D000")
  }

  @Test func theLibraryFindsOutWhatOnlyReads() {
    let words = "connection to server at \"h\" (127.0.0.1), port 5432 failed: session is read-only"
    #expect(ConnectionRefusal(words).state == "25006")
  }

  @Test(arguments: ["", ": ", "  ", "FATAL:  28P0", "FATAL:  28p01: x", "::::::::", "FATAL:  :  : "])
  func brokenWordsHaveNoCode(_ text: String) {
    #expect(ConnectionRefusal(text).state.isEmpty)
  }
}
