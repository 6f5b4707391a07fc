import Access
import Configuration
import Glibc
import System

/// A line of the system's log for each administrative act of a subcommand: who has done what to which key, user, team or
/// sessions. Never a key, a password or the secret of a link.
///
/// The running service sees what was changed, and logs that, but not by whom; and there may be none. The system's log has both, and is
/// not the caller's to write over. Where there is no such log, as in a container, nothing is written.
struct CommandAudit {
  /// What was done.
  enum Act: String {
    case makeKey = "key.make"
    case changeKey = "key.change"
    case rotateKey = "key.rotate"
    case deleteKey = "key.delete"
    case putTeam = "team.put"
    case deleteTeam = "team.delete"
    case makeUser = "user.make"
    case changeUser = "user.change"
    case deleteUser = "user.delete"
    case makeReset = "user.reset"
    case makeVerification = "user.verification"
    case unlockUser = "user.unlock"
    case signOutUser = "user.sign-out"
    case adoptSessions = "sessions.adopt"
  }

  private let act: Act
  private let key: KeyRecord?
  private let user: UserRecord?
  private let team: TeamName?
  private let changes: [String]
  private let sessions: Int?

  /// - Parameters:
  ///   - key: the key that it was done to.
  ///   - user: the user that it was done to.
  ///   - team: the team that it was done to.
  ///   - changes: the names of the members that were changed.
  ///   - sessions: how many it was done to.
  init(
    _ act: Act, key: KeyRecord? = nil, user: UserRecord? = nil, team: TeamName? = nil, changes: [String] = [],
    sessions: Int? = nil
  ) {
    self.act = act
    self.key = key
    self.user = user
    self.team = team
    self.changes = changes
    self.sessions = sessions
  }

  /// - Parameters:
  ///   - caller: the user of the process.
  ///   - login: who has logged in, before `sudo` made him another; nil where nobody has.
  func line(by caller: uid_t, login: String?) -> String {
    var words = ["audit", "act=\(act.rawValue)"]
    // Names are written by people: nothing in them begins another word or line.
    if let key { words += ["key=\(key.id)", "name=\"\(key.name.escapedForMessage)\""] }
    if let user { words += ["user=\(user.id)", "user_name=\(user.name.text.escapedForMessage)"] }
    if let team { words.append("team=\(team)") }
    if !changes.isEmpty { words.append("changed=\(changes.joined(separator: ","))") }
    if let sessions { words.append("sessions=\(sessions)") }
    words.append("by_uid=\(caller)")
    if let login { words.append("by_login_uid=\(login)") }
    return words.joined(separator: " ")
  }

  /// Writes it.
  func write() {
    let line = line(by: getuid(), login: Self.login)
    line.withCString { text in
      withVaList([OpaquePointer(text)]) { vsyslog(LOG_NOTICE | LOG_AUTH, "%s", $0) }
    }
  }

  /// As the kernel keeps it for the whole session.
  private static var login: String? {
    let descriptor = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let bytes = try? BlockingIO.readAll(descriptor, limit: 16) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    // That is -1: nobody.
    return text.isEmpty || text == "\(uid_t.max)" || !text.allSatisfy(\.isNumber) ? nil : text
  }
}
