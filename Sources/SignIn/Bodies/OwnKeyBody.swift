internal import Access
package import Handling
package import JSON
internal import OllamaAPI
package import System

/// The body of `POST /api/v1/auth/keys`: the key that a user wants for a program of his own.
package struct OwnKeyBody: Sendable {
  /// What people call it.
  let name: String
  /// What it may do; nil: what people need, as far as its maker may.
  let scopes: Scopes?
  /// The models that it may use; nil: all of its maker's.
  let models: ModelRules?
  /// When it ends; nil: it does not.
  let expiresAt: Timestamp?
  /// Its maker's, where one is shown: see ``KeyDemand``. Never written anywhere.
  let password: String?

  /// - Throws: 422 that names the field.
  package init(_ body: JSONValue, at now: Timestamp) throws(RequestFailure) {
    try SignInBody.requireObject(body)
    // The rules of a key's record hold for what is taken of one.
    var record = KeyRecord(id: .random(), name: "", secret: KeyText().secret, createdAt: now)
    var span: Duration?
    let password = try SignInBody.optionalText(body["current_password"], "current_password", 1...1024)
    try body.forEachMember { (name, value) throws(RequestFailure) in
      let field = String(decoding: name, as: UTF8.self)
      do throws(RecordError) {
        switch field {
        case "name": try record.set(.name, value)
        case "scopes": try record.set(.scopes, value)
        case "models": try record.set(.models, value)
        case "expires_in":
          if value.isNull { return }
          guard let read = value.string.flatMap(TimeSpanText.duration), read > .zero else {
            throw RecordError("expires_in", takes: TimeSpanText.takes)
          }
          span = read
        case "current_password": return
        default: throw RecordError("", takes: "name, expires_in, scopes, models and current_password")
        }
      } catch {
        throw error.member.isEmpty
          ? RequestFailure(422, "The body takes \(error.takes).")
          : RequestFailure(422, "“\(error.member)” takes \(error.takes).", field: error.member)
      }
    }
    guard !record.name.isEmpty else {
      throw RequestFailure(
        422, "“name” is missing; it takes what you call the key.", field: "name", fault: FieldFault(.missing))
    }
    name = record.name
    self.password = password
    scopes = body.present("scopes") == nil ? nil : record.scopes
    models = record.models
    expiresAt = span.map { now.adding($0) }
  }
}
