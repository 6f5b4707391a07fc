internal import Access
internal import Limits
internal import System

/// The account of a subject. An object, so that whoever has taken of it gives back without looking for it.
///
/// `@unchecked Sendable`, as it belongs to the ``AccountTable`` that made it, which is part of a lock's value: nobody looks into it without
/// that lock.
final class SubjectAccount: @unchecked Sendable {
  /// Whose it is.
  let subject: LimitSubject
  /// What is used of which limits.
  var limits = LimitAccount()
  /// Where the table has it; nil once it is forgotten: what is done with it then harms nobody.
  var place: TablePlace?
  /// Who has said last which limits hold.
  private(set) var source: LimitedSubject?

  init(_ subject: LimitSubject) { self.subject = subject }

  /// It goes by these limits from now on.
  func use(_ source: LimitedSubject, at now: MonotonicTime, _ wall: Timestamp) {
    limits.use(source.limits, at: now, wall)
    self.source = source
  }
}
