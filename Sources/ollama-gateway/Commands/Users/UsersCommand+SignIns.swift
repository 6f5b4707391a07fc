import Access
import AccessStorage
import Administration
import ArgumentParser
import System

// What a user signs in by.
extension UsersCommand {
  /// `users reset`
  struct Reset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "reset",
      abstract: "Print the secret of a link by which a user sets a new password, this once.",
      discussion:
        "It is valid for an hour, and for one use; one that was made before is over. His password stays until then."
    )

    @Argument(help: "The user: his name, e-mail address or number.") var user: String
    @OptionGroup(title: "The link") var link: LinkOptions
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws { try link.check() }

    func run() async throws { try UsersCommand.makeLink(.reset, user, link, settings) }
  }

  /// `users verify`
  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Print the secret of a link by which a user shows that his e-mail address is his, this once.",
      discussion:
        "It is valid for seven days. The gateway sends no mail: send it to that address. users set --verified does without it."
    )

    @Argument(help: "The user: his name, e-mail address or number.") var user: String
    @OptionGroup(title: "The link") var link: LinkOptions
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws { try link.check() }

    func run() async throws { try UsersCommand.makeLink(.verify, user, link, settings) }
  }

  private static func makeLink(
    _ kind: LinkOptions.Kind, _ user: String, _ link: LinkOptions, _ settings: SettingOptions
  ) throws {
    let access = try StoredAccessFile(settings)
    defer { access.close() }
    let record = try access.user(user)
    if kind == .verify, record.email == nil { throw ValidationError("\(record.name) has no e-mail address") }
    let now = Timestamp.now
    let secret = LinkSecret()
    let changed = try access.perform { (book) throws(AccessError) in
      try book.change(record.id) { (user) throws(RecordError) in
        if kind == .reset { user.makeReset(secret, at: now) } else { user.makeVerification(secret, at: now) }
      }
    }
    CommandAudit(kind == .reset ? .makeReset : .makeVerification, user: changed).write()
    link.write(secret, as: kind)
    let made = kind == .reset ? changed.reset : changed.verification
    StandardError.write(link.words(kind, of: changed.name, until: made?.validUntil ?? now))
  }

  /// `users unlock`
  struct Unlock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "unlock", abstract: "End the locks that failed sign-ins have put on a user.")

    @Argument(help: "The user: his name, e-mail address or number.") var user: String
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let record = try access.user(user)
      let now = Timestamp.now
      let changed = try access.perform { (book) throws(AccessError) in
        try book.change(record.id) { (user) throws(RecordError) in user.unlockedAt = now }
      }
      CommandAudit(.unlockUser, user: changed).write()
      StandardError.write("\(changed.name) may sign in again, from everywhere\n")
    }
  }

  /// `users sign-out`
  struct SignOut: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sign-out",
      abstract: "End all that a user has signed in with, everywhere. His keys stay valid.")

    @Argument(help: "The user: his name, e-mail address or number.") var user: String
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let record = try access.user(user)
      let changed = try access.perform { (book) throws(AccessError) in
        try book.change(record.id) { (user) throws(RecordError) in user.endSignIns(at: .now) }
      }
      CommandAudit(.signOutUser, user: changed).write()
      StandardError.write("\(changed.name) is signed out everywhere; keys stay valid\n")
    }
  }

  /// `users link`
  struct Link: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "link",
      abstract: "Let whom an issuer knows by a subject be this user, or be him no more.",
      discussion: """
        Without it, a token never reaches a user who was made here or by another issuer, though they be called the same. The subject is the \
        sub of the issuer's tokens, byte for byte. The issuer of whom trusted_user_header names is called proxy, and the name is his \
        subject.
        """)

    @Argument(help: "The user: his name, e-mail address or number.") var user: String
    @Option(help: ArgumentHelp("The issuer, as its tokens name it (iss).", valueName: "URL")) var issuer:
      String
    @Option(help: ArgumentHelp("As what the issuer knows him (sub).", valueName: "SUBJECT")) var subject:
      String
    @Flag(help: "He is it no more.") var remove = false
    @OptionGroup(title: "Settings") var settings: SettingOptions

    func validate() throws { _ = try identity() }

    private func identity() throws -> IssuerIdentity {
      guard let identity = IssuerIdentity(issuer: issuer, subject: subject) else {
        throw ValidationError("--issuer and --subject take \(IssuerIdentity.takes)")
      }
      return identity
    }

    func run() async throws {
      let access = try StoredAccessFile(settings)
      defer { access.close() }
      let record = try access.user(user)
      let identity = try identity()
      let isRemoved = remove
      if isRemoved, !record.identities.contains(identity) {
        throw ValidationError("\(record.name) is not \(identity.subject) there")
      }
      let changed = try access.perform { (book) throws(AccessError) in
        try book.change(record.id) { (user) throws(RecordError) in
          try isRemoved ? user.unlink(identity, at: .now) : user.link(identity)
        }
      }
      CommandAudit(.changeUser, user: changed, changes: ["identities"]).write()
      StandardError.write(
        "\(changed.name) is \(isRemoved ? "no more " : "")“\(identity.subject)” at \(identity.issuer)\n")
    }
  }
}
