import Access

/// By what the registry finds a session.
///
/// An id that was made here is random, and whoever knows the whole of it was told it: it is the same session for everybody, but
/// for one of a key or a user, which is its owner's alone.
/// An id that a client has chosen, such as `tour`, others choose as well: each owner has their own.
struct SessionKey: Hashable {
  let id: SessionID
  /// Nil where the id was made here.
  let owner: Principal.ID?
}

/// What a principal does with a session.
enum SessionAct {
  /// To read it, to listen to it, to speak in it, and to give it images.
  case takePart
  /// To stop a turn's generation, or to take the turn back; with whose turn it is.
  case undo(turnOf: Principal.ID)
  /// To clear it, and to delete it.
  case own
}

extension Session {
  /// The rule of who may do what with a session that they reach: see ``SessionRegistry/session(_:for:to:)``.
  func permits(_ act: SessionAct, to principal: Principal) -> Bool {
    switch act {
    case .takePart: true
    case .undo(let author): principal.id == owner || principal.id == author
    case .own: principal.id == owner
    }
  }
}

extension Principal.ID {
  /// Whether others reach its session who know its random id.
  func shares(with other: Principal.ID) -> Bool {
    switch self {
    case .key, .user, .keyUser, .proxyUser, .formerUser: self == other
    case .everybody, .token, .thisMachine, .cookie, .address: true
    }
  }
}

// Whose sessions are whose. Each call that names a session comes through here; lists are kept by owner.
extension SessionRegistry {
  /// The session that a principal means by an id, if it may do that with it. Whoever does not know a session by its whole
  /// random id reaches their own ones alone.
  func session(
    _ id: SessionID, for principal: Principal, to act: SessionAct = .takePart
  ) throws(SessionAccessError) -> Session {
    guard let session = find(id, as: principal.id) else { throw .unknown }
    guard session.permits(act, to: principal) else { throw .notOwner }
    return session
  }

  /// The session that this id means to a principal.
  func find(_ id: SessionID, as principal: Principal.ID) -> Session? {
    if let shared = sessions[SessionKey(id: id, owner: nil)], shared.owner.shares(with: principal) {
      return shared
    }
    return sessions[SessionKey(id: id, owner: principal)]
  }

  /// Under what a new session stands, and whose it is.
  ///
  /// - Parameter id: the one that the principal has chosen; nil for a new random one.
  func place(
    for id: SessionID?, of principal: Principal
  ) -> (key: SessionKey, owner: Principal.ID) {
    guard let id else { return (SessionKey(id: .random(), owner: nil), principal.id) }
    // A session of ours may go while some are still joined to it. It comes back as what it was.
    let shared = SessionKey(id: id, owner: nil)
    if let audience = audiences[shared], audience.owner.shares(with: principal.id) {
      return (shared, audience.owner)
    }
    return (SessionKey(id: id, owner: principal.id), principal.id)
  }
}
