internal import Handling

// What the API's document says of LiteLLM's paths.
extension Operation {
  static let generateKey = Operation(
    "generateKey", .liteLLM, "Make a key",
    details: "An empty list of models allows none; `all-proxy-models`, or no list, allows all.",
    body: [.json("LiteLLMNewKey", "litellm.new")],
    .ok("The key, this once.", .json("LiteLLMMadeKey", "litellm.made")))

  static let keyInfo = Operation(
    "keyInfo", .liteLLM, "Show a key", details: "Any for administrators; for everybody their own.",
    parameters: [
      .query(
        "key", .text, "Its public part, or the key; the one that the request shows, where nothing is said.")
    ],
    .ok("The key.", .json("LiteLLMKeyInfo", "litellm.info")))

  static let keyList = Operation(
    "keyList", .liteLLM, "List the keys",
    parameters: [
      .query("page", .integer(in: 1...QueryParameters.largestNumber, standard: 1), "From 1 on."),
      .query("size", .integer(in: 1...100, standard: 10), "Keys of a page."),
      .query("user_id", .text, "Keys of this user alone."),
      .query("team_id", .text, "Keys of this team alone."),
      .query("key_alias", .text, "Keys of this name alone."),
      .query(
        "key_hash", .text, "This key alone: by its public part, or by the SHA-256 of one made elsewhere."),
      .query("return_full_object", .pattern("^(true|false)$"), "Objects in place of public parts."),
      .query("status", .pattern("^(active|expired|revoked|deleted)$"), "Keys that are so alone."),
      .query("sort_order", .pattern("^(asc|desc)$"), "By the time when they were made; `desc`."),
    ],
    .ok("A page of the list.", .json("LiteLLMKeyList", "litellm.list")))

  static let updateKey = Operation(
    "updateKey", .liteLLM, "Change a key", details: "What the body does not name stays.",
    body: [.json("LiteLLMKeyUpdate", "litellm.update")],
    .ok("The key as it is now.", .json("LiteLLMKey", "litellm.key")))

  static let deleteKeys = Operation(
    "deleteKeys", .liteLLM, "Delete keys", details: "All of them, or none where one of them is unknown.",
    body: [.json("LiteLLMKeys", "litellm.keys")],
    .ok("They are valid no more.", .json("LiteLLMDeletedKeys", "litellm.deleted")))

  static let blockKey = Operation(
    "blockKey", .liteLLM, "Disable a key", body: [.json("LiteLLMOneKey", "litellm.one")],
    .ok("It is not valid for now.", .json("LiteLLMKey", "litellm.key")))

  static let unblockKey = Operation(
    "unblockKey", .liteLLM, "Enable a key", body: [.json("LiteLLMOneKey", "litellm.one")],
    .ok("It is valid again.", .json("LiteLLMKey", "litellm.key")))

  static let regenerateKey = Operation(
    "regenerateKey", .liteLLM, "Give a key a new secret",
    details: "The earlier one stays valid for `grace_period`; without it, it ends at once.",
    parameters: [.path("key", .text, "Its public part, or the key.", example: "4fXc0aQ2mZ9T")],
    body: [.json("LiteLLMRegeneration", "litellm.regeneration")],
    .ok("The new key, this once.", .json("LiteLLMMadeKey", "litellm.made")))
}
