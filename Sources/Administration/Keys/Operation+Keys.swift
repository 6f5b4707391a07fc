internal import Handling

// What the API's document says of the paths of keys.
extension Operation {
  static let listKeys = Operation(
    "listKeys", .access, "List the keys",
    details: "The one that was made last first. Their secrets are kept nowhere.",
    parameters: [
      .skip, .limit,
      .query("name", .text, "Keys of this name alone."), .query("user", .text, "Keys of this user alone."),
      .query("team", .text, "Keys of this team alone."),
      .query("status", .named("KeyStatus"), "Keys that are so alone."),
    ],
    .ok("A part of the list.", .json("KeyList", "keys.list")))

  static let makeKey = Operation(
    "makeKey", .access, "Make a key",
    details: """
      The key is in this response, and nowhere else: what is kept is its SHA-256. By the first key access is closed for good to \
      who has none.
      """,
    parameters: [.idempotencyKey], body: [.json("NewKey", "keys.new", "keys.custom")],
    Response(
      status: 201, summary: "The key, this once.", content: [.json("MadeKey", "keys.made")],
      fields: [Field("Location", "Where the key's record is.")]),
    Response(
      status: 200, summary: "It was made before by the same `Idempotency-Key`: the record, without the key.",
      content: [.json("Key", "keys.one")],
      fields: [Field("Idempotency-Replayed", "`true`.")]))

  static let showKey = Operation(
    "showKey", .access, "Show a key", parameters: [.keyID],
    .ok("Its record.", .json("Key", "keys.one")))

  static let changeKey = Operation(
    "changeKey", .access, "Change a key",
    details: """
      A JSON merge patch (RFC 7396): what the body does not name stays, `null` takes away. It holds from the next request on, and \
      what was used counts on. A key that is disabled ends its WebSockets.
      """,
    parameters: [.keyID], body: [.json("KeyChange", "keys.change")],
    .ok("The key as it is now.", .json("Key", "keys.one")))

  static let deleteKey = Operation(
    "deleteKey", .access, "Delete a key", details: "What was used with it stays in the accounts.",
    parameters: [.keyID], .empty(204, "It is valid no more."))

  static let rotateKey = Operation(
    "rotateKey", .access, "Give a key a new secret",
    details:
      "The earlier one stays valid for the grace, a day where nothing else is said: `0s` ends it at once.",
    parameters: [.keyID, .idempotencyKey], body: [.json("KeyRotation", "keys.rotation")],
    .ok("The new key, this once.", .json("MadeKey", "keys.rotated")))
}

extension Operation.Parameter {
  fileprivate static let keyID = path(
    "id", .named("KeyID"), "The key's public part.", example: "4fXc0aQ2mZ9T")
  fileprivate static let idempotencyKey = header(
    "Idempotency-Key", .pattern("^[!-~]{1,255}$"),
    "What is asked for twice by one of these is done once, for a day, while the gateway runs.",
    isRequired: false, example: "c0ffee-1")
}
