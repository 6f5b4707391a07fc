import Fleet
import GatewayTesting
import JSON
import Testing

@testable import Operations
@testable import Upstreams

/// The documents that operators read of the servers.
@Suite struct ServerReportTests {
  private func document(_ write: (inout JSONWriter) -> Void) throws -> TestJSON {
    var writer = JSONWriter()
    write(&writer)
    return try TestJSON(writer.take())
  }

  @Test func theServers() throws {
    let list = try document { ServerReport.list(SampleFleet.view, isSoleUp: nil, into: &$0) }
    #expect(list["count"] == 2)
    let first = list["servers"][0]
    #expect(first["name"] == "gpu1" && first["url"] == "http://10.0.0.7:11434")
    #expect(first["state"] == "up" && first["version"] == "0.33.0")
    #expect(first["in_flight"] == 2 && first["breaker"] == "closed" && first["busy_seconds"] == .null)
    #expect(first["loads"] == .object(["cold": 1, "options": 0, "foreign": 0]))
    #expect(first["pins"] == .array([]))
    #expect(first["models"] == .array([.object(["name": "a:latest", "digest": "d1"])]))
    let instance = first["instances"][0]
    #expect(instance["model"] == "a:latest" && instance["state"] == "resident")
    #expect(instance["num_ctx"] == 8192 && instance["context_length"] == .null)
    #expect(instance["slots"]["configured"] == .null && instance["slots"]["settled"] == false)
    // Nothing was measured.
    #expect(instance["decode_tokens_per_second"] == .null)
    #expect(instance["load_seconds"] == 4 && instance["load"] == .null)
    let second = list["servers"][1]
    #expect(second["name"] == "server_2" && second["state"] == "draining" && second["draining"] == true)
    #expect(second["version"] == .null && second["instances"] == .array([]))
  }

  @Test("Of an only server its own word counts") func theOnlyServer() throws {
    let server = try #require(SampleFleet.view.servers.first)
    for (isUp, state) in [(true, "up"), (false, "down")] {
      let row = try document { ServerReport.encode(server, isSoleUp: isUp, into: &$0) }
      #expect(row["state"].string == state)
    }
  }

  @Test func theQueue() throws {
    let (view, ticket) = SampleFleet.make()
    let queue = try document { ServerReport.queue(view, into: &$0) }
    #expect(queue["depth"] == 1 && queue["count"] == 1)
    let waiting = queue["waiting"][0]
    #expect(waiting["ticket"].string == ticket.description)
    #expect(waiting["position"] == 1 && waiting["reason"] == "busy" && waiting["waited_seconds"] == 2)
    #expect(waiting["model"] == "a:latest" && waiting["server"] == "gpu1")
    #expect(waiting["flow"] == "user:ann" && waiting["band"] == "normal")
    #expect(
      waiting.keys == [
        "band", "eta_seconds", "flow", "model", "position", "reason", "server", "ticket", "waited_seconds",
      ])
  }
}
