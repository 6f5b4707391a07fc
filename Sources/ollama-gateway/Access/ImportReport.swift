import Access
import Administration
import ChatClient

/// Says of each user of the first system what has become of him, a line on standard output, and how many there were.
struct ImportReport {
  /// A row, and what has become of it.
  struct Line {
    let row: FirstSystemUser
    let outcome: UserImport.Outcome

    /// Nil where that is not known yet.
    var words: String? {
      let name = row.name.isEmpty ? "number \(row.id)" : KeyRedaction.text(row.name)
      switch outcome {
      case .added(let user, let notes):
        let more = (["number \(user.id)"] + notes.map(\.description)).joined(separator: "; ")
        return "\(user.name): taken over (\(more))"
      case .isThere(let other, let id):
        let who = other.text.utf8.elementsEqual(name.utf8) ? "" : " as \(other)"
        return "\(name): is here already\(who) (number \(id)), and stays as he is"
      case .refused(let refusal): return "\(name): not taken over, as \(refusal)"
      case .later: return nil
      }
    }
  }

  private let isDry: Bool
  private(set) var added = 0
  private(set) var refused = 0
  private var known = 0
  /// Rows of which it is not known yet.
  private(set) var deferred: [FirstSystemUser] = []

  /// - Parameter isDry: whether nothing is changed.
  init(isDry: Bool) { self.isDry = isDry }

  mutating func add(_ lines: [Line]) {
    for line in lines {
      switch line.outcome {
      case .added: added += 1
      case .isThere: known += 1
      case .refused: refused += 1
      case .later: deferred.append(line.row)
      }
      guard let words = line.words else { continue }
      print(TerminalText.line(words))
    }
  }

  func end() {
    StandardError.write(
      "\(isDry ? "nothing was changed; it would be: " : "")\(added) taken over, \(known) here already, \(refused) not taken over\n"
    )
  }
}
