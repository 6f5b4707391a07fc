import Access
import System
import Testing

@testable import Administration

/// Whom an administrator means.
@Suite struct MeantUserTests {
  private func user(
    _ number: Int64, _ name: String, _ email: String? = nil, _ change: (inout UserRecord) -> Void = { _ in }
  ) throws -> UserRecord {
    var user = UserRecord(
      id: try #require(UserID(number)), name: try #require(UserName(name)), createdAt: Reading.now)
    user.email = email
    change(&user)
    return user
  }

  private func directory(_ users: UserRecord...) -> KeyDirectory {
    KeyDirectory(keys: [], users: users, teams: [], isClosed: true)
  }

  @Test func byNameNumberOrAddress() throws {
    let (ann, one) = (try user(7, "ann", "Ann@example.org"), try user(8, "7"))
    let directory = directory(ann, one)
    for text in ["ann", "ANN", "ann@EXAMPLE.org", "user:7"] {
      #expect(directory.user(meantBy: text) == .one(ann))
    }
    for text in ["8", "user:8"] { #expect(directory.user(meantBy: text) == .one(one)) }
    #expect(directory.user(meantBy: "7") == .two(one, ann))
    for text in ["", "9", "user:9", "an", "x@example.org"] {
      #expect(directory.user(meantBy: text) == .none)
    }
    #expect(directory.accountName(of: "ann@example.org") == "ann")
    // Somebody else's account may be called so.
    #expect(directory.accountName(of: "Ann") == "Ann")
  }

  /// A store of before may have two that differ in upper and lower case alone.
  @Test func whoIsCalledSoExactlyComesFirst() throws {
    let (small, large) = (try user(7, "ann"), try user(8, "Ann"))
    let both = directory(small, large)
    for (text, user) in [("ann", small), ("Ann", large), ("ANN", small)] {
      #expect(both.user(meantBy: text) == .one(user))
    }
    for text in ["Ann", "ann", "aNN"] { #expect(directory(large).user(meantBy: text) == .one(large)) }
  }

  /// A store of before may have somebody who is called by another's address.
  @Test func aNameThatIsAnothersAddressMeansBoth() throws {
    let (ann, mallory) = (try user(7, "ann", "ann@example.org"), try user(8, "ann@example.org"))
    #expect(directory(ann, mallory).user(meantBy: "ann@example.org") == .two(mallory, ann))
    let own = try user(9, "eve@example.org", "eve@example.org") { $0.isEmailClaimed = true }
    #expect(directory(own).user(meantBy: "eve@example.org") == .one(own))
  }

  @Test func anAddressThatNobodyElseHasSaidIsUnsure() throws {
    let claimed = try user(7, "mallory", "root@example.org") { $0.isEmailClaimed = true }
    #expect(directory(claimed).user(meantBy: "root@example.org") == .unsure(claimed))
    #expect(directory(claimed).user(meantBy: "mallory") == .one(claimed))
    var verified = claimed
    verified.verifiedAt = Reading.now
    #expect(directory(verified).user(meantBy: "root@example.org") == .one(verified))
    // An administrator has said so.
    var edit = UserEdit(of: claimed)
    edit.set(.email) { $0.email = claimed.email }
    var given = claimed
    edit.apply(to: &given, at: Reading.now)
    #expect(directory(given).user(meantBy: "root@example.org") == .one(given))
  }

  /// A link that was made for one address shows no other to be his.
  @Test func anotherAddressEndsLinks() throws {
    var ann = try user(7, "ann", "ann@example.org")
    ann.makeVerification(LinkSecret(), at: Reading.now)
    ann.makeReset(LinkSecret(), at: Reading.now)
    var edit = UserEdit(of: ann)
    edit.set(.email) { $0.email = "other@example.org" }
    var moved = ann
    edit.apply(to: &moved, at: Reading.now)
    #expect(moved.verification == nil && moved.reset == nil)
    var unverifying = UserEdit(of: ann)
    unverifying.set(.verifiedAt) { $0.verifiedAt = nil }
    var unverified = ann
    unverifying.apply(to: &unverified, at: Reading.now)
    #expect(unverified.verification == nil && unverified.reset != nil)
  }
}
