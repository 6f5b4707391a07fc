import Access
import Limits
import System
import Testing

@testable import AccessStorage

/// What the log says of other processes' acts.
@Suite struct OutsideChangeTests {
  private func directory(
    _ keys: [KeyRecord], _ teams: [TeamRecord] = [], users: [UserRecord] = []
  ) -> KeyDirectory {
    KeyDirectory(keys: keys, users: users, teams: teams, isClosed: true)
  }

  private func key(_ number: Int) -> OutsideChange.Subject {
    let record = KeyRecord.sample(number)
    return .key(record.id, name: record.name)
  }

  @Test func whatWasDoneToKeysAndTeams() throws {
    var (changed, rotated, ofFile) = (KeyRecord.sample(2), KeyRecord.sample(3), KeyRecord.sample(5))
    changed.isDisabled = true
    changed.weight = 7
    rotated.secret = KeyRecord.sample(9).secret
    ofFile.source = .file
    var blue = TeamRecord.sample("blue")
    blue.limits.rpm = 7
    let before = directory([1, 2, 3].map { .sample($0) }, [.sample("blue"), .sample("red")])
    let now = directory([changed, rotated, .sample(4), ofFile], [blue, .sample("green")])
    let found = OutsideChange.changes(from: before, to: now)
    #expect(
      found.first == [
        OutsideChange(act: .changed(["weight", "disabled"]), subject: key(2)),
        OutsideChange(act: .rotated, subject: key(3)), OutsideChange(act: .made, subject: key(4)),
        OutsideChange(act: .deleted, subject: key(1)),
        OutsideChange(act: .changed(["limits"]), subject: .team(blue.name)),
        OutsideChange(act: .made, subject: .team(TeamRecord.sample("green").name)),
        OutsideChange(act: .deleted, subject: .team(TeamRecord.sample("red").name)),
      ])
    #expect(found.count == 7)
    #expect(OutsideChange.changes(from: now, to: now).count == 0)
  }

  /// By a reload.
  @Test func whatTheFileHasDone() {
    var (changed, rotated) = (KeyRecord.sample(2), KeyRecord.sample(3))
    changed.scopes = [.admin]
    rotated.secret = KeyRecord.sample(9).secret
    let before = [1, 2, 3].map { KeyRecord.sample($0) }
    let found = OutsideChange.changes(fromFile: before, to: [changed, rotated, .sample(4)])
    #expect(
      found.first == [
        OutsideChange(act: .changed(["scopes"]), subject: key(2)),
        OutsideChange(act: .rotated, subject: key(3)), OutsideChange(act: .made, subject: key(4)),
        OutsideChange(act: .deleted, subject: key(1)),
      ])
    #expect(found.count == 4)
    #expect(OutsideChange.changes(fromFile: before, to: before).count == 0)
    let many = OutsideChange.changes(fromFile: [], to: (1...150).map { .sample($0) })
    #expect(many.first.count == OutsideChange.limit && many.count == 150)
  }

  @Test func whatWasDoneToUsers() {
    func user(_ number: Int64) -> OutsideChange.Subject {
      let record = UserRecord.sample(number)
      return .user(record.id, name: record.name)
    }
    var (changed, seen) = (UserRecord.sample(2), UserRecord.sample(3))
    changed.isDisabled = true
    changed.endSignIns(at: .now)
    seen.lastLoginAt = .now
    seen.places = [UserRecord.Place(place: "192.0.2.0", seenAt: .now)]
    let before = directory([], users: [1, 2, 3].map { .sample($0) })
    let now = directory([], users: [changed, seen, .sample(4)])
    #expect(
      OutsideChange.changes(from: before, to: now).first == [
        OutsideChange(act: .changed(["disabled", "generation"]), subject: user(2)),
        OutsideChange(act: .made, subject: user(4)), OutsideChange(act: .deleted, subject: user(1)),
      ])
  }

  @Test func manyAreNotToldOneByOne() {
    let found = OutsideChange.changes(from: .empty, to: directory((1...250).map { .sample($0) }))
    #expect(found.first.count == OutsideChange.limit && found.count == 250)
  }
}
