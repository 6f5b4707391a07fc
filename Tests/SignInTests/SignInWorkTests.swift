import Access
import AccessStorage
import Accounts
import Handling
import Logging
import Passwords
import System
import Testing

@testable import SignIn

/// What a sign-in that fails costs and says: the same, whether there is such a user or not. The work is counted, and no time is taken.
@Suite("Work of sign-ins") struct SignInWorkTests {
  private static let password = "Correct-Horse-9!"
  private static let cost = 6

  /// The rounds of bcrypt that were taken.
  private final class Work: Sendable {
    private let costs = Lock<[Int]>([])

    func note(_ cost: Int) { costs.withLock { $0.append(cost) } }

    /// Since it was asked last.
    func take() -> Int {
      costs.withLock { costs in
        defer { costs = [] }
        return costs.reduce(0) { $0 + 1 << $1 }
      }
    }
  }

  private func user(_ number: Int64, _ name: String, _ change: (inout UserRecord) -> Void) throws
    -> UserRecord
  {
    var user = UserRecord(
      id: try #require(UserID(number)), name: try #require(UserName(name)), createdAt: .now)
    change(&user)
    return user
  }

  /// - Parameter places: from where ann has signed in.
  private func makeDesk(_ work: Work, places: [String] = []) async throws -> SignInDesk {
    let hash = try await PasswordChecker(cost: Self.cost).make(Self.password).text
    let cheap = try await PasswordChecker(cost: 4).make(Self.password).text
    let users = [
      try user(1, "ann") {
        ($0.passwordHash, $0.email) = (hash, "ann@example.org")
        $0.places = places.map { UserRecord.Place(place: $0, seenAt: .now) }
      },
      try user(2, "disabled") { ($0.passwordHash, $0.isDisabled) = (hash, true) },
      try user(3, "without") { $0.email = "without@example.org" },
      try user(4, "cheap") { $0.passwordHash = cheap },
      try user(5, "root") { ($0.passwordHash, $0.scopes) = (hash, [.admin]) },
    ]
    let control = AccessControl(directory: KeyDirectory(keys: [], users: users, teams: [], isClosed: true))
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    return SignInDesk(
      control, AccessKeeper(nil, for: control), SignInKeeper(nil, for: control), nil,
      PasswordChecker(cost: Self.cost) { work.note($0) }, AuditLog(logger))
  }

  /// What somebody is told.
  private struct Told: Equatable {
    let status: Int
    let detail: String
    let rounds: Int
  }

  private func told(
    _ name: String, _ password: String, _ desk: SignInDesk, _ work: Work, from address: UInt32,
    with devices: [UserCookie] = []
  ) async -> Told {
    let place = SignInPlace(network: LoginNetwork(.v4(address)), devices: devices)
    do throws(RequestFailure) {
      _ = try await desk.user(NameAndPassword(name: name, password: password), from: place)
      return Told(status: 200, detail: "", rounds: work.take())
    } catch {
      return Told(status: error.status, detail: error.detail, rounds: work.take())
    }
  }

  /// By name and by e-mail address; who is there, is disabled, has no password, or one that was brought along.
  private static let names = [
    "nobody", "nobody@example.org", "ann", "ann@example.org", "ANN@example.org", "disabled", "without",
    "without@example.org", "cheap", "root", "an na", "", "\u{E4}nn", String(repeating: "n", count: 128),
  ]

  @Test func aWrongPasswordTakesTheSameWork() async throws {
    let work = Work()
    let desk = try await makeDesk(work)
    let expected = Told(status: 401, detail: "Incorrect username or password", rounds: 1 << Self.cost)
    for (address, name) in zip(UInt32(1)..., Self.names) {
      for password in ["Wrong-Horse-9!", "", Self.password + " "] {
        #expect(await told(name, password, desk, work, from: address) == expected, "\(name)")
      }
    }
    // What bcrypt would cut costs as much, whoever it is said of.
    for (address, name) in zip(UInt32(100)..., Self.names) {
      let long = await told(name, String(repeating: "x", count: 73), desk, work, from: address)
      #expect(long == expected, "\(name)")
    }
  }

  @Test func theRightOneTakesItToo() async throws {
    let work = Work()
    let desk = try await makeDesk(work)
    for name in ["ann", "ann@example.org", "cheap", "root"] {
      let one = await told(name, Self.password, desk, work, from: 1)
      #expect(one == Told(status: 200, detail: "", rounds: 1 << Self.cost), "\(name)")
    }
    // That he is disabled is told to him alone.
    let disabled = await told("disabled", Self.password, desk, work, from: 1)
    #expect(disabled.status == 403 && disabled.rounds == 1 << Self.cost)
    for name in ["without", "nobody"] {
      #expect(await told(name, Self.password, desk, work, from: 1).status == 401)
    }
  }

  /// Attempt after attempt, until it is locked and afterwards.
  @Test func locksTellNothing() async throws {
    let work = Work()
    let desk = try await makeDesk(work)
    var all: [[Told]] = []
    // An address in other letters is the same.
    let names = Self.names.filter { !$0.hasPrefix("ANN") }
    for (address, name) in zip(UInt32(1)..., names) {
      var one: [Told] = []
      for _ in 0..<7 {
        let told = await told(name, "Wrong-Horse-9!", desk, work, from: address)
        // The time of day at which it ends is that of the attempt.
        let words = told.detail.prefix { !$0.isNumber }
        one.append(Told(status: told.status, detail: String(words), rounds: told.rounds))
      }
      #expect(await told(name, Self.password, desk, work, from: address).rounds == 0, "\(name)")
      all.append(one)
    }
    let first = try #require(all.first)
    #expect(first.map(\.status) == [401, 401, 401, 401, 403, 403, 403])
    #expect(first.map(\.rounds) == [64, 64, 64, 64, 64, 0, 0])
    for (name, one) in zip(names, all) { #expect(one == first, "\(name)") }
  }

  /// Name and address of one user are no more guesses than one of them, and nobody is told that they are one user's.
  @Test func nameAndAddressAreOneUser() async throws {
    let work = Work()
    let desk = try await makeDesk(work)
    for _ in 0..<5 { _ = await told("ann", "Wrong-Horse-9!", desk, work, from: 9) }
    #expect(await told("ann", Self.password, desk, work, from: 9).status == 403)
    var all: [[Told]] = []
    for (name, password) in [("ann@example.org", Self.password), ("nobody@example.org", "Wrong-Horse-9!")] {
      var one: [Told] = []
      for _ in 0..<5 { one.append(await told(name, password, desk, work, from: 9)) }
      all.append(one)
    }
    #expect(all[0] == all[1] && all[0].map(\.status) == [401, 401, 401, 401, 403])
    #expect(await told("ann@example.org", Self.password, desk, work, from: 10).status == 200)
  }

  @Test func aKnownBrowserIsByItself() async throws {
    let work = Work()
    let (hers, strange) = (UserCookie(), UserCookie())
    let desk = try await makeDesk(work, places: [SignInPlace.text(of: hers)])
    for _ in 0..<5 { _ = await told("ann", "Wrong-Horse-9!", desk, work, from: 9) }
    #expect(await told("ann", Self.password, desk, work, from: 9, with: [strange]).status == 403)
    #expect(await told("ann", Self.password, desk, work, from: 9, with: [strange, hers]).status == 200)
    // Wherever it is, it has five guesses, by name and address together.
    var statuses: [Int] = []
    for address in 20..<23 as Range<UInt32> {
      for name in ["ann", "ann@example.org"] {
        statuses.append(
          await told(name, "Wrong-Horse-9!", desk, work, from: address, with: [hers]).status)
      }
    }
    #expect(statuses.allSatisfy { $0 == 401 })
    #expect(await told("ann", Self.password, desk, work, from: 24, with: [hers]).status == 401)
    // Another's it is not.
    #expect(await told("root", Self.password, desk, work, from: 25, with: [hers]).status == 200)
  }

  @Test func aNetworkThatFailsByManyNamesIsHeldOff() async throws {
    let work = Work()
    let desk = try await makeDesk(work)
    for number in 0..<50 {
      #expect(await told("user\(number)", "Wrong-Horse-9!", desk, work, from: 9).status == 401)
    }
    let held = await told("ann", Self.password, desk, work, from: 9)
    #expect(held.status == 429 && held.rounds == 0 && held.detail.hasPrefix("Rate limit exceeded"))
    #expect(await told("ann", Self.password, desk, work, from: 10).status == 200)
  }

  @Test func aSignInRenewsWhatABrowserIsKnownBy() throws {
    var user = try user(1, "ann") { $0.places = [UserRecord.Place(place: "browser:1", seenAt: .now)] }
    user.noteSignIn(from: ["192.0.2.1", "browser:2"], insteadOf: ["browser:1"], at: .now)
    #expect(user.places.map(\.place) == ["192.0.2.1", "browser:2"])
    // With another password, and with all sign-ins, it is over.
    var other = user
    other.setPassword("hash", at: .now)
    #expect(other.places.isEmpty)
    user.endSignIns(at: .now)
    #expect(user.places.isEmpty)
  }
}
