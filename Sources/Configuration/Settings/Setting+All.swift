extension Setting {
  /// Every setting, in the order of `--help`. The one table that everything about settings goes by.
  public static let all: [Setting] = serving + access + limits + timeouts + sessions + logging

  /// The setting of a key.
  public static func named(_ key: String) -> Setting? { byKey[key] }

  private static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

  private static let serving: [Setting] = [
    .list(
      "listen", \.listen,
      .text(takes: "ADDR:PORT, [V6ADDR]:PORT, :PORT, localhost:PORT or unix:PATH (at most 107 bytes)"),
      count: 1...64, "ADDR:PORT", .atStart,
      "Listen here: an IP address and a port, :PORT for every address, or unix:PATH."),
    .single(
      "base_path", \.basePath,
      .text(
        takes:
          "/ or a path such as /ai or /team/ai: at most 255 bytes, no query, escape or empty or dot segment, "
          + "not under /health"),
      "PATH", .atReload, "Serve everything under this path; /health is at the root as well."),
    .servers(
      "ollama", "[NAME=]URL", .atReload, default: "OLLAMA_HOST, else \(OllamaURL.standard)",
      "An Ollama server; or dns:NAME:PORT, dns+srv:NAME or file:PATH, where to find some."),
    .single(
      "workers", \.workers, .integer(1...256), "N", .atStart, default: "the number of cores",
      "Event loops, one thread each."),
    .single(
      "default_model", \.defaultModel, .model, "MODEL", .atReload,
      "The model of a chat request that names none."),
    .aliases(
      "model_aliases", "NAME=MODEL", .atReload,
      "Let clients use NAME, which may have * in it, for this model."),
    .single(
      "queue", \.queue, .toggle, "BOOL", .atReload,
      "Hold requests back while the servers that could take them are full; otherwise they wait at these."),
    .single(
      "queue_timeout", \.queueTimeout, .durationOrOff(timeoutBounds), "TIME", .atReload,
      "How long a request may wait for a server, or off."),
    .single(
      "context", \.context, .word, "RULE", .atReload,
      "What becomes of a request for less context (num_ctx) than its model is loaded with: pass, or fit to that."
    ),
    .single(
      "server_names", \.serverNames, .toggle, "BOOL", .atReload,
      "Tell clients in the response's header which server of those with a name has served them."),
    .single(
      "allow_model_management", \.allowModelManagement, .toggle, "BOOL", .atReload,
      "Let clients pull, push, create, copy, delete and unload models."),
    .single(
      "allow_cloud_models", \.allowCloudModels, .toggle, "BOOL", .atReload,
      "Let clients use cloud models and web searches, which the account that Ollama is signed in with pays."),
    .single(
      "forward_client", \.forwardClient, .toggle, "BOOL", .atReload,
      "Tell Ollama the client's address, the request's id and its trace; of cloud models its maker gets them."
    ),
    .single(
      "usage_log", \.usageLog, .toggle, "BOOL", .atReload,
      "Keep each request of a key or with limits in the store for 30 days: who, which model and server, what it used."
    ),
  ]

  private static let access: [Setting] = [
    .list(
      "allowed_origin", \.allowedOrigins,
      .text(
        takes:
          "an origin such as https://chat.example.org, https://*.example.org, http://10.0.0.7:*, file://* or *"
      ),
      count: 0...1000, "ORIGIN", .atReload, default: "loopback pages, programs' own and the gateway's",
      "Let web pages of this origin in."),
    .list(
      "allowed_host", \.allowedHosts,
      .text(takes: "a host without port such as chat.example.org, *.example.org, 10.0.0.7 or *"),
      count: 0...1000, "HOST", .atReload,
      default:
        "loopback names and the listening addresses; beyond loopback private addresses, and names of the network",
      "Answer to this name in the Host header."),
    .list(
      "trusted_proxy", \.trustedProxies,
      .text(
        takes:
          "an address or a block such as 127.0.0.1, 10.0.0.0/8 or 2001:db8::/32, with no bit set behind the prefix"
      ),
      count: 0...256, "CIDR", .atReload, default: "none; on UNIX sockets the socket's group is trusted",
      "Believe the X-Forwarded-For, -Proto, -Host and the X-Request-Id that come from here."),
    .single(
      "auth", \.auth, .word, "WORD", .atReload,
      "Who may come in: auto, all until there is a key; required, who has one; optional, others too; open, all."
    ),
    .single(
      "keys_file", \.keysFile, .path, "PATH", .atReload,
      "A YAML list of keys as their SHA-256, beside those of the store; with it nobody comes in without a key."
    ),
    .single(
      "admin_key_file", \.adminKeyFile, .path, "PATH", .atStart,
      "The file with a key of the scope admin, with which others can be made."),
    .list(
      "open_to", \.openTo,
      .text(
        takes: "loopback, or an address or a block such as 10.0.0.0/8, with no bit set behind the prefix"),
      count: 0...256, "CALLER", .atReload,
      "Let callers from here in without a key where others need one: loopback or CIDR."),
    .limits(
      "anonymous", \.anonymous, "LIMITS", .atReload,
      "What each address may use from which somebody asks without a key."),
    .single(
      "allow_query_keys", \.allowQueryKeys, .toggle, "BOOL", .atReload,
      "Take keys from the query (?api_key=) as well, where the logs of proxies show them."),
    .single(
      "allow_registration", \.allowRegistration, .toggle, "BOOL", .atReload,
      "Let anybody make a user of their own by POST /api/v1/auth/register."),
    .single(
      "user_keys", \.userKeys, .toggle, "BOOL", .atReload,
      "Let users who have signed in make keys of their own."),
    .single(
      "trusted_user_header", \.trustedUserHeader, .userField, "FIELD", .atReload,
      "Believe a trusted proxy that the user whom it has signed in is the one in this field."),
    .issuer(
      "oidc", \.oidc, "ISSUER", .atStart,
      "Believe the tokens of this issuer (OpenID Connect), and let users sign in to the page by it."),
  ]

  private static let limits: [Setting] = [
    .single(
      "max_header", \.maxHeaderBytes, .size(4096...(1 << 20)), "SIZE", .atStart,
      "The largest request header, 64 bytes more for each field; each connection has the memory."),
    .single(
      "max_body", \.maxBodyBytes, .size(1024...(1 << 40)), "SIZE", .atStart, "The largest request body."),
    .single(
      "max_unsent", \.maxUnsentBytes, .size((16 << 20)...(1 << 40)), "SIZE", .atStart,
      "Memory for what waits to be sent or answered, of all clients; each may have a quarter."),
    .single(
      "max_connections", \.maxConnections, .integer(1...1_000_000), "N", .atStart,
      default:
        "\(Configuration(cores: 1).maxConnections), or a little under half of the open-files limit if that is less",
      "Client connections at once; each takes up to two open files. One client may have a quarter."),
    .single(
      "max_websockets", \.maxWebSockets, .integer(1...1_000_000), "N", .atStart,
      "WebSockets at once, among the connections. One client may have a quarter."),
    .single(
      "max_turns", \.maxTurns, .integer(1...1_000_000), "N", .atStart,
      "Answers of the chat API at once, running or waiting. One client may have a quarter."),
  ]

  private static let timeouts: [Setting] = [
    timeout("connect_timeout", \.connectTimeout, "How long connecting to Ollama may take."),
    .single(
      "first_byte_timeout", \.firstByteTimeout, .durationOrOff(timeoutBounds), "TIME", .atReload,
      "How long Ollama may be silent before what a model makes (a cold load), or off."),
    .single(
      "idle_timeout", \.idleTimeout, .durationOrOff(timeoutBounds), "TIME", .atReload,
      "How long Ollama may be silent within what a model makes (a tool call comes when it is whole), or off."),
    .single(
      "heartbeat", \.heartbeat, .durationOrOff(timeoutBounds), "TIME", .atReload,
      "After how long a silence a stream of events says that it lives, before the first one as well; or off."),
    .single(
      "queue_lines", \.queueLines, .durationOrOff(timeoutBounds), "TIME", .atReload,
      "After how long, and then how often, a stream of /api that waits for a server gets a line without text; or off."
    ),
    timeout(
      "header_timeout", \.headerTimeout,
      "How long a client may take for a request's header; its body must come at 1 KiB/s over as long."),
    timeout(
      "send_timeout", \.sendTimeout,
      "Over how long a client must take 1 KiB/s of an answer that waits for it."),
    timeout(
      "keep_alive_timeout", \.keepAliveTimeout,
      "How long a client's connection may rest between requests: longer than a balancer in front keeps it."),
    .single(
      "drain_timeout", \.drainTimeout, .duration(.zero ... .seconds(86_400)), "TIME", .atReload,
      "How long running answers may go on after SIGTERM."),
  ]

  private static let sessions: [Setting] = [
    .single(
      "context_messages", \.contextMessages, .integer(0...10_000), "N", .atStart,
      "Earlier messages of a session that go along as context."),
    .single(
      "context_bytes", \.contextBytes, .size(0...(64 << 20)), "SIZE", .atStart,
      "Bytes of earlier messages that go along as context."),
    .single(
      "store", \.store,
      .text(
        takes:
          "auto, memory, sqlite:PATH or postgresql://USER@HOST/DATABASE (without a password: store_password_file)",
        shown: StoreLocation.shown
      ),
      "PLACE", .atStart, default: "auto: below the state directory",
      "Where sessions are kept: memory, sqlite:PATH or postgresql://USER@HOST/DATABASE."),
    .single(
      "store_password_file", \.storePasswordFile, .path, "PATH", .atStart,
      "The file with the password of a PostgreSQL store."),
    .single(
      "durability", \.durability, .word, "WORD", .atStart,
      "What an acknowledgement means: full, it is on the disk; relaxed, it may be lost, and clients are told so."
    ),
    .single(
      "store_timeout", \.storeTimeout, .duration(.milliseconds(100) ... .seconds(600)), "TIME", .atStart,
      "How long the store may take before a message is refused, or an answer told as not stored."),
    .single(
      "store_max", \.storeMax, .size((16 << 20)...(1 << 50)), "SIZE", .atStart,
      "Bytes of the store beyond which no turn begins."),
    .single(
      "session_ttl", \.sessionTTL, .durationOrOff(.seconds(1) ... .seconds(31_536_000)), "TIME", .atStart,
      "How long an unused session is kept. In memory 24h, where it is off."),
    .single(
      "max_sessions", \.maxSessions, .integerOrOff(1...10_000_000), "N", .atStart,
      "Stored sessions of one owner, or sessions in memory (10000, where it is off, and one client may have a quarter)."
    ),
    .single(
      "shared_sessions", \.sharedSessions, .toggle, "BOOL", .atStart,
      "Make all callers one owner: each may list, read, clear and delete every session."),
    .single(
      "session_grace", \.sessionGrace, .duration(.zero ... .seconds(86_400)), "TIME", .atStart,
      "How long an answer is generated on, and a WebSocket's turn waits, after the last listener left."),
  ]

  private static let logging: [Setting] = [
    .single("log_level", \.logLevel, .word, "LEVEL", .atReload, "The least level that is logged."),
    .single("log_format", \.logFormat, .word, "FORMAT", .atStart, "The form of log lines: text or json."),
  ]

  private static func timeout(
    _ key: String, _ path: any WritableKeyPath<Configuration, Duration> & Sendable, _ help: String
  ) -> Setting {
    .single(key, path, .duration(timeoutBounds), "TIME", .atReload, help)
  }

  private static let timeoutBounds: ClosedRange<Duration> = .milliseconds(10) ... .seconds(86_400)
}
