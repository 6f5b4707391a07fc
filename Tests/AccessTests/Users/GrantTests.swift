import Limits
import System
import Testing

@testable import Access

/// What keys, users and teams give together.
@Suite struct GrantTests {
  private static let now = Timestamp(millisecondsSince1970: 1_700_000_000_000)
  private let ann = UserRecordTests.user(1, "ann")

  private func key(_ change: (inout KeyRecord) -> Void = { _ in }) -> KeyRecord {
    let text = KeyText()
    var record = KeyRecord(id: text.id, name: "k", secret: text.secret, createdAt: Self.now)
    change(&record)
    return record
  }

  private func directory(
    _ keys: [KeyRecord], _ users: [UserRecord], _ teams: [TeamRecord] = []
  ) -> KeyDirectory {
    KeyDirectory(keys: keys, users: users, teams: teams, isClosed: true)
  }

  @Test func aKeyActsAsItsUser() {
    let (hers, nobodys) = (key { $0.user = ann.name }, key())
    let directory = directory([hers, nobodys], [ann])
    #expect(directory[hers.id]?.principal.id == .user(ann.id) && directory[hers.id]?.user == ann)
    #expect(directory[nobodys.id]?.principal.id == .key(nobodys.id))
    #expect(directory.user(ann.id)?.principal.id == .user(ann.id) && directory.user(ann.id)?.key == nil)
    #expect(directory.user(ann.id)?.holder == .user(ann.id) && directory[hers.id]?.holder == .key(hers.id))
  }

  @Test func keysOfWhoIsDisabledOrGoneAreDisabled() {
    var record = key { $0.user = ann.name }
    #expect(directory([record], [ann])[record.id]?.fault(at: Self.now) == nil)
    var disabled = ann
    disabled.isDisabled = true
    let without = directory([record], [disabled])
    #expect(without[record.id]?.fault(at: Self.now) == .disabled)
    #expect(without.user(ann.id)?.fault(at: Self.now) == .disabled)
    #expect(directory([record], [])[record.id]?.fault(at: Self.now) == .disabled)
    // Whom the operator's file names is known by that.
    record.source = .file
    let ofFile = directory([record], [])[record.id]
    #expect(ofFile?.fault(at: Self.now) == nil && ofFile?.principal.id == .keyUser(record.id, ann.name))
  }

  @Test func whoMakesAKeyGivesItNoMoreThanHeHas() {
    var user = ann
    user.scopes = [.chat, .adminRead]
    let own = key {
      ($0.user, $0.isMadeByUser) = (user.name, true)
      $0.scopes = [.chat, .inference, .admin]
    }
    let given = key {
      $0.user = user.name
      $0.scopes = [.inference]
    }
    let orphan = key { $0.isMadeByUser = true }
    let directory = directory([own, given, orphan], [user])
    #expect(directory[own.id]?.scopes == [.chat, .adminRead])
    #expect(directory[given.id]?.scopes == .inference)
    #expect(directory[orphan.id]?.scopes == [])
    #expect(directory.user(user.id)?.scopes == [.chat, .adminRead])
  }

  @Test func modelsAreThoseOfAll() {
    var user = ann
    user.models = ModelRules(["llama3*"])
    user.team = TeamName("research")
    let team = TeamRecord(name: TeamName("research")!, models: ModelRules(["!*:70b"]), createdAt: Self.now)
    let other = TeamRecord(name: TeamName("other")!, createdAt: Self.now)
    let hers = key {
      $0.user = user.name
      $0.models = ModelRules(["*:8b", "*:70b"])
    }
    let ofOther = key { ($0.user, $0.team) = (user.name, other.name) }
    let directory = directory([hers, ofOther], [user], [team, other])
    let grant = directory[hers.id]
    #expect(grant?.team?.name == team.name && directory[ofOther.id]?.team?.name == other.name)
    #expect(grant?.restrictsModels == true && grant?.looksAtOtherNames == true)
    #expect(grant?.allows("llama3:8b") == true)
    for closed in ["llama3:70b", "llama3:1b", "qwen:8b"] {
      #expect(grant?.allows(closed) == false, "\(closed)")
    }
    #expect(directory[ofOther.id]?.allows("llama3:70b") == true)
    #expect(directory.user(user.id)?.allows("llama3:1b") == true)
    #expect(directory.user(user.id)?.allows("llama3:70b") == false)
  }

  @Test func usersAreFoundByAllThatIsTheirs() {
    let identity = IssuerIdentity(issuer: "https://a", subject: "s")!
    var bob = UserRecordTests.user(2, "bob")
    (bob.email, bob.identities) = ("Bob@Example.org", [identity])
    let directory = directory([], [bob, ann])
    #expect(directory.allUsers.map(\.user) == [ann, bob] && !directory.isEmpty)
    #expect(
      directory.user(named: bob.name)?.user == bob && directory.user(email: "bob@example.ORG")?.user == bob)
    #expect(directory.user(identity: identity)?.user == bob)
    let elsewhere = IssuerIdentity(issuer: "https://b", subject: "s")!
    #expect(directory.user(identity: elsewhere) == nil)
    #expect(directory.user(email: "") == nil && directory.user(email: "é@x") == nil)
    #expect(UserName("Bob").flatMap { directory.user(named: $0) } == nil)
  }

  /// A token's grant goes on with what its issuer has said.
  @Test func whatHasBecomeOfAGrant() throws {
    let team = TeamRecord(name: TeamName("research")!, createdAt: Self.now)
    let record = key()
    let first = directory([record], [ann], [team])
    let token = Grant(
      ann, team: team, said: Grant.Said(team: team.name, scopes: [.inference, .admin]))
    #expect(token.scopes == [.inference, .admin, .adminRead])
    #expect(first.current(token) === token)
    #expect(first.current(try #require(first[record.id])) === first[record.id])
    var changed = ann
    changed.limits = LimitSet(rpm: 1)
    let second = directory([], [changed], [])
    let now = second.current(token)
    #expect(now?.user == changed && now?.team == nil && now?.scopes == token.scopes)
    #expect(second.current(try #require(first.user(ann.id))) === second.user(ann.id))
    #expect(second.current(try #require(first[record.id])) == nil)
    #expect(directory([], []).current(token) == nil)
  }

  @Test func manyUsers() {
    let users = (1...10_000).map { number in
      UserRecordTests.user(Int64(number), "user-\(number)") { $0.email = "u\(number)@example.org" }
    }
    let directory = directory([], users)
    #expect(directory.allUsers.count == 10_000)
    #expect(directory.user(email: "U9999@example.org")?.user?.id.number == 9999)
  }

  @Test(arguments: ["", "0", "01", "-1", "+1", "1 ", "a", "1000000000000000000", "99999999999999999999"])
  func noNumbers(_ text: String) { #expect(UserID(text) == nil) }

  @Test func numbers() {
    #expect(UserID("999999999999999999")?.text == "999999999999999999" && UserID("7")?.number == 7)
    #expect(UserID(Int64.max) == nil && UserID(Int64.min) == nil)
  }
}
