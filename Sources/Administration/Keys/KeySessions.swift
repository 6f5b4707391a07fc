internal import Access
internal import Handling
internal import Sessions
internal import System

// A key that is given a user takes its sessions to him.
extension Administration {
  /// As long sessions are waited for in which an answer is under way, and so often they are looked at.
  private static let handOver = (tries: 120, interval: Duration.seconds(1))

  /// What was said by a key while it was nobody's is its user's from now on. Where an answer is under way it is as soon as that has ended,
  /// for some minutes.
  ///
  /// - Parameters:
  ///   - key: as it is now.
  ///   - edit: what was changed of it.
  func handOverSessions(of key: KeyRecord, after edit: KeyEdit, in registry: SessionRegistry) {
    guard edit.newUser != nil, let user = key.user.flatMap({ directory.user(named: $0) }) else { return }
    let principal = user.principal
    Task {
      for _ in 0..<Administration.handOver.tries {
        guard let adoption = try? await registry.adopt(sessionsOf: [.key(key.id)], by: principal),
          adoption.remaining > 0
        else { return }
        if adoption.adopted == 0 { try? await Task.sleep(for: Administration.handOver.interval) }
      }
    }
  }
}
