import HTTPFields
import Testing

@testable import HTTPClient

@Suite struct RetryAfterTests {
  private func delay(_ fields: FieldSection) -> Int? { ResponseHead(status: 503, fields: fields).retryAfter }

  @Test func isANumberOrADate() {
    #expect(delay([("Retry-After", "120")]) == 120)
    let date = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(delay([date, ("Retry-After", "Sun, 06 Nov 1994 08:50:00 GMT")]) == 23)
    #expect(delay([date, ("Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT")]) == 0)
    #expect(delay([("Retry-After", "Sun, 06 Nov 1994 08:50:00 GMT")]) == 0)
    #expect((delay([("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT")]) ?? 0) > 200_000_000_000)
    #expect(delay([("Retry-After", "soon")]) == nil)
    #expect(delay([]) == nil)
  }
}
