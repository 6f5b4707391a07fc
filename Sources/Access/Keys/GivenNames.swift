internal import Bytes

// What nothing is called from now on: names stand in logs, lists and metrics, where a key's secret is for anybody to read, and a name that
// means somebody else is taken for him. What is called so already goes on.

extension KeyRedaction {
  /// Whether a text has the secret of a key of ours in it.
  package static func holdsSecret(_ text: String) -> Bool {
    !KeyRedaction.text(text).utf8.elementsEqual(text.utf8)
  }
}

extension RecordError {
  /// A member that would show a key's secret to all who read it.
  static func secret(_ member: String) -> RecordError {
    RecordError(member, takes: "no text with a key in it, as it stands in logs")
  }
}

extension UserName {
  /// Before what else somebody is meant by: a number, a key or its users, or whom a proxy names.
  private static let prefixes = ["user:", "key:", "proxy/"]

  /// Whether a user may be made who is called so, or be renamed to it.
  package var mayBeGiven: Bool {
    !UserName.prefixes.contains { folded.utf8.starts(with: $0.utf8) } && !KeyRedaction.holdsSecret(text)
  }

  /// Continues "takes …".
  package static let givenTakes =
    "\(takes) that neither begins with user:, key: or proxy/ nor has a key in it"
}

extension KeyRecord {
  /// Looks at what a key is called and what its labels say.
  ///
  /// - Parameter before: the key as it was: what stays is not looked at.
  package func checkNames(since before: KeyRecord? = nil) throws(RecordError) {
    if name != before?.name, KeyRedaction.holdsSecret(name) { throw .secret("name") }
    for (label, text) in labels where before?.labels[label] != text {
      if KeyRedaction.holdsSecret(label) || KeyRedaction.holdsSecret(text) { throw .secret("labels") }
    }
  }

  /// The same of a key of the operator's file, by which a user is made.
  package func checkNamesOfFile() throws(RecordError) {
    try checkNames()
    if user?.mayBeGiven == false { throw RecordError("user", takes: UserName.givenTakes) }
    if let team, KeyRedaction.holdsSecret(team.text) { throw .secret("team") }
  }
}

extension UserRecord {
  /// Looks at what a user is called.
  ///
  /// - Parameter before: the user as he was: what stays is not looked at.
  package func checkNames(since before: UserRecord? = nil) throws(RecordError) {
    if name != before?.name, !name.mayBeGiven { throw RecordError("name", takes: UserName.givenTakes) }
    if let email, email != before?.email, KeyRedaction.holdsSecret(email) { throw .secret("email") }
    if let fullName, fullName != before?.fullName, KeyRedaction.holdsSecret(fullName) {
      throw .secret("full_name")
    }
  }
}

extension TeamName {
  /// Looks at what a team that is made is called.
  package func checkIsGiven() throws(RecordError) {
    if KeyRedaction.holdsSecret(text) { throw .secret("name") }
  }
}
