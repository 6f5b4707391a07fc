/// The neighbours of a session in one ``RecencyList``. Not owned, or freeing a list would recurse through it all: the
/// registry's table owns each session for as long as it is in a list.
struct RecencyLinks {
  unowned(unsafe) var older: Session?
  unowned(unsafe) var newer: Session?
}

/// Sessions in the order of their last update: a list through the sessions themselves, so that a touch costs the same
/// however many there are.
struct RecencyList {
  private(set) var oldest: Session?
  private(set) var newest: Session?
  /// Where a session has its neighbours in this list.
  private let links: ReferenceWritableKeyPath<Session, RecencyLinks>

  init(_ links: ReferenceWritableKeyPath<Session, RecencyLinks>) { self.links = links }

  /// Puts a session that is not in the list at the newest end.
  mutating func append(_ session: Session) {
    session[keyPath: links] = RecencyLinks(older: newest, newer: nil)
    newest?[keyPath: links].newer = session
    newest = session
    if oldest == nil { oldest = session }
  }

  mutating func remove(_ session: Session) {
    let neighbours = session[keyPath: links]
    if let newer = neighbours.newer {
      newer[keyPath: links].older = neighbours.older
    } else {
      newest = neighbours.older
    }
    if let older = neighbours.older {
      older[keyPath: links].newer = neighbours.newer
    } else {
      oldest = neighbours.newer
    }
    session[keyPath: links] = RecencyLinks()
  }

  mutating func touch(_ session: Session) {
    guard newest !== session else { return }
    remove(session)
    append(session)
  }
}
