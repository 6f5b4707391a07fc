internal import Handling

// What the API's document says of LiteLLM's paths of users.
extension Operation {
  static let litellmNewUser = Operation(
    "newLiteLLMUser", .liteLLM, "Make a user",
    details: """
      And a key of theirs, unless `auto_create_key` is false. A `user_id` is the name of a user; without one he gets a random one. What \
      he may do is by `user_role`.
      """,
    body: [.json("LiteLLMNewUser", "litellm.newUser")],
    .ok("The user, and the key, this once.", .json("LiteLLMMadeUser", "litellm.madeUser")))

  static let litellmUserInfo = Operation(
    "liteLLMUserInfo", .liteLLM, "Show a user", details: "Any for administrators; for everybody themselves.",
    parameters: [.query("user_id", .text, "The name; of who asks, where nothing is said.")],
    .ok("The user, with keys.", .json("LiteLLMUserInfo", "litellm.userInfo")))

  static let litellmUserAlone = Operation(
    "liteLLMUserAlone", .liteLLM, "Show a user without keys",
    details: "Any for administrators; for everybody themselves.",
    parameters: [.query("user_id", .text, "The name; of who asks, where nothing is said.")],
    .ok("The user.", .json("LiteLLMUser", "litellm.user")))

  static let litellmUserList = Operation(
    "liteLLMUserList", .liteLLM, "List the users",
    parameters: [
      .query("page", .integer(in: 1...QueryParameters.largestNumber, standard: 1), "From 1 on."),
      .query("page_size", .integer(in: 1...100, standard: 25), "Users of a page."),
      .query(
        "role", .pattern("^(proxy_admin|proxy_admin_viewer|internal_user|internal_user_viewer)$"),
        "Users of this role alone."),
      .query("user_ids", .text, "Users of these names alone, parted by commas."),
      .query("user_email", .text, "Those alone in whose e-mail address it stands."),
      .query("search", .text, "Those alone in whose name or e-mail address it stands."),
      .query("team", .text, "Users of this team alone."),
      .query("sort_by", .pattern("^(created_at|user_id|user_email)$"), "In place of the last first."),
      .query("sort_order", .pattern("^(asc|desc)$"), "`asc`, where `sort_by` is said."),
    ],
    .ok("A page of the list.", .json("LiteLLMUserList", "litellm.userList")))

  static let litellmUpdateUser = Operation(
    "updateLiteLLMUser", .liteLLM, "Change a user", details: "What the body does not name stays.",
    body: [.json("LiteLLMUserUpdate", "litellm.userUpdate")],
    .ok("The user as he is now.", .json("LiteLLMUpdatedUser", "litellm.updatedUser")))

  static let litellmDeleteUsers = Operation(
    "deleteLiteLLMUsers", .liteLLM, "Delete users",
    details: "One after the other, each with keys and sessions; none of them where one is unknown.",
    body: [.json("LiteLLMUsers", "litellm.users")],
    .ok("How many are gone.", .json("LiteLLMDeletedUsers", "litellm.deletedUsers")))
}
