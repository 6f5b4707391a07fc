import Sessions
import System

extension EventLog {
  @discardableResult
  func append(_ text: String, as kind: TextKind = .content) -> Appended {
    Array(text.utf8).withUnsafeBytes { append($0, as: kind) }
  }

  func end(_ outcome: GenerationOutcome) -> Bool {
    end(GenerationEnd(outcome: outcome, timestamp: Timestamp(millisecondsSince1970: 0)))
  }
}
