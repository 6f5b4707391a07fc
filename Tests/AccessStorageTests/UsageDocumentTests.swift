import Access
import Accounts
import Limits
import Sessions
import System
import Testing

@testable import AccessStorage

@Suite struct UsageDocumentTests {
  @Test(arguments: CalendarPeriod.allCases, WindowUnit.allCases)
  func countersReadBackAsTheyWere(_ period: CalendarPeriod, _ unit: WindowUnit) throws {
    let now = Timestamp.now
    let subjects: [LimitSubject] = [
      .key(KeyRecord.sample(1).id), .team(TeamRecord.sample("a:b").name), .address(nil),
      .keyUser(KeyRecord.sample(1).id, try #require(UserName("ann:b"))), .user(try #require(UserID(7))),
      .proxyUser(try #require(UserName("ann:b"))),
      .client(at: IPAddress("192.0.2.7")),
    ]
    let counts = subjects.map {
      WindowCount(subject: $0, unit: unit, window: CalendarWindow(period, at: now), amount: 7)
    }
    let control = AccessControl()
    control.restore(counts, at: now)
    let flush = StoredUsageFlush(run: 1, number: 1, time: now, counters: counts.map(UsageDocuments.stored))
    #expect(flush.counters.map(UsageDocuments.count) == counts)
    // They are among those that the next start asks for.
    let windows = UsageDocuments.windows(at: now)
    #expect(flush.counters.allSatisfy { windows.contains($0.window) })
  }

  @Test func whatIsNotKnownIsLeftOut() {
    let window = StoredCounter.endless
    for (subject, counter) in [
      ("key:x", "tokens/total"), ("moon:x", "tokens/total"), ("team:a", "tokens"), ("team:a", "bytes/total"),
      ("team:a", "tokens/year"), ("", ""),
      // Of a user without a key nobody knows whose limits they were.
      ("user:ann", "tokens/total"), ("user:ann:b", "tokens/total"),
    ] {
      #expect(
        UsageDocuments.count(StoredCounter(subject: subject, counter: counter, window: window, amount: 1))
          == nil)
    }
    let odd = StoredCounter(
      subject: "team:a", counter: "tokens/day", window: Timestamp(millisecondsSince1970: 5), amount: 1)
    #expect(UsageDocuments.count(odd) == nil)
  }

  @Test func memoryHasABound() {
    var memory = UsageMemory()
    for hour in 0..<7 {
      memory.add(
        (0..<10_000).map { number in
          StoredUsage(StoredUsage.Account(hour: hour, key: "\(number)"), sums: [1])
        })
    }
    let hours = memory.all.map(\.account.hour)
    #expect(hours.count <= UsageMemory.limit)
    #expect(hours.count { $0 == 6 } == 10_000)
    #expect(!hours.contains(0))
  }
}
