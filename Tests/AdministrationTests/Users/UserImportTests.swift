import Access
import System
import Testing

@testable import Administration

/// What becomes of the first system's users.
@Suite struct UserImportTests {
  private static let hash = "$2b$12$" + String(repeating: "a", count: 53)

  private func row(_ id: Int, _ name: String, _ email: String? = nil, hash: String? = hash) -> FirstSystemUser
  {
    FirstSystemUser(id: id, escapedName: name, email: email, passwordHash: hash)
  }

  private func user(_ id: Int64, _ name: String, email: String? = nil) throws -> UserRecord {
    var user = UserRecord(
      id: try #require(UserID(id)), name: try #require(UserName(name)), createdAt: Reading.now)
    user.email = email
    return user
  }

  private func importing(_ users: [UserRecord] = [], highestID: Int64 = 0) -> UserImport {
    UserImport(beside: users, highestID: highestID, at: Reading.now)
  }

  @Test func aUserWithEverything() throws {
    var row = row(7, "ann&amp;co", "Ann@Example.org")
    row.escapedFullName = "Ann O&#x27;Hara"
    row.isVerified = true
    (row.createdAt, row.lastLoginAt) = (Reading.now.adding(.seconds(-60)), Reading.now.adding(.seconds(-6)))
    (row.updatedAt, row.passwordChangedAt) = (
      Reading.now.adding(.seconds(-5)), Reading.now.adding(.seconds(-4))
    )
    var plan = importing()
    var expected = try user(7, "ann&co", email: "Ann@Example.org")
    expected.fullName = "Ann O'Hara"
    expected.passwordHash = Self.hash
    expected.createdAt = Reading.now.adding(.seconds(-60))
    expected.verifiedAt = expected.createdAt
    expected.lastLoginAt = row.lastLoginAt
    (expected.updatedAt, expected.passwordChangedAt) = (row.updatedAt, row.passwordChangedAt)
    #expect(plan.take(row) == .added(expected, notes: []))
    #expect(expected.scopes == Scopes.Preset.standard.scopes)
    #expect(plan.renumbered().isEmpty)
  }

  @Test func nobodyBecomesAnAdministrator() throws {
    var row = row(1, "root")
    row.isAdministrator = true
    var plan = importing()
    guard case .added(let record, let notes) = plan.take(row) else {
      Issue.record("not added")
      return
    }
    #expect(!record.scopes.contains(.admin) && !record.scopes.contains(.adminRead))
    #expect(notes == [.noAdministrator])
  }

  /// He would be taken for somebody else, or show a key to all who read his name.
  @Test func whoseNameNobodyGetsIsCalledByHisAddress() throws {
    let key = KeyText().text
    for name in ["user:1", "key:0123456789Az", "proxy/user:ann", key] {
      var plan = importing()
      guard case .added(let record, let notes) = plan.take(row(7, name, "ann@example.org")) else {
        Issue.record("not added: \(name)")
        continue
      }
      #expect(record.name.text == "ann@example.org" && notes == [.calledByEmail(instead: name)])
      #expect(!notes.map(\.description).joined().contains(key.dropFirst(20)))
      #expect(plan.take(row(8, name)) == .refused(.name))
      #expect(plan.take(row(9, name, "\(key)@x")) == .refused(.name))
    }
    var plan = importing()
    // Who has only digits for his name is told apart where it matters.
    guard case .added(let record, _) = plan.take(row(7, "4711")) else {
      Issue.record("not added")
      return
    }
    #expect(record.name.text == "4711")
  }

  @Test func whoIsDisabledThereIsDisabledHere() throws {
    var row = row(1, "gone")
    row.isActive = false
    var plan = importing()
    guard case .added(let record, let notes) = plan.take(row) else {
      Issue.record("not added")
      return
    }
    #expect(record.isDisabled && notes == [.disabled])
  }

  @Test(arguments: [nil, "", "md5", "$2x$12$" + String(repeating: "a", count: 53)] as [String?])
  func aHashOfAnotherKindIsNoPassword(_ hash: String?) throws {
    var plan = importing()
    guard case .added(let record, let notes) = plan.take(row(1, "ann", hash: hash)) else {
      Issue.record("not added")
      return
    }
    #expect(record.passwordHash == nil && notes == [.withoutPassword])
  }

  @Test("The same table again adds nobody") func again() throws {
    let rows = [
      row(1, "ann", "ann@example.org"), row(2, "Zoë", "zoe@example.org"), row(5, "bob"), row(0, "odd"),
    ]
    var first = importing([try user(1, "root")], highestID: 1)
    var records = [try user(1, "root")]
    var outcomes = rows.map { first.take($0) }
    outcomes += first.renumbered().map(\.outcome)
    for case .added(let record, _) in outcomes { records.append(record) }
    #expect(records.map(\.name.text) == ["root", "zoe@example.org", "bob", "ann", "odd"])
    #expect(records.map(\.id.number) == [1, 2, 5, 6, 7])
    var second = importing(records, highestID: 7)
    for row in rows {
      guard case .isThere = second.take(row) else {
        Issue.record("\(row.name) is there")
        continue
      }
    }
    #expect(second.renumbered().isEmpty)
  }

  @Test("An id that was somebody's who is gone is nobody else's") func idsAreNotGivenTwice() throws {
    var plan = importing(highestID: 4)
    #expect(plan.take(row(3, "ann")) == .later)
    guard case .added(let bob, _) = plan.take(row(5, "bob")) else {
      Issue.record("not added")
      return
    }
    #expect(bob.id.number == 5)
    let renumbered = plan.renumbered()
    #expect(renumbered.count == 1)
    guard case .added(let ann, let notes) = renumbered.first?.outcome else {
      Issue.record("not added")
      return
    }
    #expect(ann.id.number == 6 && notes == [.newID(instead: 3)])
  }

  @Test func whoHasTheSameEmailAddressIsThere() throws {
    let bobby = try user(3, "bobby", email: "Bob@example.org")
    var plan = importing([bobby], highestID: 3)
    #expect(plan.take(row(9, "bob", "bob@EXAMPLE.org")) == .isThere(bobby.name, bobby.id))
    // Of one table, too.
    _ = plan.take(row(10, "ann", "ann@example.org"))
    guard case .isThere(let name, _) = plan.take(row(11, "ann2", "ANN@example.org")) else {
      Issue.record("is there")
      return
    }
    #expect(name.text == "ann")
  }

  /// He would be taken for the other.
  @Test func whoIsCalledByAnothersAddressIsRefused() throws {
    var plan = importing([try user(3, "bob", email: "Bob@example.org")], highestID: 3)
    #expect(plan.take(row(9, "bob@EXAMPLE.org", "mallory@example.org")) == .refused(.address))
    guard case .added(let first, _) = plan.take(row(10, "Eve@example.org", "mallory@example.org")) else {
      Issue.record("not added")
      return
    }
    #expect(first.isEmailClaimed && !first.hasSureEmail)
    #expect(plan.take(row(11, "eve", "eve@example.ORG")) == .refused(.address))
    guard case .added(let own, _) = plan.take(row(12, "zoe@example.org", "Zoe@example.org")) else {
      Issue.record("not added")
      return
    }
    #expect(own.email == "Zoe@example.org")
  }

  /// They would be taken for each other.
  @Test func whoDiffersInCaseAloneIsCalledByHisAddress() throws {
    let ann = try user(3, "ann", email: nil)
    var plan = importing([ann], highestID: 3)
    #expect(plan.take(row(9, "Ann")) == .refused(.alike(ann.name)))
    guard case .added(let other, let notes) = plan.take(row(10, "ANN", "ann@example.org")) else {
      Issue.record("not added")
      return
    }
    #expect(other.name.text == "ann@example.org" && notes == [.calledByEmailBeside(ann.name, instead: "ANN")])
    // Again without doubling, of one table and of the next.
    #expect(plan.take(row(11, "ann")) == .isThere(ann.name, ann.id))
    guard case .isThere(let name, _) = plan.take(row(10, "ANN", "ann@example.org")) else {
      Issue.record("is there")
      return
    }
    #expect(name == other.name)
  }

  @Test func whoHasNoNameIsRefused() throws {
    var plan = importing()
    #expect(plan.take(row(1, "Zoë")) == .refused(.name))
    #expect(plan.take(row(2, "", "zoë@example.org")) == .refused(.name))
    guard case .added(let record, let notes) = plan.take(row(3, "bob", "bäd@example.org")) else {
      Issue.record("not added")
      return
    }
    #expect(record.email == nil && notes == [.withoutEmail])
  }

  @Test("An id that would leave few others is not kept, and where none is left nobody is added")
  func highIDs()
    throws
  {
    var plan = importing()
    #expect(plan.take(row(Int(Int32.max) + 1, "ann")) == .later)
    guard case .added(let ann, _) = plan.renumbered().first?.outcome else {
      Issue.record("not added")
      return
    }
    #expect(ann.id.number == 1)
    var full = importing(highestID: .max)
    #expect(full.take(row(1, "bob")) == .later)
    #expect(full.renumbered().map(\.outcome) == [.refused(.noID)])
  }

  @Test func whoseFullNameIsTooLong() throws {
    var row = row(1, "ann")
    row.escapedFullName = String(repeating: "x", count: 201)
    var plan = importing()
    guard case .added(let record, let notes) = plan.take(row) else {
      Issue.record("not added")
      return
    }
    #expect(record.fullName == nil && notes == [.withoutFullName])
  }
}
