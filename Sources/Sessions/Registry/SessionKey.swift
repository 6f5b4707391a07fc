/// By what the registry finds a session.
///
/// An id that was made here is random, and whoever knows the whole of it was told it: it is the same session for everybody.
/// An id that a client has chosen, such as `tour`, others choose as well: each owner has his own.
struct SessionKey: Hashable {
  let id: SessionID
  /// Nil where the id was made here.
  let owner: SessionOwner?
}
