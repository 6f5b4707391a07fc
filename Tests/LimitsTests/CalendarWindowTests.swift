@testable import Limits
import System
import Testing

@Suite("Windows of the calendar") struct CalendarWindowTests {
  /// Milliseconds of a day of the calendar, as `date -u -d DAY +%s` has them.
  private static func time(_ seconds: Int64, _ milliseconds: Int64 = 0) -> Timestamp {
    Timestamp(millisecondsSince1970: seconds * 1000 + milliseconds)
  }

  /// One millisecond before a window ends, and the end.
  @Test(arguments: [
    // 2024-02-29 and 2024-03-01: a leap year.
    (CalendarPeriod.day, Int64(1_709_164_800), Int64(1_709_251_200)),
    (.month, 1_706_745_600, 1_709_251_200),
    // February of 2023 and of 2100, which is no leap year.
    (.month, 1_675_209_600, 1_677_628_800),
    (.month, 4_105_123_200, 4_107_542_400),
    // December of 2026.
    (.month, 1_796_083_200, 1_798_761_600),
    // The week of Monday 2026-12-28, which ends in 2027, and the first of 1970's.
    (.week, 1_798_416_000, 1_799_020_800),
    (.week, -259_200, 345_600),
    // The last day and month of the year 9999.
    (.day, 253_402_214_400, 253_402_300_800),
    (.month, 253_399_622_400, 253_402_300_800),
  ])
  func windowsBeginAndEnd(_ period: CalendarPeriod, _ start: Int64, _ end: Int64) {
    let window = CalendarWindow(period, at: Self.time(start))
    #expect(window.start == Self.time(start))
    #expect(window.end == Self.time(end))
    #expect(CalendarWindow(period, at: Self.time(end - 1, 999)) == window)
    #expect(CalendarWindow(period, at: Self.time(end)).index == window.index + 1)
    #expect(CalendarWindow(period, at: Self.time(start - 1, 999)).index == window.index - 1)
    #expect(window.wait(at: Self.time(end - 1, 999)) == 1_000_000)
    #expect(window.wait(at: Self.time(end + 5)) == 0)
  }

  @Test func allTimeIsOneWindow() {
    let window = CalendarWindow(.total, at: Self.time(0))
    #expect(window == CalendarWindow(.total, at: Self.time(253_402_300_799)))
    #expect(window.end == nil)
    #expect(window.wait(at: Self.time(0)) == nil)
  }

  @Test(arguments: CalendarPeriod.allCases)
  func eachTimeHasAWindow(_ period: CalendarPeriod) {
    for milliseconds in [Int64.min, -62_167_219_200_001, -1, 0, 253_402_300_800_000, Int64.max] {
      let time = Timestamp(millisecondsSince1970: milliseconds)
      let window = CalendarWindow(period, at: time)
      #expect(window.start.map { $0 <= time } ?? true)
      #expect(window.end.map { $0 >= time } ?? true)
      #expect(window.wait(at: time).map { $0 >= 0 } ?? true)
    }
    for index in [Int64.min, -1, 0, Int64.max] {
      let window = CalendarWindow(period, index: index)
      #expect(window.wait(at: Self.time(0)).map { $0 >= 0 } ?? true)
      if let start = window.start, let end = window.end { #expect(start <= end) }
    }
  }

  /// Each day of 400 years is in one window, and windows follow each other.
  @Test func windowsFollowEachOther() {
    var counters: [CalendarPeriod: Int64] = [:]
    for day in Int64(-146_097)...146_097 {
      for period in [CalendarPeriod.week, .month] {
        let index = CalendarWindow(period, at: Self.time(day * 86_400)).index
        if let last = counters[period], index != last {
          guard index == last + 1 else {
            Issue.record("\(period) \(index) after \(last)")
            return
          }
          guard CalendarWindow(period, index: index).start == Self.time(day * 86_400) else {
            Issue.record("\(period) \(index) does not start on day \(day)")
            return
          }
        }
        counters[period] = index
      }
    }
  }

  /// Where the clock was far ahead, nobody waits for the window that it was in.
  @Test(arguments: [CalendarPeriod.day, .week, .month]) func aWindowThatLiesFarAheadIsNone(
    _ period: CalendarPeriod
  ) throws {
    let now = Self.time(86_400 * 400)
    var counter = WindowCounter(.requests, period, at: now)
    counter.add(3)
    counter.advance(to: Self.time(86_400 * 800))
    counter.add(7)
    counter.advance(to: now)
    #expect(counter.window == CalendarWindow(period, at: now) && counter.used == 0)
    let wait = try #require(counter.wait(at: now))
    #expect(wait > 0 && wait <= 31 * 86_400_000_000_000)
    // By a window alone it may be a slip, for which nothing is given twice.
    let last = try #require(counter.window.before.start)
    counter.add(5)
    counter.advance(to: last)
    #expect(counter.used == 5)
    counter.advance(to: Timestamp(millisecondsSince1970: last.millisecondsSince1970 - 1))
    #expect(counter.used == 0 && counter.window == CalendarWindow(period, at: last).before)
  }

  @Test func allTimeHasNoWindowBefore() {
    var counter = WindowCounter(.tokens, .total, at: Self.time(86_400 * 800))
    counter.add(5)
    counter.advance(to: Self.time(0))
    #expect(counter.used == 5)
    for period in [CalendarPeriod.day, .week, .month, .total] {
      for index in [Int64.min, .max, 0] { _ = CalendarWindow(period, index: index).before.start }
      for time in [Timestamp(millisecondsSince1970: .min), Timestamp(millisecondsSince1970: .max)] {
        var counter = WindowCounter(.tokens, period, at: time)
        counter.advance(to: Self.time(0))
        counter.advance(to: time)
        #expect(counter.used == 0)
      }
    }
  }

  @Test func aCounterNeverGoesBack() {
    var counter = WindowCounter(.tokens, .day, at: Self.time(86_400 * 10))
    counter.add(5)
    counter.advance(to: Self.time(86_400 * 9))
    counter.add(5)
    #expect(counter.used == 10)
    counter.advance(to: Self.time(86_400 * 11 - 1, 999))
    #expect(counter.used == 10)
    counter.advance(to: Self.time(86_400 * 11))
    #expect(counter.used == 0)
    counter.add(-5)
    #expect(counter.used == 0)
    counter.add(.max)
    counter.add(.max)
    #expect(counter.used == .max)
  }
}
