import FoundationEssentials
import Handling
import Testing

@testable import Pages

@Suite struct PageFileTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/Pages/Files")

  /// All of them go over slow lines and to phones, uncompressed. Images, thinking and the queue were worth some more than the 150,000
  /// that there were before, a card for each of several servers some more than the 160,000 after that, the store's card, with what
  /// is said of answers that a restart has cut off, some more than the 163,000 then, the key, which is asked for, tried, kept and
  /// forgotten by each page, with what is refused by it, some more than the 166,000 before that, messages that stay on the page
  /// until they are in the history some more than the 181,000 then, and sign-in more than the 183,000 before it: 16,000 of each page,
  /// and 23,000 that a page fetches where there is anybody to sign in; and images that stay while the page is at the issuer some more than
  /// the 224,000 after that; and the password, or another sign-in, that a key takes of who signed in long ago some more than the 228,000 then.
  private static let budgetBytes = 230_000

  @Test func whatIsInTheFolderIsInTheProgram() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(names) == Set(PageFiles.all.keys))
    for name in names {
      let content = try Data(contentsOf: Self.folder.appending(path: name))
      let isSame = PageFiles.all[name]?.content == Array(content)
      #expect(isSame, "\(name)")
    }
  }

  @Test func allTogetherAreSmall() {
    let bytes = PageFiles.all.values.reduce(0) { $0 + $1.content.count }
    #expect(bytes < Self.budgetBytes)
  }

  @Test(arguments: Page.allCases) func everyPageHasItsFile(page: Page) {
    #expect(page.file.isPage)
    #expect(page.file.mediaType == "text/html; charset=utf-8")
  }

  /// No request to any other host, and nothing inline that the content security policy would refuse.
  @Test(arguments: PageFiles.all.values.map(\.name).sorted())
  func aFileNeedsNoOtherHostAndHasNothingInline(name: String) throws {
    let text = String(decoding: try #require(PageFiles.all[name]).content, as: UTF8.self)
    let addresses = text.matches(of: /(?:src|href)="(?<address>[^"]*)"|url\((?<address2>[^)]*)\)/)
      .map { $0.address ?? $0.address2 ?? "" }
    #expect(addresses.allSatisfy { !$0.contains("//") }, "\(addresses)")
    #expect(!text.contains(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/))
    #expect(!text.contains(/<[^>]+\s(?:style|on[a-z]+)=/))
    #expect(!text.contains(/<style|<script(?![^>]*\ssrc=)/))
  }

  @Test func entityTagsTellContentsApart() {
    let tag = StaticFile("a.css", Array("a".utf8)).entityTag
    #expect(tag == StaticFile("b.css", Array("a".utf8)).entityTag)
    #expect(tag != StaticFile("a.css", Array("b".utf8)).entityTag)
    #expect(tag != StaticFile("a.css", []).entityTag)
    #expect(tag.wholeMatch(of: /"[0-9a-z-]+"/) != nil)
  }

  @Test func ifNoneMatch() {
    let file = StaticFile("a.css", Array("a".utf8))
    for known in [
      "*", file.entityTag, "W/\(file.entityTag)", "\"x\", \(file.entityTag)", "\"x\" ,W/\(file.entityTag) ",
    ] {
      #expect(file.isKnown(by: known), "\(known)")
    }
    for other in [nil, "", "\"x\"", "W/", ",", "\(file.entityTag.dropLast())", "w/\(file.entityTag)"] {
      #expect(!file.isKnown(by: other), "\(other ?? "none")")
    }
  }
}
