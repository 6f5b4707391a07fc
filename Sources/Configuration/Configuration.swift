public import Access
public import Limits
internal import System

/// Everything an operator can set, as typed values within their bounds. ``Setting/all`` says for each how it is named and
/// what it takes; ``EffectiveConfiguration`` reads it from flags, environment and file.
public struct Configuration: Sendable, Equatable {
  /// Where clients reach the gateway: one socket each.
  public var listen: [ListenAddress] = [.standard]
  /// The path under which everything is served.
  public var basePath = BasePath.root
  /// The Ollama servers behind it, and where to find some; 1-128, no two of one name or place.
  public var servers: [OllamaServer] = [.standard]
  /// Event loops, one thread each: 1-256.
  public var workers: Int
  /// The model of a request that names none.
  public var defaultModel = "tinyllama:latest"
  /// Names that clients use for models; at most 1000, no two of one name.
  public var modelAliases: [ModelAlias] = []
  /// Holds requests back while the servers that could take them are full. Otherwise they wait at these.
  public var queue = true
  /// How long a request may wait for a server. Nil for ever.
  public var queueTimeout: Duration?
  /// What becomes of requests for less context than their model is loaded with.
  public var context = ContextRule.pass
  /// Tells clients the names of the servers that serve them.
  public var serverNames = true
  /// Lets requests through that change the Ollama server (pull, push, create, copy, delete, blobs, unload).
  public var allowModelManagement = false
  /// Lets requests through that spend what the Ollama server's account at its maker has: models of its cloud, web searches.
  public var allowCloudModels = false
  /// Tells Ollama who asks: the client's address, the request's id and its trace.
  public var forwardClient = false
  /// Keeps each request that is counted for somebody in the store, for 30 days.
  public var usageLog = false
  /// Web pages that may talk to the gateway besides loopback ones and its own.
  public var allowedOrigins: [OriginPattern] = []
  /// Host names that the gateway serves besides loopback ones and its listening addresses.
  public var allowedHosts: [HostPattern] = []
  /// Proxies in front of the gateway whose word on where a request comes from is believed. On a UNIX socket those are who are
  /// in the group of its file.
  public var trustedProxies: [IPNetwork] = []
  /// Who may come in.
  public var auth = AccessMode.automatic
  /// The file with keys as their digests; nil: all are in the store. With it callers without a key are shut out.
  public var keysFile: String?
  /// The file with a key that may make keys.
  public var adminKeyFile: String?
  /// Who needs no key where others do.
  public var openTo: [OpenCaller] = []
  /// What each address may use from which somebody asks without a key.
  public var anonymous = LimitSet.none
  /// Takes keys from the query of a target as well, where logs of proxies show them.
  public var allowQueryKeys = false
  /// Lets anybody make a user of their own.
  public var allowRegistration = false
  /// Lets users who have signed in make keys of their own.
  public var userKeys = true
  /// The field of a request in which a trusted proxy names the user whom it has signed in; nil: none is looked at.
  public var trustedUserHeader: String?
  /// Whose tokens are believed, and by whom users sign in to the page; nil: nobody's.
  public var oidc: IssuerSettings?

  /// The most bytes of a request's header, where each field counts 64 bytes beside its text. Each connection has that much
  /// memory, and the library writes zeros to most of it for each request: so less is faster.
  public var maxHeaderBytes = 12 << 10
  /// The most bytes of a request's body.
  public var maxBodyBytes = 64 << 20
  /// The most bytes that wait for their readers or their turn, of all clients together: responses, queues of WebSockets,
  /// histories, turns, texts of generations.
  public var maxUnsentBytes = 256 << 20
  /// The most client connections at once. Each takes a descriptor, and one more towards Ollama while a request of its is
  /// under way: see ``DescriptorNeed``, which also cuts this default where RLIMIT_NOFILE is lower.
  public var maxConnections = 16_384
  /// The most WebSockets at once; they are connections as well.
  public var maxWebSockets = 12_288
  /// The most turns of the chat API that run or wait, of all clients together.
  public var maxTurns = 8192
  /// How long connecting to Ollama may take.
  public var connectTimeout = Duration.seconds(5)
  /// How long Ollama may be silent before the first byte of what a model makes: loading a large one takes minutes. Nil for
  /// ever.
  public var firstByteTimeout: Duration? = Duration.seconds(600)
  /// How long Ollama may be silent within what a model makes: it holds a tool call back until that is whole. Nil for ever.
  public var idleTimeout: Duration?
  /// How long a stream of the gateway's may be silent before it says that it lives. Nil for ever.
  public var heartbeat: Duration? = Duration.seconds(15)
  /// After how long, and then how often, a stream of lines gets one without text while its request waits for a server; nil: never.
  public var queueLines: Duration?
  /// How long a client may take to send a request's header; and over how long its body must come at 1 KiB/s, of the
  /// time in which it is read.
  public var headerTimeout = Duration.seconds(30)
  /// Over how long a client must take 1 KiB/s of its response, of the time in which something waits for it.
  public var sendTimeout = Duration.seconds(60)
  /// How long a client's connection may rest between two requests.
  public var keepAliveTimeout = Duration.seconds(75)
  /// How long running responses may go on after the stop signal.
  public var drainTimeout = Duration.seconds(30)

  /// The least level that is logged.
  public var logLevel = LogLevel.info
  /// The form of log lines.
  public var logFormat = LogFormat.text

  /// The most earlier messages of a session that go along as context.
  public var contextMessages = 40
  /// The most bytes of earlier messages that go along as context.
  public var contextBytes = 256 << 10
  /// Where sessions are kept.
  public var store = StoreLocation.automatic
  /// The file with the password of a PostgreSQL store; nil where it needs none.
  public var storePasswordFile: String?
  /// What an acknowledgement means.
  public var durability = Durability.full
  /// How long the store may take for what somebody waits for.
  public var storeTimeout = Duration.seconds(10)
  /// The bytes of the store beyond which no turn begins.
  public var storeMax = 10 << 30
  /// How long an unused session is kept. Nil for ever, or where nothing is stored for ``memoryTTL``.
  public var sessionTTL: Duration?
  /// The most sessions of one principal that are stored, or of all in memory; the least recently used goes first. Nil for any number,
  /// or where nothing is stored for ``memorySessions``.
  public var maxSessions: Int?
  /// How long a session is kept in memory where nothing is stored and nothing is set.
  public static let memoryTTL = Duration.seconds(86_400)
  /// The most sessions in memory where nothing is set.
  public static let memorySessions = 10_000
  /// Makes all callers one owner of all sessions. Otherwise each has his own: see the contract (docs/wire.md).
  public var sharedSessions = false
  /// How long a generation goes on after its last listener left.
  public var sessionGrace = Duration.seconds(30)

  /// The defaults, with as many workers as the machine lends us cores.
  ///
  /// - Parameter cores: clamped to the bounds of ``workers``.
  public init(cores: Int = MachineCores.available) {
    workers = min(max(cores, 1), 256)
  }
}

extension Configuration {
  /// The first server that is one, for what knows of one alone; where there is none, the standard one.
  public var ollama: OllamaURL {
    get {
      for server in servers { if case .url(let url) = server.place { return url } }
      return .standard
    }
    set { servers = [OllamaServer(.url(newValue))] }
  }
}
