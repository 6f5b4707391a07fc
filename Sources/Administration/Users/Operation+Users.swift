internal import Handling

// What the API's document says of the paths of users.
extension Operation {
  static let listUsers = Operation(
    "listUsers", .access, "List the users",
    details: "By their numbers. Passwords are kept nowhere, and their hashes are told to nobody.",
    parameters: [
      .skip, .limit,
      .query("name", .text, "The user of this name alone."),
      .query("email", .text, "The user of this e-mail address alone."),
      .query("team", .text, "Users of this team alone."),
      .query("status", .named("UserStatus"), "Users that are so alone."),
      .query(
        "reset_asked", .text,
        "`true`: those alone who have asked for a new password, and have no link for it yet."),
    ],
    .ok("A part of the list.", .json("UserList", "users.list")))

  static let makeUser = Operation(
    "makeUser", .access, "Make a user",
    details: """
      Without a password he cannot sign in by one until he gets it, or a link to set it (`reset`). By the first user access is closed \
      for good to who shows nothing.
      """,
    body: [.json("NewUser", "users.new")],
    Response(
      status: 201, summary: "He is there.", content: [.json("User", "users.one")],
      fields: [Field("Location", "Where his record is.")]))

  static let showUser = Operation(
    "showUser", .access, "Show a user", parameters: [.userID],
    .ok("His record.", .json("User", "users.one")))

  static let changeUser = Operation(
    "changeUser", .access, "Change a user",
    details: """
      A JSON merge patch (RFC 7396): what the body does not name stays, `null` takes away. It holds from the next request on. Another \
      password, and being disabled, end what he has signed in with.
      """,
    parameters: [.userID], body: [.json("UserChange", "users.change")],
    .ok("The user as he is now.", .json("User", "users.one")))

  static let deleteUser = Operation(
    "deleteUser", .access, "Delete a user",
    details:
      "His keys and sessions go with him; what he has used stays in the accounts. His number is never given again.",
    parameters: [
      .userID, .query("give_to", .text, "Who gets his sessions, in place of their being deleted."),
    ],
    .ok("He is gone: so many sessions were deleted, or given.", .json("DeletedUser", "users.deleted")))

  static let resetUser = Operation(
    "resetUser", .access, "Make a link to set a password",
    details:
      "For an hour and one use; one before it is over. His password stays until then. The gateway sends no mail.",
    parameters: [.userID], .ok("The secret, this once.", .json("UserLink", "users.link")))

  static let verifyUser = Operation(
    "verifyUser", .access, "Make a link that shows an e-mail address to be his",
    details: "For seven days and one use. The gateway sends no mail: send it to that address.",
    parameters: [.userID], .ok("The secret, this once.", .json("UserLink", "users.link")))

  static let unlockUser = Operation(
    "unlockUser", .access, "End the locks that failed sign-ins have put on a user",
    parameters: [.userID], .ok("The user as he is now.", .json("User", "users.one")))

  static let signOutUser = Operation(
    "signOutUser", .access, "End all that a user has signed in with", details: "His keys stay valid.",
    parameters: [.userID], .ok("The user as he is now.", .json("User", "users.one")))

  static let linkUser = Operation(
    "linkUser", .access, "Let whom an issuer knows be this user",
    details: """
      Without it a token never reaches a user who was made here or by another issuer, though they be called the same. \
      `identities` of a change takes it away.
      """,
    parameters: [.userID], body: [.json("IssuerIdentity", "users.identity")],
    .ok("The user as he is now.", .json("User", "users.one")))
}

extension Operation.Parameter {
  fileprivate static let userID = path(
    "id", .text, "The user: his number, his name or his e-mail address.", example: "7")
}
