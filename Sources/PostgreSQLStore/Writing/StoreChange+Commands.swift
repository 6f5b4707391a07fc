internal import Sessions
internal import System

extension StoreChange {
  /// What a server is told for it, in a transaction.
  var commands: [Command] {
    switch self {
    case .putSession(let session): [.prepared(WriteStatements.putSession, session.parameters)]
    case .updateSession(let session): [.prepared(WriteStatements.updateSession, session.parametersOfUpdate)]
    case .deleteSession(let key):
      [WriteStatements.dropRequestsOfSession, WriteStatements.deleteSession].map {
        .prepared($0, [Parameter(key)])
      }
    case .putMessage(let message, let key):
      [.prepared(WriteStatements.putMessage, [Parameter(key)] + message.parameters)]
    case .dropMessages(let key, let place):
      [.prepared(WriteStatements.dropMessages, [Parameter(key), Parameter(place)])]
    case .putImage, .dropImages: imageCommands
    case .putGeneration, .endGeneration, .appendPart, .dropEndedParts: generationCommands
    case .putCheckpoint, .dropCheckpoints, .dropEarlierCheckpoints: checkpointCommands
    case .putIdempotentRequest, .dropIdempotentRequest, .dropIdempotentRequests: requestCommands
    case .putAdoption(let order, let time):
      [
        .prepared(WriteStatements.redirectAdoptions, [Parameter(order.other), Parameter(order.owner)]),
        .prepared(
          WriteStatements.putAdoption, [Parameter(order.other), Parameter(order.owner), Parameter(time)]),
        .prepared(WriteStatements.dropAdoptionsTo, [Parameter(order.other)]),
      ]
    case .dropAdoptions(let owner): [.prepared(WriteStatements.dropAdoptionsTo, [Parameter(owner)])]
    case .dropAdoption(let number, let owner):
      [.prepared(WriteStatements.dropAdoption, [Parameter(number), Parameter(owner)])]
    case .giveSession, .putKey, .deleteKey, .putTeam, .deleteTeam, .closeAccess: accessCommands
    case .putUser, .deleteUser, .reserveUsers, .putSignIn, .dropSignIns, .dropOldSignIns: userCommands
    case .addUsage, .dropUsage, .dropUsageEntries, .dropCounters, .dropOldCounters: usageCommands
    }
  }

  private var imageCommands: [Command] {
    switch self {
    case .putImage(let image, let key):
      let parameters = [
        Parameter(key), Parameter(bytes: image.digest.bytes), Parameter(image.mediaType.rawValue),
        Parameter(bytes: image.bytes),
      ]
      return [.prepared(WriteStatements.putImage, parameters)]
    case .dropImages(let key, let kept):
      return [
        .prepared(WriteStatements.dropImages, [Parameter(key), Parameter(byteStrings: kept.map(\.bytes))])
      ]
    default: return []
    }
  }

  private var generationCommands: [Command] {
    switch self {
    case .putGeneration(let generation):
      return [.prepared(WriteStatements.putGeneration, generation.parameters)]
    case .endGeneration(let id, let end):
      let ended = Command.prepared(WriteStatements.endGeneration, [Parameter(id)] + end.parameters)
      return end.state == .interrupted
        ? [ended] : [ended, .prepared(WriteStatements.dropParts, [Parameter(id)])]
    case .appendPart(let part):
      let parameters = [
        Parameter(part.generation), Parameter(part.index), Parameter(bytes: part.text),
        Parameter(bytes: part.lengths),
      ]
      return [.prepared(WriteStatements.appendPart, parameters)]
    case .dropEndedParts(let key): return [.prepared(WriteStatements.dropEndedParts, [Parameter(key)])]
    default: return []
    }
  }

  private var checkpointCommands: [Command] {
    switch self {
    case .putCheckpoint(let checkpoint):
      let parameters = [Parameter(checkpoint.number), Parameter(bytes: checkpoint.texts)]
      return [.prepared(WriteStatements.putCheckpoint, parameters)]
    case .dropCheckpoints(let number):
      return [.prepared(WriteStatements.dropCheckpoints, [Parameter(number)])]
    case .dropEarlierCheckpoints: return [.prepared(WriteStatements.dropEarlierCheckpoints, [])]
    default: return []
    }
  }

  private var requestCommands: [Command] {
    switch self {
    case .putIdempotentRequest(let request):
      let parameters = [
        Parameter(request.owner), Parameter(request.key), Parameter(request.generation),
        Parameter(bytes: request.digest), Parameter(request.expiresAt), Parameter(.now),
      ]
      return [.prepared(WriteStatements.putRequest, parameters)]
    case .dropIdempotentRequest(let generation):
      return [.prepared(WriteStatements.dropRequest, [Parameter(generation)])]
    case .dropIdempotentRequests(let time):
      return [.prepared(WriteStatements.dropExpiredRequests, [Parameter(time)])]
    default: return []
    }
  }
}

extension Parameter {
  init(_ key: StoreKey) { self.init(key.description) }

  init(_ time: Timestamp) { self.init(Int(time.millisecondsSince1970)) }

  /// Whole microseconds.
  init(_ duration: Duration?) {
    self.init(duration.map { Int($0.wholeNanoseconds / 1000) })
  }
}

extension StoredSession {
  /// As ``WriteStatements/sessionColumns`` has them.
  var parameters: [Parameter] {
    [
      Parameter(key), Parameter(owner), Parameter(title), Parameter(titleNumber), Parameter(createdAt),
      Parameter(updatedAt), Parameter(messageCount), Parameter(lastNumber), Parameter(lastAuthor),
    ]
  }
}

extension StoredSession {
  /// The same without the owner, who stays.
  fileprivate var parametersOfUpdate: [Parameter] {
    var parameters = parameters
    parameters.remove(at: 1)
    return parameters
  }
}

extension StoredMessage {
  /// As ``WriteStatements/messageColumns`` has them.
  var parameters: [Parameter] {
    let (role, author) =
      switch message.author {
      case .user(let name): (0, name)
      case .assistant(let model): (1, model)
      }
    return [
      Parameter(place), Parameter(message.number), Parameter(role), Parameter(author),
      Parameter(message.content),
      Parameter(message.thinking), Parameter(message.timestamp), Parameter(message.state.rawValue),
      Parameter(bytes: message.images.flatMap(\.bytes)), Parameter(message.usage?.promptTokens),
      Parameter(message.usage?.completionTokens), Parameter(message.usage?.timeToFirstToken),
      Parameter(message.usage?.duration), Parameter(message.textBytes),
    ]
  }
}

extension StoredGeneration {
  fileprivate var parameters: [Parameter] { [Parameter(session)] + parametersWithoutSession }

  /// As ``WriteStatements/generationColumns`` has them.
  var parametersWithoutSession: [Parameter] {
    [
      Parameter(id), Parameter(author), Parameter(model), Parameter(messagePlace), Parameter(messageNumber),
      Parameter(startedAt),
    ]
      + (end?.parameters ?? [Parameter(0)] + [Parameter](repeating: .null, count: 6))
  }
}

extension StoredGenerationEnd {
  /// As ``WriteStatements/endColumns`` has them.
  var parameters: [Parameter] {
    [
      Parameter(state.rawValue), Parameter(endedAt), Parameter(lastNumber), Parameter(doneReason),
      Parameter(failureCode), Parameter(failureMessage), Parameter(answerPlace),
    ]
  }
}
