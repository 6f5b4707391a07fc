import Access
import Accounts
import GatewayTesting
import System
import Testing

@testable import AccessStorage

/// How many sign-ins a user has at one time.
@Suite struct SignInKeeperTests {
  private let folder = TemporaryFolder()

  private func signIn(_ kind: SignInRecord.Kind, _ number: Int, seconds: Int) -> SignInRecord {
    let digits = "\(number)"
    guard let id = SignInID(String(repeating: "0", count: 20 - digits.utf8.count) + digits) else {
      preconditionFailure("no id")
    }
    return SignInRecord(
      id: id, user: UserRecord.sample(1).id, kind: kind, generation: 1, createdAt: .now,
      expiresAt: Timestamp.now.adding(.seconds(seconds)))
  }

  /// A program that signs in again and again ends sign-ins of programs.
  @Test func programsEndNoBrowser() async throws {
    let opened = try await OpenKeeper(folder)
    let signIns = SignInKeeper(opened.storage, for: opened.control)
    try await opened.keeper.add(UserRecord.sample(1))
    let browser = signIn(.cookie, 0, seconds: 60)
    try await signIns.put(browser)
    for number in 1...SignInTable.userLimit + 2 {
      try await signIns.put(signIn(.refresh, number, seconds: 1000 + number))
    }
    #expect(signIns[browser.id] == browser)
    // Those go that were not used for the longest.
    let kept = opened.control.signIns.all(of: UserRecord.sample(1).id)
    #expect(kept.count == SignInTable.userLimit + 1)
    #expect((1...3).map { signIns[signIn(.refresh, $0, seconds: 0).id] != nil } == [false, false, true])
    await opened.close()
  }
}
