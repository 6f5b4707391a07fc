import Access
import GatewayTesting
import Glibc
import Testing

/// A key that was used wherever keys may be used stands nowhere afterwards: nor does its secret part.
@Suite struct KeySecrecyTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path + "/gateway.db" }

  private func bytes(of path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var all: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&part, 1, part.count, file)
      guard count > 0 else { return all }
      all += part[..<count]
    }
  }

  private func names(in folder: String) throws -> [String] {
    let entries = try #require(opendir(folder))
    defer { closedir(entries) }
    var names: [String] = []
    while let entry = readdir(entries) {
      names.append(withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) })
    }
    return names.filter { !$0.hasPrefix(".") }
  }

  /// What a command prints.
  private func output(_ arguments: [String]) throws -> String {
    let run = try ProgramRun(arguments)
    _ = run.wait()
    return run.output + run.errors
  }

  @Test func aMarkedKey() async throws {
    let store = ["--store", "sqlite:\(path)"]
    let added = try ProgramRun(["keys", "add", "--name", "ann", "--admin"] + store)
    #expect(added.wait() == 0)
    let key = added.output.filter { $0 != "\n" }
    let administrator = KeyText()
    let keyFile = folder.file("admin.key", administrator.text)
    chmod(keyFile, 0o400)
    let secrets = [key, administrator.text].map { String($0.split(separator: "-").last ?? "?") }
    #expect(secrets.allSatisfy { $0.utf8.count == 43 })
    var seen: [(what: String, text: String)] = [("keys add", added.errors)]

    let run = try ProgramRun(
      [
        "serve", "--listen", "127.0.0.1:0", "--ollama", "http://127.0.0.1:1", "--workers", "1",
        "--log-level", "trace", "--allow-query-keys",
      ] + store, environment: ["ADMIN_KEY_FILE": keyFile])
    try await run.waitForError(" ready ")
    let port = try #require(
      run.errors.firstMatch(of: /listen=127\.0\.0\.1:([0-9]+)/).flatMap { UInt16($0.1) }, "\(run.errors)")
    for key in [key, administrator.text] {
      // As it is, with a letter wrong, and where none belongs.
      for text in [key, String(key.dropLast()) + "x", key + "x"] {
        for headers: TestHeaders in [
          ["Authorization": "Bearer \(text)"], ["X-Api-Key": text], ["api-key": text],
          ["Authorization": text], ["Cookie": "key=\(text)"], ["X-Session-Token": text],
          ["Authorization": "Bearer \(text)", "X-Api-Key": KeyText().text],
        ] {
          for path in [
            "/api/tags", "/v1/models", "/api/v1/admin/keys", "/metrics", "/health/detailed", "/nowhere",
          ] {
            let response = try await TestClient.get(port, path, headers)
            seen.append((path, "\(response.headers) \(response.text)"))
          }
        }
        for path in [
          "/api/tags?api_key=\(text)", "/key/info?key=\(text)", "/api/v1/admin/keys/\(text)", "/\(text)",
          "/api/\(text)", "/v1/models/\(text)", "/api/v1/chat/sessions/\(text)",
        ] {
          let response = try await TestClient.get(port, path, ["Authorization": "Bearer \(text)"])
          // A name that the client has chosen comes back to it in words about that.
          if !path.hasPrefix("/v1/models/") { seen.append((path, "\(response.headers) \(response.text)")) }
        }
        let posted = try await TestClient.post(
          port, "/key/\(text)/regenerate", json: #"{"nothing":1}"#, ["Authorization": "Bearer \(key)"])
        seen.append(("regenerate", "\(posted.headers) \(posted.text)"))
        // What comes back to who has sent it does no harm; what is logged of it would.
        _ = try await TestClient.post(
          port, "/api/chat", json: #"{"model":"\#(text)","messages":[]}"#,
          ["Authorization": "Bearer \(key)", "X-Client-Request-Id": text])
        _ = try await TestClient.get(port, "/%73%6b%2dog-\(text.dropFirst(6))")
      }
    }
    let metrics = try await TestClient.get(port, "/metrics", ["Authorization": "Bearer \(key)"])
    #expect(metrics.status == 200)
    for file in ["cmdline", "environ", "status", "comm"] {
      let text = String(decoding: bytes(of: "/proc/\(run.id)/\(file)"), as: UTF8.self)
      #expect(!text.isEmpty, "\(file)")
      seen.append(("/proc: \(file)", text))
    }
    for arguments in [
      ["keys", "list"], ["keys", "list", "--json"], ["keys", "show", "ann"], ["usage"], ["check"],
    ] {
      seen.append((arguments.joined(separator: " "), try output(arguments + store)))
    }
    // The log as it is while it runs, and after a crash with the report of that.
    for name in try names(in: folder.path) where name != "admin.key" {
      seen.append((name, String(decoding: bytes(of: "\(folder.path)/\(name)"), as: UTF8.self)))
    }
    #expect(seen.contains { $0.what == "gateway.db-wal" } && seen.contains { $0.what == "gateway.db" })
    run.signal(SIGSEGV)
    #expect(run.wait() == 128 + SIGSEGV)
    let log = String(decoding: bytes(of: run.errorPath), as: UTF8.self)
    #expect(log.contains("crashed: signal=SIGSEGV") || log.contains("Sanitizer"))
    #expect(log.utf8.count > 10_000, "it was logged what was asked for")
    seen.append(("log", log))
    for (what, text) in seen {
      for secret in secrets { #expect(!text.contains(secret), "\(what): \(text.prefix(2000))") }
    }
  }
}
