internal import Access
package import Handling

/// The chat API's sessions: what was said in them, their images, and the generation that runs. Lives on its
/// worker's loop.
package final class SessionEndpoints: RouteCollection {
  package let context: WorkerContext

  /// On the thread of the context's loop.
  package init(_ context: WorkerContext) { self.context = context }

  package var routes: [Route] {
    [
      Route(
        "/api/v1/chat/token",
        .post(
          .chat,
          Operation(
            "makeToken", .sessions, "Get a token",
            details: """
              By it a program is known again as the owner of its sessions, wherever its requests come from: it is sent as \
              `X-Session-Token`. It holds until the gateway ends. What the body says does not count.
              """,
            .ok("A new one.", .json("SessionToken", "sessions.token"))),
          failures: [413, 415], Handler(giveToken))),
      Route(
        "/api/v1/chat/sessions",
        .get(
          .chat,
          Operation(
            "listSessions", .sessions, "List the sessions",
            details: "The caller's own, in which something was said.",
            parameters: [.skip, .limit, .sessionToken],
            .ok("A part of the list, the latest first.", .json("SessionList", "sessions.list"))),
          failures: [422], task(traits: .makesContent, listSessions))),
      Route(
        "/api/v1/chat/sessions/adopt",
        .post(.forKeyHolders, .adoptSessions, failures: [401, 413, 415], Handler(takeOverSessions))),
      Route(
        "/api/v1/admin/sessions",
        .get(
          .credential([.adminRead, .admin]), .listAllSessions, failures: [422],
          task(traits: .makesContent, listAllSessions))),
      Route(
        "/api/v1/chat/sessions/{id}",
        .get(
          .chat,
          Operation(
            "getSession", .sessions, "Read a session",
            parameters: [.session, .skip, .limit, .sessionToken],
            .ok("A part of its messages.", .json("SessionHistory", "sessions.history"))),
          failures: [404, 422], task(traits: .makesContent, showHistory)),
        .delete(
          .chat,
          Operation(
            "deleteSession", .sessions, "Delete a session", details: "For its owner.",
            parameters: [.session, .sessionToken],
            .ok("It is gone.", .json("SessionDeleted", "sessions.deleted"))),
          failures: [404], task(deleteSession))),
      Route(
        "/api/v1/chat/sessions/{id}/images",
        .post(
          .chat,
          Operation(
            "addImage", .sessions, "Give a session an image",
            details: """
              PNG, JPEG or WebP of at most 8 MiB, told by its first bytes. Messages name it by its digest. A session keeps \
              32 MiB of images; beyond that, those go that were not used for the longest time.
              """,
            parameters: [.session, .sessionToken],
            body: [
              Operation.Content(type: "image/png", schema: .bytes),
              Operation.Content(type: "image/jpeg", schema: .bytes),
              Operation.Content(type: "image/webp", schema: .bytes),
            ],
            .ok("It is there.", .json("ImageAdded", "sessions.image"))),
          failures: [404, 413, 422], Handler(takeImage))),
      Route(
        "/api/v1/chat/sessions/{id}/images/{digest}",
        .get(
          .chat,
          Operation(
            "getImage", .sessions, "See an image of a session",
            parameters: [
              .session,
              .path(
                "digest", .named("ImageDigest"), "Its digest.",
                example: "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
              .sessionToken,
            ],
            Operation.Response(
              status: 200, summary: "The image.",
              content: [
                Operation.Content(type: "image/png", schema: .bytes),
                Operation.Content(type: "image/jpeg", schema: .bytes),
                Operation.Content(type: "image/webp", schema: .bytes),
              ],
              fields: [Operation.Field("ETag", "Its digest.")]),
            Operation.Response(status: 304, summary: "It is known: `If-None-Match` names its `ETag`.")),
          failures: [404], task(traits: .makesContent, showImage))),
      Route(
        "/api/v1/chat/sessions/{id}/stream",
        .get(
          .chat, .resumeStream, failures: RequestFailure.generationStatuses + [404, 422],
          task(traits: [.makesContent, .hasNoTimeLimit], resumeStream)),
        .delete(
          .chat,
          Operation(
            "stopStream", .sessions, "Stop the answer",
            details: "For the session's owner, and for who has asked for the answer.",
            parameters: [.session, .sessionToken],
            .ok("Nothing is generated any more.", .json("GenerationStopped", "sessions.stopped"))),
          failures: [404], task(stopStream))),
    ]
  }
}

extension Operation {
  fileprivate static let resumeStream = Operation(
    "resumeStream", .sessions, "Go on with the answer",
    details: """
      The answer that is being generated, or that ended less than a minute ago, from its beginning or from the event after \
      the last one seen on: `Last-Event-ID`, as browsers send it by themselves, or `after`.
      """,
    parameters: [
      .session,
      .query(
        "after", .integer(in: 0...QueryParameters.largestNumber, standard: nil),
        "The last `seq` that was seen."),
      .header(
        "Last-Event-ID", .text,
        "The last event that was seen: `GENERATION:SEQ`. Any other text counts as none.",
        isRequired: false, example: "1b9ff8fd1edc6ad8:2"),
      .sessionToken,
    ],
    .ok("The events.", .events("ChatEvent", "chat.events"), .lines("ChatEvent", "chat.lines")),
    .empty(204, "There is no answer, or all of it was seen."))
}
