internal import Access
internal import Fleet
internal import Handling
internal import OllamaAPI
internal import Upstreams

// The paths of Ollama that are compatible with OpenAI's and Anthropic's, relayed.
extension RelayEndpoints {
  static let openAI: [RelayedPath] = [
    RelayedPath(
      "/v1/chat/completions",
      .post(
        .inference(.openAICompletion),
        Operation(
          "createChatCompletion", .openAI, "Continue a conversation",
          body: [.json("OpenAIChatRequest", "openai.chat", "openai.chatStream")],
          .ok(
            "The answer; with `stream` as events, of which the last is `[DONE]`.",
            .json("OpenAIChatResponse", "openai.chatted"),
            .events("OpenAIChatResponse", mark: "[DONE]", "openai.chatEvents"))))),
    RelayedPath(
      "/v1/completions",
      .post(
        .inference(.openAICompletion),
        Operation(
          "createCompletion", .openAI, "Complete a prompt",
          body: [.json("OpenAICompletionRequest", "openai.complete")],
          .ok(
            "The answer; with `stream` as events, of which the last is `[DONE]`.",
            .json("OpenAICompletionResponse", "openai.completed"),
            .events("OpenAICompletionResponse", mark: "[DONE]"))))),
    RelayedPath(
      "/v1/embeddings",
      .post(
        .inference(need: .embedding),
        Operation(
          "createEmbeddings", .openAI, "Embed texts",
          body: [.json("OpenAIEmbeddingsRequest", "openai.embed")],
          .ok("A vector for each.", .json("OpenAIEmbeddingsResponse"))))),
    RelayedPath(
      "/v1/responses",
      .post(
        .inference(.openAIResponse, reading: .tools),
        Operation(
          "createResponse", .openAI, "Make a response", details: "Ollama serves it since 0.13.3.",
          body: [.json("OpenAIResponseRequest", "openai.respond")],
          .ok(
            "The response; with `stream` as events.", .json("OpenAIResponse"), .events("OpenAIResponseEvent"))
        ))
    ),
    RelayedPath(
      "/v1/audio/transcriptions",
      .post(
        .inference(body: .opaque),
        Operation(
          "createTranscription", .openAI, "Write down what is said",
          details: "For Ollamas that serve it; others answer 404.",
          body: [
            Operation.Content(type: "multipart/form-data", schema: .named("OpenAITranscriptionRequest"))
          ],
          .ok("The text.", .json("OpenAITranscription"))))),
    RelayedPath(
      "/v1/models",
      .get(
        .list(.openAI),
        Operation(
          "listModels", .openAI, "List the models",
          .ok("All of them.", .json("OpenAIModelList", "openai.models"))))),
    RelayedPath(
      "/v1/models/{model}",
      .get(
        RelayRoute(.scope(.modelsRead), .read, .none, need: .question),
        Operation(
          "getModel", .openAI, "What a model is",
          parameters: [
            .path(
              "model", .named("ModelName"), "Its name, which may have slashes.", example: "tinyllama:latest")
          ],
          .ok("It.", .json("OpenAIModel", "openai.model"))))),
  ]

  static let anthropic: [RelayedPath] = [
    RelayedPath(
      "/v1/messages",
      .post(
        .inference(.anthropicMessage, reading: .tools),
        Operation(
          "createMessage", .anthropic, "Continue a conversation", details: "Ollama serves it since 0.14.",
          body: [.json("AnthropicMessageRequest", "anthropic.message")],
          .ok(
            "The answer; with `stream` as events.", .json("AnthropicMessage"), .events("AnthropicEvent")))))
  ]
}
