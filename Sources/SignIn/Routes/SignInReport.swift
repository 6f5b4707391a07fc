internal import Access
internal import Handling
internal import JSON

/// Who is signed in, and how one can sign in here: what the page begins with.
struct SignInReport {
  let principal: Principal?
  /// The user of ``principal``, with what was noted of him last.
  let user: UserRecord?
  let proof: Proof
  /// Whether it was a program that has signed in, and no browser.
  let isOfProgram: Bool
  let mayMakeKeys: Bool
  /// What a new key takes of him; nil: nothing more, or he may make none.
  let keyDemand: KeyDemand?
  let takesPasswords: Bool
  let takesRegistrations: Bool
  /// What the issuer is called; nil where there is none.
  let issuer: String?
  /// Why nobody signs in with a browser from there; nil: one does.
  let refusal: String?

  /// - Parameters: see the properties.
  init(
    _ principal: Principal?, _ user: UserRecord?, by proof: Proof, isOfProgram: Bool, mayMakeKeys: Bool,
    keyDemand: KeyDemand?, takesPasswords: Bool, takesRegistrations: Bool, issuer: String?, refusal: String?
  ) {
    self.principal = principal
    self.user = user
    self.proof = proof
    self.isOfProgram = isOfProgram
    self.mayMakeKeys = mayMakeKeys
    self.keyDemand = keyDemand
    self.takesPasswords = takesPasswords
    self.takesRegistrations = takesRegistrations
    self.issuer = issuer
    self.refusal = refusal
  }

  /// By what it is known who asks; nil where nothing was shown.
  private var means: StaticString? {
    switch proof {
    case .key: "key"
    case .token: "token"
    case .signIn: isOfProgram ? "token" : "cookie"
    case .proxy: "proxy"
    case .none: nil
    }
  }

  /// What he is called: the user, or whom a proxy names who is none.
  private var name: String? {
    if let user = principal?.grant?.user { return user.name.text }
    if case .proxy(let name) = proof { return name.text }
    return nil
  }

  func encode(into writer: inout JSONWriter) {
    let grant = principal?.grant
    let isHimself = grant?.user != nil && grant?.key == nil
    writer.object { writer in
      writer.member("signed_in", means != nil)
      if let means { writer.member("by", literal: means) } else { writer.nullMember("by") }
      if let user {
        writer.key("user")
        UserReport.encode(user, into: &writer)
      } else {
        writer.nullMember("user")
      }
      writer.memberOrNull("name", name)
      writer.key("scopes")
      writer.array { writer in
        for name in means == nil ? [] : principal?.scopes.names ?? [] { writer.string(name) }
      }
      writer.member("password", isHimself && grant?.user?.passwordHash != nil)
      writer.member("own_keys", isHimself && mayMakeKeys)
      writer.memberOrNull("own_keys_take", isHimself && mayMakeKeys ? keyDemand?.rawValue : nil)
      writer.key("sign_in")
      writer.object { writer in
        writer.member("password", takesPasswords)
        if let issuer {
          writer.key("issuer")
          writer.object { writer in
            writer.member("name", issuer)
            writer.member("url", literal: "api/v1/auth/issuer/login")
          }
        } else {
          writer.nullMember("issuer")
        }
        writer.member("registration", takesRegistrations)
        writer.memberOrNull("refused", refusal)
      }
    }
  }
}

extension JSONWriter {
  /// A member without a value.
  fileprivate mutating func nullMember(_ name: StaticString) {
    key(name)
    null()
  }
}
