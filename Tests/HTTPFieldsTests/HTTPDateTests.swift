import HTTPFields
import Testing

@Suite struct HTTPDateTests {
  private func seconds(_ text: String) -> Int? { Array(text.utf8).withUnsafeBytes { $0.httpDate } }

  /// The example of RFC 9110 section 5.6.7 in its three forms.
  @Test(arguments: [
    "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
  ])
  func readsEachForm(_ text: String) {
    #expect(seconds(text) == 784_111_777)
  }

  @Test(
    "Days are counted over leap years",
    arguments: [
      ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
      ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
      ("Tue, 19 Jan 2038 03:14:08 GMT", 2_147_483_648), ("Saturday, 01-Jan-00 00:00:00 GMT", 946_684_800),
    ])
  func countsDays(_ text: String, _ expected: Int) {
    #expect(seconds(text) == expected)
  }

  @Test(arguments: [
    "", "5", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
    "Sun, 06 Nix 1994 08:49:37 GMT",
    "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 06 Nov 99999999999999999 08:49:37 GMT", "1994-11-06T08:49:37Z",
    "a a a a a a a a a a a a a a a a a a a a a a a a",
  ])
  func takesNothingElse(_ text: String) {
    #expect(seconds(text) == nil)
  }
}
