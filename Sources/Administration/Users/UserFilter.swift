package import Access
package import Handling
internal import HTTPFields
internal import OllamaAPI

/// Which users a list has.
package struct UserFilter: Sendable {
  package var name: String?
  package var email: String?
  package var team: String?
  package var status: UserReport.Status?
  /// Those alone who have asked for a new password, and have no link for it yet.
  package var hasAskedForReset = false

  /// All.
  package init() {}

  /// Reads the parameters of a query.
  ///
  /// - Throws: 422 that names one.
  package init(_ parameters: QueryParameters) throws(RequestFailure) {
    name = try parameters.text("name")
    email = try parameters.text("email")
    team = try parameters.text("team")
    if let text = try parameters.text("reset_asked") {
      guard text.hasSameBytes(as: "true") || text.hasSameBytes(as: "false") else {
        throw RequestFailure(
          422, "“reset_asked” takes true or false.", field: "reset_asked", fault: FieldFault(in: .query))
      }
      hasAskedForReset = text.hasSameBytes(as: "true")
    }
    guard let text = try parameters.text("status") else { return }
    guard let status = UserReport.Status(bytesOf: text) else {
      let words = UserReport.Status.allCases.map(\.rawValue).joined(separator: ", ")
      throw RequestFailure(
        422, "“status” takes one of \(words).", field: "status", fault: FieldFault(in: .query))
    }
    self.status = status
  }

  /// Whether the list has a user.
  package func includes(_ record: UserRecord) -> Bool {
    if let name, !record.name.text.hasSameBytes(as: name) { return false }
    if let email {
      let folded = EmailAddress.folded(email)
      guard record.email.map({ EmailAddress.folded($0).hasSameBytes(as: folded) }) == true else {
        return false
      }
    }
    if let team, record.team?.text.hasSameBytes(as: team) != true { return false }
    if hasAskedForReset, record.resetAskedAt == nil { return false }
    return status.map { $0 == record.status } ?? true
  }
}
