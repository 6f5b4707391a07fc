import Access
import System
import Testing

@testable import ollama_gateway

/// The line of the system's log that a subcommand writes.
@Suite struct CommandAuditTests {
  private func key(_ name: String) -> KeyRecord {
    let text = KeyText()
    return KeyRecord(id: text.id, name: name, secret: text.secret, createdAt: .now)
  }

  @Test func saysWhoHasDoneWhatToWhich() throws {
    let key = key("ci")
    #expect(
      CommandAudit(.makeKey, key: key).line(by: 0, login: "1000")
        == "audit act=key.make key=\(key.id) name=\"ci\" by_uid=0 by_login_uid=1000")
    #expect(
      CommandAudit(.changeKey, key: key, changes: ["limits", "disabled"]).line(by: 7, login: nil)
        == "audit act=key.change key=\(key.id) name=\"ci\" changed=limits,disabled by_uid=7")
    let team = try #require(TeamName("research"))
    #expect(
      CommandAudit(.putTeam, team: team).line(by: 0, login: nil)
        == "audit act=team.put team=research by_uid=0")
    #expect(
      CommandAudit(.adoptSessions, key: key, sessions: 3).line(by: 0, login: nil).contains(
        " sessions=3 by_uid"))
    let ann = UserRecord(
      id: try #require(UserID(7 as Int64)), name: try #require(UserName("ann")), createdAt: .now)
    #expect(
      CommandAudit(.adoptSessions, user: ann, sessions: 2).line(by: 0, login: nil)
        == "audit act=sessions.adopt user=7 user_name=ann sessions=2 by_uid=0")
  }

  @Test func aNameBeginsNoLine() {
    let line = CommandAudit(.deleteKey, key: key("a\n\u{1B}[2J audit act=key.make")).line(by: 0, login: nil)
    #expect(!line.contains("\n") && !line.contains("\u{1B}"))
  }
}
