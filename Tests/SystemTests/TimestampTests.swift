import Glibc
import System
import Testing

@Suite struct TimestampTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_399_999, "2000-02-28T23:59:59.999Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_709_251_199_001, "2024-02-29T23:59:59.001Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (1_767_225_599_999, "2025-12-31T23:59:59.999Z"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
      (Int64.max, "9999-12-31T23:59:59.999Z"), (Int64.min, "0000-01-01T00:00:00.000Z"),
    ] as [(Int64, String)])
  func writes(_ milliseconds: Int64, _ text: String) {
    #expect(Timestamp(millisecondsSince1970: milliseconds).iso8601 == text)
  }

  /// The C library's gmtime is the reference, some 30 hours apart over 200 years.
  @Test func agreesWithTheCLibrary() {
    for seconds in stride(from: -2_208_988_800, to: 4_102_444_800, by: 110_017) {
      var time = time_t(seconds)
      var parts = tm()
      gmtime_r(&time, &parts)
      var buffer = [CChar](repeating: 0, count: 32)
      strftime(&buffer, 32, "%Y-%m-%dT%H:%M:%S.123Z", &parts)
      let expected = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      #expect(Timestamp(millisecondsSince1970: Int64(seconds) * 1000 + 123).iso8601 == expected)
    }
  }

  @Test func nowIsTheWallClock() {
    let before = Int64(time(nil)) * 1000
    let now = Timestamp.now.millisecondsSince1970
    #expect(now >= before && now <= Int64(time(nil) + 1) * 1000)
  }
}
