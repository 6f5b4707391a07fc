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

  private func makeDesk(_ work: Work) async throws -> SignInDesk {
    let hash = try await PasswordChecker(cost: Self.cost).make(Self.password).text
    let cheap = try await PasswordChecker(cost: 4).make(Self.password).text
    let users = [
      try user(1, "ann") { ($0.passwordHash, $0.email) = (hash, "ann@example.org") },
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
    _ name: String, _ password: String, _ desk: SignInDesk, _ work: Work, from address: UInt32
  ) async -> Told {
    let place = SignInPlace(network: LoginNetwork(.v4(address)))
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
    // What bcrypt would cut is compared with nothing, whoever it is said of.
    let cut = Told(status: 401, detail: expected.detail, rounds: 0)
    for (address, name) in zip(UInt32(100)..., Self.names) {
      let long = await told(name, String(repeating: "x", count: 73), desk, work, from: address)
      #expect(long == cut, "\(name)")
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
    for name in names {
      var one: [Told] = []
      for _ in 0..<7 {
        let told = await told(name, "Wrong-Horse-9!", desk, work, from: 9)
        // The time of day at which it ends is that of the attempt.
        let words = told.detail.prefix { !$0.isNumber }
        one.append(Told(status: told.status, detail: String(words), rounds: told.rounds))
      }
      #expect(await told(name, Self.password, desk, work, from: 9).rounds == 0, "\(name)")
      all.append(one)
    }
    let first = try #require(all.first)
    #expect(first.map(\.status) == [401, 401, 401, 401, 403, 403, 403])
    #expect(first.map(\.rounds) == [64, 64, 64, 64, 64, 0, 0])
    for (name, one) in zip(names, all) { #expect(one == first, "\(name)") }
  }
}
