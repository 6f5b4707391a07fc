/// What goes on for a caller after he was let in: an open connection, or work that waits for a server. Lives on its worker's loop.
package protocol AdmittedWork: AnyObject {
  /// For whom; replaced where he has got other rights meanwhile.
  var admitted: Admitted { get set }

  /// He is let in no more: it should end. Called once.
  func accessDidEnd(_ failure: RequestFailure)
}
