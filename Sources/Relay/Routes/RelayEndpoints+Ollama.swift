internal import Access
internal import Fleet
internal import Handling
internal import OllamaAPI
internal import Upstreams

// What Ollama serves, relayed.
extension RelayEndpoints {
  static let ollama: [RelayedPath] = [
    RelayedPath(
      "/api/generate",
      .post(
        .inference(.generation, reading: .keepAlive),
        Operation(
          "generate", .ollama, "Complete a prompt",
          body: [.json("OllamaGenerateRequest", "ollama.generate", "ollama.generateStream")],
          .ok(
            "The answer, piece by piece unless `stream` is false.",
            .json("OllamaGenerateResponse", "ollama.generated"),
            .lines("OllamaGenerateResponse", "ollama.generatedLines"))))),
    RelayedPath(
      "/api/chat",
      .post(
        .inference(.generation, reading: .keepAlive),
        Operation(
          "ollamaChat", .ollama, "Continue a conversation",
          body: [.json("OllamaChatRequest", "ollama.chat", "ollama.chatStream")],
          .ok(
            "The answer, piece by piece unless `stream` is false.",
            .json("OllamaChatResponse", "ollama.chatted"), .lines("OllamaChatResponse"))))),
    RelayedPath(
      "/api/embed",
      .post(
        .inference(reading: .keepAlive, need: .embedding),
        Operation(
          "embed", .ollama, "Embed texts", body: [.json("OllamaEmbedRequest", "ollama.embed")],
          .ok("A vector for each.", .json("OllamaEmbedResponse"))))),
    RelayedPath(
      "/api/embeddings",
      .post(
        .inference(reading: .keepAlive, need: .embedding),
        Operation(
          "embeddings", .ollama, "Embed a text, the older way",
          body: [.json("OllamaEmbeddingsRequest", "ollama.embeddings")],
          .ok("Its vector.", .json("OllamaEmbeddingsResponse"))))),
    RelayedPath(
      "/api/show",
      .post(
        RelayRoute(.scope(.modelsRead), .read, .json, nil, .name, need: .question),
        Operation(
          "show", .ollama, "What a model is", body: [.json("OllamaModelRequest", "ollama.show")],
          .ok("Its template, parameters and figures.", .json("OllamaShowResponse"))))),
    RelayedPath(
      "/api/tags",
      .get(
        .list(.tags),
        Operation(
          "tags", .ollama, "List the models", .ok("All of them.", .json("OllamaModelList", "ollama.tags"))))),
    RelayedPath(
      "/api/ps",
      .get(
        .list(.loaded),
        Operation(
          "ps", .ollama, "List the models that are loaded", .ok("All of them.", .json("OllamaModelList"))))),
    RelayedPath(
      "/api/version",
      .get(
        RelayRoute(.anyScope, .read, .none, spread: .version),
        Operation(
          "version", .ollama, "Ollama's version", .ok("It.", .json("OllamaVersion", "ollama.version"))))),
  ]

  static let models: [RelayedPath] = [
    RelayedPath(
      "/api/me",
      .post(
        RelayRoute(.scope([.modelsManage, .inference]), .read, .unknown, leave: .managementOrCloudModels),
        Operation(
          "me", .models, "Whose account Ollama is signed in with",
          details:
            "With `--allow-cloud-models` or `--allow-model-management`; by a key with `models.manage`, or with `--allow-cloud-models` one with `inference`.",
          .ok("The account.", .json("OllamaAccount"))))),
    RelayedPath(
      "/api/pull",
      .post(
        .management(.json, .progress, spread: .all),
        Operation(
          "pull", .models, "Fetch a model", parameters: .servers,
          body: [.json("OllamaTransferRequest", "ollama.pull")], .progress))
    ),
    RelayedPath(
      "/api/push",
      .post(
        .management(.json, .progress),
        Operation(
          "push", .models, "Publish a model", parameters: .servers,
          body: [.json("OllamaTransferRequest", "ollama.pull")], .progress
        ))),
    RelayedPath(
      "/api/create",
      .post(
        .management(.json, .progress),
        Operation(
          "create", .models, "Make a model", parameters: .servers,
          body: [.json("OllamaCreateRequest", "ollama.create")], .progress)
      )),
    RelayedPath(
      "/api/copy",
      .post(
        .management(.json),
        Operation(
          "copy", .models, "Copy a model", parameters: .servers,
          body: [.json("OllamaCopyRequest", "ollama.copy")],
          .empty(200, "It is copied.")))),
    RelayedPath(
      "/api/delete",
      .delete(
        .management(.json, spread: .all),
        Operation(
          "delete", .models, "Delete a model", parameters: .servers,
          body: [.json("OllamaModelRequest", "ollama.show")],
          .empty(200, "It is gone.")))),
    RelayedPath(
      "/api/blobs/{digest}",
      .head(
        .management(.none),
        Operation(
          "hasBlob", .models, "Whether there is a blob", parameters: [.digest] + .servers,
          .empty(200, "There is."))),
      .post(
        .management(.stream),
        Operation(
          "putBlob", .models, "Send a blob", parameters: [.digest] + .servers,
          body: [Operation.Content(type: "application/octet-stream", schema: .bytes)],
          .empty(201, "It is there."), .empty(200, "It was there.")))),
  ]
}

extension Operation.Response {
  fileprivate static let progress = ok(
    "How far it is, unless `stream` is false.", .lines("OllamaProgress"), .json("OllamaProgress"))
}

extension [Operation.Parameter] {
  /// Where there are several servers.
  fileprivate static let servers = [
    Operation.Parameter.header(
      "X-Gateway-Servers", .text,
      "Which servers get it: `all`, or their names with commas between. Without it `pull` and `delete` go to all that are up, "
        + "others to the first of the settings that is.", isRequired: false),
    .query("server", .text, "The same, where the header is missing."),
  ]
}

extension Operation.Parameter {
  fileprivate static let digest = path(
    "digest", .pattern("^sha256[:-][0-9a-f]{64}$"), "The SHA-256 digest of the blob.",
    example: "sha256:29fdb92e57cf0827ded04ae6461b5931d01fa595843f55d36f5b275a52087dd2")
}
