internal import Handling

// What the API's document says of the paths of sign-in.
extension Operation {
  static let login = Operation(
    "login", .signIn, "Sign in, for programs",
    details: """
      A form, as OAuth 2 has it. `username` is the user's name or e-mail address. After five wrong passwords in a row the name is locked \
      for half an hour where they came from; valid tokens and keys go on.
      """,
    body: [Content(type: "application/x-www-form-urlencoded", schema: .named("LoginForm"))],
    .ok("A token for requests, and one for the next pair.", .json("TokenPair", "auth.tokens")))

  static let refresh = Operation(
    "refresh", .signIn, "Get the next pair of tokens",
    details: """
      Each refresh token is good once: for ten seconds more it gets the same pair. Later it ends all that came of its sign-in, as \
      somebody else has it.
      """,
    body: [.json("RefreshRequest", "auth.refresh")],
    .ok("The next pair.", .json("TokenPair", "auth.tokens")))

  static let logout = Operation(
    "logout", .signIn, "Sign out", details: "Its tokens are valid no more.",
    .ok("Done.", .json("Message", "auth.loggedOut")))

  static let showUser = Operation(
    "showSignedInUser", .signIn, "Show who is signed in",
    .ok("The user.", .json("SignedInUser", "auth.user")))

  static let register = Operation(
    "register", .signIn, "Make a user",
    details: "Where `allow_registration` is on. What the body says of rights means nothing.",
    body: [.json("Registration", "auth.register")],
    Response(
      status: 201, summary: "The user.", content: [.json("SignedInUser", "auth.user")]))

  static let wishReset = Operation(
    "wishPasswordReset", .signIn, "Ask for a link for a new password",
    details: """
      No mail is sent: an administrator sees that somebody has asked, and makes the link. The response is the same whether there is such \
      a user or not. Five times a minute.
      """,
    body: [.json("EmailRequest", "auth.email")],
    .ok("Taken down.", .json("Message", "auth.resetWish")))

  static let confirmReset = Operation(
    "confirmPasswordReset", .signIn, "Set a new password by a link",
    details: "All that the user had signed in with is over.",
    body: [.json("ResetConfirmation", "auth.resetConfirmation")],
    .ok("Done.", .json("Message", "auth.resetDone")))

  static let openVerification = Operation(
    "openEmailVerification", .signIn, "Show an e-mail address to be one's own, by a link",
    parameters: [.linkToken], .ok("Done.", .json("Message", "auth.verified")))

  static let verify = Operation(
    "verifyEmail", .signIn, "Show an e-mail address to be one's own",
    parameters: [.linkToken], .ok("Done.", .json("Message", "auth.verified")))

  static let beginIssuer = Operation(
    "beginIssuerSignIn", .signIn, "Go to the issuer's pages to sign in",
    details: """
      For browsers: the authorization code flow of OpenID Connect, with PKCE. Where it leads nowhere, a page says why.
      """,
    parameters: [.query("next", .text, "The path of the gateway's own to come back to.")], failsByPage: true,
    Response(
      status: 302, summary: "To the issuer.",
      fields: [Field("Location", "The issuer's page."), Field("Set-Cookie", "What the way back needs.")]))

  static let endIssuer = Operation(
    "endIssuerSignIn", .signIn, "Come back from the issuer's pages",
    details: "What it comes to, if not to a sign-in, is told on a page.",
    parameters: [
      .query("code", .text, "The issuer's."), .query("state", .text, "That of the way there."),
      .query("iss", .text, "The issuer."), .query("error", .text, "Why it has signed nobody in."),
    ], failsByPage: true,
    Response(
      status: 302, summary: "Signed in.",
      fields: [Field("Location", "Where the way began."), Field("Set-Cookie", "The cookies.")]))

  static let showSignIn = Operation(
    "showSignIn", .signIn, "Show who is signed in, and how one can",
    .ok("As it is.", .json("SignInState", "auth.session")))

  static let signIn = Operation(
    "signIn", .signIn, "Sign in, with a browser",
    details: """
      The browser gets a cookie that scripts do not see. It lasts for 12 hours without a request, and 30 days at most. Over plain HTTP \
      beyond the gateway's own machine it is refused.
      """,
    body: [.json("NameAndPassword", "auth.password")],
    Response(
      status: 200, summary: "Who is signed in.", content: [.json("SignInState", "auth.session")],
      fields: [Field("Set-Cookie", "The cookies.")]))

  static let signOut = Operation(
    "signOut", .signIn, "Sign a browser out",
    parameters: [
      .query(
        "everywhere", .pattern("^(true|false)$"),
        "`true`: all else that the user has signed in with ends too.")
    ],
    .ok("Done.", .json("SignedOut", "auth.loggedOut")))

  static let changePassword = Operation(
    "changePassword", .signIn, "Change one's password",
    details: "All else that the user has signed in with is over.",
    body: [.json("PasswordChange", "auth.passwordChange")],
    .ok("Done.", .json("Message", "auth.passwordChanged")))

  static let listOwnKeys = Operation(
    "listOwnKeys", .signIn, "List one's own keys",
    details: "For who has signed in: a key does not do.",
    .ok("The one that was made last first.", .json("OwnKeyList", "auth.keys")))

  static let makeOwnKey = Operation(
    "makeOwnKey", .signIn, "Make a key of one's own",
    details: """
      It may do what its maker may, and no more; at most 20. More than five minutes after the sign-in it takes `current_password` of who \
      has a password, and of others another sign-in: `own_keys_take` of `/api/v1/auth/session` says so.
      """,
    body: [.json("NewOwnKey", "auth.newKey")],
    Response(
      status: 201, summary: "The key, this once.", content: [.json("MadeKey", "auth.madeKey")]))

  static let deleteOwnKey = Operation(
    "deleteOwnKey", .signIn, "End a key of one's own",
    parameters: [.path("id", .named("KeyID"), "The key's public part.", example: "4fXc0aQ2mZ9T")],
    .empty(204, "It is valid no more."))
}

extension Operation.Parameter {
  fileprivate static let linkToken = path(
    "token", .text, "The secret of the link.",
    example: "5f0c1d2e3b4a59687786f5e4d3c2b1a05f0c1d2e3b4a59687786f5e4d3c2b1a0")
}
