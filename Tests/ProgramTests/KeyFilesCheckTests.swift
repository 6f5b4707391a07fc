import Access
import AccessStorage
import Administration
import GatewayTesting
import Glibc
import SQLiteStore
import System
import Testing

@testable import Configuration
@testable import ollama_gateway

/// What `check` finds of the files of keys.
@Suite struct KeyFilesCheckTests {
  private let folder = TemporaryFolder()

  private func findings(
    _ flags: [String: [String]], environment: [String: String] = [:]
  ) throws -> [CheckReport.Finding] {
    KeyFilesCheck(try resolve(flags: flags).configuration, environment: environment).findings()
  }

  @Test func whereNoneIsNamedThereIsNothingToSay() throws { #expect(try findings([:]).isEmpty) }

  @Test func keysAreCounted() throws {
    let hash = String(repeating: "0f", count: 32)
    let path = folder.file("keys.yaml", "- {id: 0123456789Az, name: ci, hash: \(hash)}")
    #expect(chmod(path, 0o600) == 0)
    #expect(try findings(["keys_file": [path]]) == [.fine("keys_file \(path): 1 key")])
    #expect(chmod(path, 0o666) == 0)
    #expect(try findings(["keys_file": [path]]).count == 2)
    let empty = folder.file("empty.yaml", "[]")
    #expect(
      try findings(["keys_file": [empty]])
        == [.doubtful("keys_file \(empty): there is no key in it, and by it nobody comes in")])
  }

  @Test func aKeyOfTheStoreThatIsShadowedIsNamed() throws {
    let (text, other) = (KeyText(), KeyText())
    let store = try SQLiteStore.open(path: folder.path + "/gateway.db")
    try AccessEditor(store).perform { (book) throws(AccessError) in
      for text in [text, other] { try book.add(NewKey(text, name: "stored", at: .now).record) }
    }
    store.close()
    let hash = String(repeating: "0f", count: 32)
    let path = folder.file("keys.yaml", "- {id: \(text.id), name: ci, hash: \(hash)}")
    #expect(chmod(path, 0o600) == 0)
    let findings = try findings(["keys_file": [path], "store": ["sqlite:\(folder.path)/gateway.db"]])
    #expect(findings.count == 2 && "\(findings)".contains("the id \(text.id) of a key in the store"))
    #expect(!"\(findings)".contains(other.id.text))
  }

  @Test func whereNothingIsStoredThereAreNoTeams() throws {
    let hash = String(repeating: "0f", count: 32)
    let path = folder.file("keys.yaml", "- {id: 0123456789Az, name: ci, hash: \(hash), team: research}")
    #expect(chmod(path, 0o600) == 0)
    #expect(try findings(["keys_file": [path], "store": ["sqlite:\(folder.path)/gateway.db"]]).count == 1)
    let findings = try findings(["keys_file": [path], "store": ["memory"]])
    #expect(findings.count == 2 && "\(findings)".contains("team for the key 0123456789Az"), "\(findings)")
  }

  @Test func whatIsWrongHasItsLine() throws {
    let path = folder.file("keys.yaml", "- {id: 0123456789Az}")
    #expect(
      try findings(["keys_file": [path]]) == [
        .wrong("keys_file \(path):1: keys.name takes a name of 1-100 bytes without control characters")
      ])
    let missing = folder.path + "/none"
    #expect(
      try findings(["keys_file": [missing], "admin_key_file": [missing]]) == [
        .wrong("keys_file \(missing): cannot read the file: No such file or directory"),
        .wrong("admin_key_file \(missing): cannot read the file: No such file or directory"),
      ])
  }

  @Test func theAdministratorsKeyIsNamedByItsPublicPartAlone() throws {
    let key = KeyText()
    let path = folder.file(ConfigurationCredential.adminKeyName, key.text + "\n")
    #expect(chmod(path, 0o400) == 0)
    let fine = CheckReport.Finding.fine("admin_key_file \(path): the key \(key.id)")
    #expect(try findings(["admin_key_file": [path]]) == [fine])
    #expect(
      try findings([:], environment: [ConfigurationCredential.folderVariable: folder.path]) == [fine])
  }
}
