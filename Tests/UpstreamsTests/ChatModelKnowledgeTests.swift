import System
import Testing

@testable import Upstreams

@Suite struct ChatModelKnowledgeTests {
  @Test func eachIsAskedForOnce() {
    let known = ChatModelKnowledge()
    let now = MonotonicTime.now
    #expect(known.take(["a", "b", "a"], at: now) == ["a", "b"])
    #expect(known.take(["b", "c"], at: now) == ["c"], "the others are under way")
    known.settle("a", canChat: false)
    known.settle("b", canChat: nil)
    #expect(known.canChat("a") == false && known.canChat("b") == true && known.canChat("c") == nil)
    known.giveUp(["c"], failure: now)
    #expect(known.take(["a", "c"], at: now + .seconds(59)).isEmpty)
    #expect(known.take(["a", "c"], at: now + .seconds(60)) == ["c"])
  }

  @Test func whatIsKnownIsBounded() {
    let known = ChatModelKnowledge()
    let now = MonotonicTime.now
    let many = (0..<100).map { "\($0)" }
    #expect(known.take(many, at: now).count == ChatModelKnowledge.questions)
    for number in 0...ChatModelKnowledge.capacity { known.settle("\(number)", canChat: false) }
    #expect(known.canChat("0") == nil && known.canChat("\(ChatModelKnowledge.capacity)") == false)
  }
}
