import Access
import System
import Testing

@testable import SignIn

@Suite("Locks of sign-in") struct LoginLockTests {
  private static let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

  private static func caller(
    _ name: String = "ann", from address: UInt32 = 1, device: String? = nil, isKnown: Bool = false,
    isExempt: Bool = false, unlockedAt: Timestamp? = nil
  ) -> LoginLock.Caller {
    LoginLock.Caller(
      name: LoginName(name), network: LoginNetwork(.v4(address)), device: device, isNetworkKnown: isKnown,
      isExempt: isExempt, unlockedAt: unlockedAt)
  }

  /// Tries a wrong password.
  private static func fail(
    _ lock: inout LoginLock, _ caller: LoginLock.Caller, at now: MonotonicTime = start
  ) -> Bool {
    guard lock.begin(caller, at: now) == .tried else { return false }
    return lock.fail(caller, at: now)
  }

  @Test func theFifthFailureInARowLocksThePair() {
    var lock = LoginLock()
    let ann = Self.caller()
    for _ in 0..<4 { #expect(!Self.fail(&lock, ann)) }
    #expect(Self.fail(&lock, ann))
    #expect(lock.begin(ann, at: Self.start) == .locked(.seconds(1800)))
    #expect(lock.begin(ann, at: Self.start + .seconds(1799)) == .locked(.seconds(1)))
    // From elsewhere, and of another name, it is open.
    #expect(lock.begin(Self.caller(from: 2), at: Self.start) == .tried)
    #expect(lock.begin(Self.caller("bob"), at: Self.start) == .tried)
    // And afterwards it begins anew.
    let later = Self.start + .seconds(1800)
    for _ in 0..<4 { #expect(!Self.fail(&lock, ann, at: later)) }
    #expect(Self.fail(&lock, ann, at: later))
  }

  @Test func aSuccessEndsTheRow() {
    var lock = LoginLock()
    let ann = Self.caller()
    for _ in 0..<3 {
      for _ in 0..<4 { #expect(!Self.fail(&lock, ann)) }
      #expect(lock.begin(ann, at: Self.start) == .tried)
      lock.succeed(ann, at: Self.start)
    }
  }

  @Test func manyAtOnceAreNoMoreThanMayFail() {
    var lock = LoginLock()
    let ann = Self.caller()
    for _ in 0..<5 { #expect(lock.begin(ann, at: Self.start) == .tried) }
    #expect(lock.begin(ann, at: Self.start) == .busy)
    lock.abandon(ann, at: Self.start)
    #expect(lock.begin(ann, at: Self.start) == .tried)
    for _ in 0..<4 { #expect(lock.fail(ann, at: Self.start) == false) }
    #expect(lock.fail(ann, at: Self.start) == true)
  }

  @Test func fiftyFailuresLockTheNameForStrangersAlone() {
    var lock = LoginLock()
    for address in 0..<50 as Range<UInt32> { _ = Self.fail(&lock, Self.caller(from: 100 + address)) }
    let half = Self.start + .seconds(900)
    #expect(lock.begin(Self.caller(from: 7), at: half) == .locked(.seconds(900)))
    let known = Self.caller(from: 8, isKnown: true)
    #expect(lock.begin(known, at: half) == .tried)
    // A failure while it is locked renews nothing.
    #expect(lock.fail(known, at: half) == false)
    #expect(lock.begin(Self.caller(from: 7), at: Self.start + .seconds(1800)) == .tried)
  }

  @Test func failuresOfAnHourAgoCountNoMore() {
    var lock = LoginLock()
    for address in 0..<49 as Range<UInt32> { _ = Self.fail(&lock, Self.caller(from: 100 + address)) }
    let later = Self.start + .seconds(3600)
    _ = Self.fail(&lock, Self.caller(from: 9), at: later)
    #expect(lock.begin(Self.caller(from: 10), at: later) == .tried)
  }

  @Test func whoIsExemptIsNeverLocked() {
    var lock = LoginLock()
    let admin = Self.caller("admin", isExempt: true)
    for _ in 0..<100 { #expect(!Self.fail(&lock, admin)) }
    #expect(lock.begin(admin, at: Self.start) == .tried)
  }

  @Test func anAdministratorsWordUnlocks() {
    var lock = LoginLock()
    let ann = Self.caller()
    for _ in 0..<5 { _ = Self.fail(&lock, ann) }
    for address in 0..<50 as Range<UInt32> { _ = Self.fail(&lock, Self.caller(from: 100 + address)) }
    let unlocked = Self.caller(unlockedAt: Timestamp(millisecondsSince1970: 5))
    #expect(lock.begin(unlocked, at: Self.start) == .tried)
    #expect(
      lock.begin(
        Self.caller(from: 70, unlockedAt: Timestamp(millisecondsSince1970: 5)), at: Self.start) == .tried)
  }

  @Test func whatWasUsedLeastRecentlyIsForgotten() {
    var lock = LoginLock(capacity: 8)
    let ann = Self.caller()
    for _ in 0..<4 { _ = Self.fail(&lock, ann) }
    for number in 0..<8 { _ = Self.fail(&lock, Self.caller("user\(number)")) }
    for _ in 0..<4 { #expect(!Self.fail(&lock, ann)) }
  }

  /// However many other names fail, of one pair or of one name.
  @Test func noFloodOfOtherNamesEndsALock() {
    var lock = LoginLock(capacity: 60)
    let ann = Self.caller()
    for _ in 0..<5 { _ = Self.fail(&lock, ann) }
    for address in 0..<50 as Range<UInt32> { _ = Self.fail(&lock, Self.caller("bob", from: 100 + address)) }
    for number in 0..<1000 as Range<UInt32> {
      _ = Self.fail(&lock, Self.caller("user\(number)", from: 1000 + number))
    }
    #expect(lock.begin(ann, at: Self.start) == .locked(.seconds(1800)))
    #expect(lock.begin(Self.caller("bob", from: 7), at: Self.start) == .locked(.seconds(1800)))
    #expect(lock.begin(Self.caller("bob", from: 100, isKnown: true), at: Self.start) == .tried)
  }

  @Test func whatWasNotTriedLeavesNothing() {
    var lock = LoginLock()
    for number in 0..<1000 {
      let caller = Self.caller("user\(number)")
      #expect(lock.begin(caller, at: Self.start) == .tried)
      if number % 2 == 0 {
        lock.abandon(caller, at: Self.start)
      } else {
        lock.succeed(caller, at: Self.start)
      }
    }
    #expect(lock.count == 0)
  }

  @Test func fiftyFailuresOfANetworkHoldItOffByAnyName() {
    var lock = LoginLock()
    for number in 0..<50 { #expect(!Self.fail(&lock, Self.caller("user\(number)"))) }
    let later = Self.start + .seconds(200)
    for caller in [Self.caller("new"), Self.caller("ann", isKnown: true)] {
      #expect(lock.begin(caller, at: later) == .limited(.seconds(400)))
    }
    // Others, browsers that are known, and who is exempt go on.
    for caller in [Self.caller(from: 2), Self.caller(device: "d"), Self.caller("root", isExempt: true)] {
      #expect(lock.begin(caller, at: later) == .tried)
    }
    // What is refused prolongs nothing.
    #expect(lock.begin(Self.caller("new"), at: Self.start + .seconds(600)) == .tried)
  }

  @Test func aKnownBrowserIsNotLockedByItsNetwork() {
    var lock = LoginLock()
    let colleague = Self.caller()
    for _ in 0..<5 { _ = Self.fail(&lock, colleague) }
    let ann = Self.caller(device: "hers")
    #expect(lock.begin(ann, at: Self.start) == .tried)
    lock.succeed(ann, at: Self.start)
    // Which ends nothing for the colleague.
    #expect(lock.begin(colleague, at: Self.start) == .locked(.seconds(1800)))
  }

  @Test func aKnownBrowserGuessesNoMoreFromManyNetworks() {
    var lock = LoginLock()
    var tried = 0
    for address in 0..<100 as Range<UInt32> {
      let thief = Self.caller(from: address, device: "stolen")
      if lock.begin(thief, at: Self.start) == .tried {
        tried += 1
        _ = lock.fail(thief, at: Self.start)
      }
    }
    #expect(tried == 5)
    #expect(lock.begin(Self.caller(from: 7, device: "hers"), at: Self.start) == .tried)
    #expect(lock.begin(Self.caller(from: 7), at: Self.start) == .tried)
  }

  @Test func addressesOfOneNetworkAreOne() throws {
    #expect(LoginNetwork(.v6(1, 2)) == LoginNetwork(.v6(1, 3)))
    #expect(LoginNetwork(.v6(1, 2)) != LoginNetwork(.v6(2, 2)))
    #expect(LoginNetwork(.v4(1)) != LoginNetwork(.v6(1, 0)))
    #expect(LoginNetwork(.v4(0x7F00_0001)).text == "127.0.0.1")
    #expect(LoginNetwork(.v6(0x2001_0DB8_0000_0000, 5)).text == "2001:db8::/64")
    #expect(LoginNetwork(nil).text == nil)
    #expect(LoginName("Ann@Example.org") == LoginName("ann@example.ORG"))
    #expect(LoginName("Ann") == LoginName("ann"))
    let id = try #require(UserID(7))
    #expect(LoginName(id) == LoginName(id))
    for text in ["7", "user:7"] { #expect(LoginName(id) != LoginName(text)) }
  }

  /// Whatever comes: no pair has more than five wrong passwords tried in half an hour, all strangers together no more than
  /// fifty, and a lock that is told gets shorter with the time.
  @Test(arguments: 0..<16 as Range<UInt64>) func holdsWhateverComes(_ seed: UInt64) {
    var random = Random(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
    var lock = LoginLock()
    var now = Self.start
    var failures: [LoginLock.Caller: [MonotonicTime]] = [:]
    var strangers: [MonotonicTime] = []
    var ends: [LoginLock.Caller: MonotonicTime] = [:]
    for _ in 0..<2000 {
      now = now + .seconds(Int(random.next() % 40))
      let caller = Self.caller(from: UInt32(random.next() % 24))
      switch lock.begin(caller, at: now) {
      case .tried:
        #expect(ends[caller].map { now >= $0 } ?? true)
        if random.next() % 50 == 0 {
          lock.succeed(caller, at: now)
          failures[caller] = []
        } else {
          _ = lock.fail(caller, at: now)
          failures[caller, default: []].append(now)
          strangers.append(now)
        }
      case .locked(let rest):
        #expect(rest > .zero && rest <= LoginLock.time)
        // No lock is renewed while it holds.
        if let end = ends[caller], now < end { #expect(now + rest >= end) }
        ends[caller] = now + rest
      case .busy, .limited: Issue.record("nothing runs")
      }
      strangers.removeAll { now - $0 >= LoginLock.time }
      let recent = failures[caller, default: []].filter { now - $0 < LoginLock.time }
      #expect(recent.count <= LoginLock.pairLimit)
      #expect(strangers.count <= LoginLock.nameLimit)
    }
  }
}

/// Xorshift, so that a seed says all.
private struct Random {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state >> 11
  }
}
