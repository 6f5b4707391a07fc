package import Access
package import Handling
internal import HTTPFields
internal import OllamaAPI
package import System

/// Which keys a list has.
package struct KeyFilter: Sendable {
  package var name: String?
  package var user: String?
  package var team: String?
  package var status: KeyStatus?
  /// Whether the name may have more in front and behind.
  package var isNamePart = false

  /// All.
  package init() {}

  /// Reads the parameters of a query.
  ///
  /// - Throws: 422 that names one.
  package init(_ parameters: QueryParameters) throws(RequestFailure) {
    name = try parameters.text("name")
    user = try parameters.text("user")
    team = try parameters.text("team")
    guard let text = try parameters.text("status") else { return }
    guard let status = KeyStatus(bytesOf: text) else {
      let words = KeyStatus.allCases.map(\.rawValue).joined(separator: ", ")
      throw RequestFailure(
        422, "“status” takes one of \(words).", field: "status", fault: FieldFault(in: .query))
    }
    self.status = status
  }

  /// Whether the list has a key.
  package func includes(_ record: KeyRecord, of directory: KeyDirectory, at now: Timestamp) -> Bool {
    if let name, !includes(record.name, name) { return false }
    if let user, record.user?.text.hasSameBytes(as: user) != true { return false }
    if let team, record.team?.text.hasSameBytes(as: team) != true { return false }
    return status.map { $0 == directory.status(of: record, at: now) } ?? true
  }

  private func includes(_ name: String, _ wanted: String) -> Bool {
    guard isNamePart else { return name.hasSameBytes(as: wanted) }
    let (bytes, part) = (Array(name.utf8), Array(wanted.utf8))
    guard part.count <= bytes.count else { return false }
    return (0...(bytes.count - part.count)).contains { bytes[$0...].starts(with: part) }
  }
}
