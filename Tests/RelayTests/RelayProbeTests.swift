import Access
import OllamaAPI
import Testing

@testable import Handling
@testable import Relay

@Suite struct RelayProbeTests {
  private func probe(
    _ body: String, unloading: RelayProbe.UnloadingLeave = .refusedToAll
  ) throws(RequestFailure) -> RelayProbe {
    let reading = RelayProbe.Reading(.keepAlive, unloading: unloading)
    while true {
      if let probe = try reading.next(Array(body.utf8)) { return probe }
    }
  }

  /// That of the failure with which a body is refused; nil if it is not.
  private func status(_ body: String) -> Int? {
    do throws(RequestFailure) {
      _ = try probe(body)
      return nil
    } catch {
      return error.status
    }
  }

  @Test func modelAndStreamAreRead() throws {
    let given = try probe(#"{"model":"a:b","stream":false}"#)
    #expect(given.model == "a:b")
    #expect(!given.stream)
    let absent = try probe(#"{"prompt":"x"}"#)
    #expect(absent.model == nil)
    #expect(absent.stream, "a small read buffer is right where nothing is said")
    #expect(try probe("").model == nil, "Ollama has its own words for a body that is missing")
  }

  @Test(arguments: ["[]", "x", "{", #"{"model":1}"#, #"{"stream":"yes"}"#, #"{a":1}"#, "null"])
  func whatIsNoRequestIsMalformed(body: String) {
    #expect(status(body) == 400)
  }

  /// Who has a key is not told to start the gateway otherwise: it may be so already.
  @Test func whyNothingIsUnloaded() {
    for (scopes, hasGrant, words) in [
      ([], false, "--allow-model-management"), ([.inference], true, "lacks the scope models.manage"),
      ([.modelsManage], true, nil), ([.modelsManage], false, nil),
    ] as [(Scopes, Bool, String?)] {
      var detail: String?
      do throws(RequestFailure) {
        _ = try probe(#"{"keep_alive":0}"#, unloading: .init(scopes, hasGrant: hasGrant))
      } catch { detail = error.detail }
      #expect((detail == nil) == (words == nil))
      if let words { #expect(detail?.contains(words) == true) }
    }
  }

  /// Whatever Ollama would take for 0 is 0.
  @Test(arguments: [
    "0", "-0", "0.0", "-0.0", "0e5", #""0""#, #""0s""#, #""-0s""#, #""0h0m""#, #""+0""#, #""0ms""#, "0.4",
    #""0.0s""#, #""0.1ns""#,
  ])
  func zeroHasManySpellings(value: String) throws {
    let body = #"{"model":"a","keep_alive":\#(value)}"#
    #expect(status(body) == 403)
    #expect(try probe(body, unloading: .granted).model == "a")
  }

  @Test(arguments: [
    #"{"keep_alive":5,"keep_alive":0}"#, #"{"KEEP_ALIVE":0}"#, #"{"Keep_Alive":"0"}"#,
    #"{"keep\u005falive":0}"#, #"{"\u006beep_alive":0}"#, "{\"\u{212A}eep_alive\":0}",
    #"{ "keep_alive" : 0 }"#, #"{"model":"a","messages":[{"keep_alive":5}],"keep_alive":0}"#,
  ])
  func soHasItsKey(body: String) {
    #expect(status(body) == 403)
  }

  @Test(arguments: [
    #"{"keep_alive":0,"keep_alive":5}"#, #"{"keep_alive":"5m"}"#, #"{"keep_alive":-1}"#,
    #"{"keep_alive":null}"#, #"{"messages":[{"keep_alive":0}]}"#, #"{"keep_alive":"-1m"}"#,
    #"{"options":{"keep_alive":0}}"#, #"{"prompt":"\"keep_alive\":0"}"#,
  ])
  func nothingElseUnloads(body: String) {
    #expect(status(body) == nil)
  }
}
