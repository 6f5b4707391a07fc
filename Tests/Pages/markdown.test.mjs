// The Markdown reader: what it makes of text, and that a text that grows gives the same as one that is whole.

import assert from "node:assert/strict";
import { Session } from "node:inspector/promises";
import { test } from "node:test";

import { MarkdownStream, parse } from "../../Sources/Pages/Files/markdown.js";
import { parseInlines, safeAddress } from "../../Sources/Pages/Files/markdown-inline.js";

/** A short form of a tree: `p(text em(more))`. */
function short(node) {
  if (Array.isArray(node)) return node.map(short).join("");
  switch (node.type) {
    case "text": return node.text;
    case "break": return "⏎";
    case "code": return node.raw === undefined ? `\`${node.text}\`` : `code[${node.language}](${node.text})`;
    case "link": return `link[${node.href}](${short(node.children)})`;
    case "paragraph": return `p(${short(node.inlines)})`;
    case "heading": return `h${node.level}(${short(node.inlines)})`;
    case "rule": return "rule";
    case "quote": return `quote(${short(node.blocks)})`;
    case "list": return `${node.ordered ? `ol${node.start}` : "ul"}(${node.items.map((item) => `li(${short(item.blocks)})`).join("")})`;
    case "table": return `table(${[node.head, ...node.rows].map((row) => row.cells.map(({ inlines }) => short(inlines)).join("|")).join("/")})`;
    default: return `${node.type}(${short(node.children)})`;
  }
}

const BLOCKS = [
  ["Hello", "p(Hello)"],
  ["one\ntwo\n\nthree", "p(one⏎two)p(three)"],
  ["# A\n## B ##\n####### no", "h1(A)h2(B)p(####### no)"],
  ["#hash", "p(#hash)"],
  ["# C#", "h1(C#)"],
  ["---\n***\n_ _ _", "rulerulerule"],
  ["```js\nlet a = 1;\n\n  b\n```\nafter", "code[js](let a = 1;\n\n  b)p(after)"],
  ["```\nopen", "code[](open)"],
  ["````\n```\n````", "code[](```)"],
  ["~~~py\n# no heading\n~~~", "code[py](# no heading)"],
  ["> a\n> b\n>\n> c", "quote(p(a⏎b)p(c))"],
  ["> a\nb", "quote(p(a⏎b))"],
  ["- a\n- b", "ul(li(p(a))li(p(b)))"],
  ["* a\n\n* b\n\nc", "ul(li(p(a))li(p(b)))p(c)"],
  ["3. a\n4. b", "ol3(li(p(a))li(p(b)))"],
  ["1. a\n   - b\n   - c\n2. d", "ol1(li(p(a)ul(li(p(b))li(p(c))))li(p(d)))"],
  ["1. a\n  - b", "ol1(li(p(a)ul(li(p(b)))))"],
  ["- a\n\n  b\n\n  ```\n  c\n  ```", "ul(li(p(a)p(b)code[](c)))"],
  ["- a\nb", "ul(li(p(a⏎b)))"],
  ["- a\n1. b", "ul(li(p(a)))ol1(li(p(b)))"],
  ["text\n- a", "p(text)ul(li(p(a)))"],
  ["| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 |\nafter", "table(a|b/1|2/3)p(after)"],
  ["a | b\n--- | ---\n`x|y` | \\| ", "table(a|b/`x|y`||)"],
  ["before\na | b\n---|---\n1 | 2", "p(before)table(a|b/1|2)"],
  ["a | b\nno table", "p(a | b⏎no table)"],
  ["<script>alert(1)</script>", "p(<script>alert(1)</script>)"],
  ["<img src=x onerror=alert(1)>", "p(<img src=x onerror=alert(1)>)"],
  ["", ""],
  ["\n\n", ""],
];

for (const [source, wanted] of BLOCKS) {
  test(`block ${JSON.stringify(source)}`, () => assert.equal(short(parse(source)), wanted));
}

const INLINES = [
  ["a *b* _c_ **d** __e__ ***f***", "a emphasis(b) emphasis(c) strong(d) strong(e) emphasis(strong(f))"],
  ["**a *b* c**", "strong(a emphasis(b) c)"],
  ["**a *b***", "strong(a emphasis(b))"],
  ["*a **b***", "emphasis(a strong(b))"],
  ["snake_case_name 2 * 3 * 4 **", "snake_case_name 2 * 3 * 4 **"],
  ["*open", "*open"],
  ["a**b**c", "astrong(b)c"],
  ["`a*b` *`*`*", "`a*b` emphasis(`*`)"],
  ["`` a`b `` `open", "`a`b` `open"],
  ["\\*a\\* \\\\ \\d", "*a* \\ \\d"],
  ["[a](https://b.example/c)", "link[https://b.example/c](a)"],
  ["[**a**](https://b.example 'title') [](https://b.example)", "link[https://b.example/](strong(a)) link[https://b.example/](https://b.example)"],
  ["[a](https://b.example/c_(d)) e", "link[https://b.example/c_(d)](a) e"],
  ["[a](mailto:b@c.example)", "link[mailto:b@c.example](a)"],
  ["![a](https://b.example/c.png)", "link[https://b.example/c.png](a)"],
  ["[a](javascript:alert(1))", "[a](javascript:alert(1))"],
  ["[a](JaVaScRiPt:alert(1)) [b](data:text/html,x) [c](/relative) [d](vbscript:x)", "[a](JaVaScRiPt:alert(1)) [b](data:text/html,x) [c](/relative) [d](vbscript:x)"],
  ["[a](java\nscript:alert(1))", "[a](java⏎script:alert(1))"],
  ["[a] [b", "[a] [b"],
  ["see https://a.example/b?c=d, (https://e.example/f).", "see link[https://a.example/b?c=d](https://a.example/b?c=d), (link[https://e.example/f](https://e.example/f))."],
  ["<https://a.example> <b>", "link[https://a.example/](https://a.example) <b>"],
  ["xhttps://a.example http://", "xhttps://a.example http://"],
  ["a  \nb", "a⏎b"],
  ["*a**b*", "emphasis(a**b)"],
  ["*foo [bar* baz](https://a.example)", "*foo link[https://a.example/](bar* baz)"],
  ["[a [b](https://a.example)](https://c.example)", "[a link[https://a.example/](b)](link[https://c.example/](https://c.example))"],
  ["*a* b *c*", "emphasis(a) b emphasis(c)"],
  ["[a](<https://b.example>) [a](https://b.example c)", "link[https://b.example/](a) [a](link[https://b.example/](https://b.example) c)"],
  ["http://[x", "http://[x"],
  ["``a` b`` ```", "`a` b` ```"],
  ["(see http://a.example/b_(c))", "(see link[http://a.example/b_(c)](http://a.example/b_(c)))"],
  ["&lt;b&gt; &amp;", "&lt;b&gt; &amp;"],
];

for (const [source, wanted] of INLINES) {
  test(`inline ${JSON.stringify(source)}`, () => assert.equal(short(parseInlines(source)), wanted));
}

test("addresses that may be followed", () => {
  for (const address of ["http://a.example", "https://a.example", "mailto:a@b.example"]) assert.ok(safeAddress(address));
  for (const address of ["javascript:alert(1)", " javascript:alert(1)", "\u0001javascript:alert(1)", "data:text/html,x",
    "file:///etc/passwd", "blob:https://a.example/x", "//a.example", "a", "", "https://"]) {
    assert.equal(safeAddress(address), null, address);
  }
});

/** Numbers that are the same each time. */
function* numbers(seed) {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Blocks without where they stand, which differs from text to text. */
function trees(blocks) {
  return JSON.parse(JSON.stringify(blocks, (key, value) => (key === "line" ? undefined : value)));
}

test("a text that grows gives what it gives when it is whole", () => {
  const pieces = [...BLOCKS, ...INLINES].map(([source]) => source);
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = numbers(seed);
    const pick = (count) => Math.floor(random.next().value * count);
    let text = "";
    for (let count = 0; count < 12; count += 1) text += pieces[pick(pieces.length)] + ["\n", "\n\n", " ", "\n  ", "\n> "][pick(5)];
    const stream = new MarkdownStream();
    for (let place = 0; place < text.length; ) {
      const length = 1 + pick(8);
      stream.append(text.slice(place, place + length));
      place += length;
    }
    assert.deepEqual(trees(stream.blocks()), trees(parse(text)), `seed ${seed}: ${JSON.stringify(text)}`);
  }
});

test("blocks that can change no more stay the same objects", () => {
  const stream = new MarkdownStream();
  const first = stream.append("# One\n\nTwo\n\nThree\nFo");
  const second = stream.append("ur and more");
  assert.deepEqual(first.map((block, index) => block === second[index]), [true, true, false]);
});

/** Counts characters that are read, since time differs from machine to machine. */
function parsedCharacters(append) {
  const split = String.prototype.split;
  let count = 0;
  String.prototype.split = function (...parameters) {
    if (parameters[0] === "\n") count += this.length;
    return split.apply(this, parameters);
  };
  try {
    append();
  } finally {
    String.prototype.split = split;
  }
  return count;
}

test("a long answer costs what its last block costs", () => {
  const paragraph = "Twenty words or so make a paragraph of an answer, and then there is another one that is like it.\n\n";
  const stream = new MarkdownStream();
  const text = paragraph.repeat(200);
  const count = parsedCharacters(() => {
    for (let place = 0; place < text.length; place += 4) stream.append(text.slice(place, place + 4));
  });
  assert.equal(stream.blocks().length, 200);
  assert.ok(count < text.length * paragraph.length, `${count} characters were read for ${text.length}`);
});

/** So many characters an answer may have that is read at once. */
const LENGTH = 100_000;
/** At a nanosecond or two a step, 100,000 characters are read within 50 ms. */
const STEPS_PER_CHARACTER = 250;

const many = (piece, length) => piece.repeat(Math.ceil(length / piece.length));
const growing = (piece) => (length) => {
  let text = "";
  for (let count = 1; text.length < length; count += 1) text += `${piece.repeat(count)} `;
  return text;
};
const between = (start, middle, end) => (length) => start + many(middle, length) + end;

/** Texts that were slow once, or might be, each of any length. */
const SLOW = [
  ...["*", "**a ", "_a", "`", "` `` ", "[", "[a](", "![", "![a](", "<", "> ", "- ", "  ", "|", "\\", "(", ")", "https://", "https://a.",
    "*a **b ", "[a](https://b.example/", "1. ", "#", "```\n", "|-", "a|", "***a*", "*_", "*_a", "_*a", "a* b*", "a**b*c", "[]", "]",
    "http://[ ", "http://a ", "[a](x)", "[a](http://[) ", "[a](<", "[a](b 'c ", "<http://a", "- a\n", "- a\n\n", "> a\n", "> \n> ", "a\n",
    "\n", "a|b\n", "~~~\n", "a\n---\n", "a          \n", ">", "-\t", "h", "\u2028", "😀*", "- - x", "***", "* * * x\n",
  ].map((piece) => [JSON.stringify(piece), (length) => many(piece, length)]),
  ["backquotes of growing lengths", growing("`")],
  ["stars of growing lengths", growing("*")],
  ["brackets in brackets", (length) => "[".repeat(length / 2) + "]".repeat(length / 2)],
  ["links in links", (length) => many("[a](", length) + many(")", length / 4)],
  ["links in links with titles", (length) => many("[a](b 'x ", length) + many(")", length / 9)],
  ["addresses that end late", (length) => (many("[a](", 1000) + "<" + many(")", 250)).repeat(length / 1250)],
  ["blanks in a text", between("a", " ", "b")],
  ["blanks before a line's end", between("a", " ", "\nb")],
  ["blanks in a heading", between("#", " ", "\u2028a")],
  ["blanks in an item", between("-", " ", "\u2028a")],
  ["blanks behind a fence", between("```", " ", "`")],
  ["a language", between("```", "a", "`")],
  ["blanks in a table's delimiters", between("a|b\n-|-", " ", "a")],
  ["marks behind a heading", between("# a", " #", " a")],
  ["rules that are none", between("- -", " -", " a")],
  ["brackets behind an address", between("http://a", ")", "")],
  ["a table with many columns and many rows", (length) =>
    `|${many("a|", length / 4)}\n|${many("-|", length / 4)}\n${many("|\n", length / 2)}`],
  ["a table with many rows", (length) => `|a|b|\n|-|-|\n${many("|a|b|\n", length)}`],
  ["lists in lists", (length) => Array.from({ length: Math.sqrt(2 * length) }, (_, depth) => `${" ".repeat(depth)}- a`).join("\n")],
  ["quotes in quotes", (length) => many("> > > > > > > > > > a\n", length)],
];

/** Runs `work`, and counts its steps: blocks of the readers' code that it ran, and characters that it had the engine look at. */
async function steps(work) {
  const session = new Session();
  session.connect();
  const characters = countCharacters();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  let blocks = 0;
  try {
    work();
    const { result } = await session.post("Profiler.takePreciseCoverage");
    for (const { url, functions } of result) {
      if (!/\/markdown(-inline)?\.js$/.test(url)) continue;
      for (const { ranges } of functions) for (const { count } of ranges) blocks += count;
    }
  } finally {
    session.disconnect();
    characters.stop();
  }
  assert.ok(blocks > 0 && characters.count > 0);
  return blocks + characters.count;
}

/** What the engine's own functions go through: of a pattern that stays at its place what it took, else the whole text. */
function countCharacters() {
  const counter = { count: 0, stop: () => undos.forEach((undo) => undo()) };
  const undos = [];
  const replace = (prototype, name, make) => {
    const original = prototype[name];
    prototype[name] = make(original);
    undos.push(() => { prototype[name] = original; });
  };
  for (const name of ["split", "trim", "trimStart", "trimEnd", "replace", "replaceAll", "includes", "startsWith", "repeat", "matchAll"]) {
    replace(String.prototype, name, (original) => function (...parameters) {
      counter.count += this.length;
      return original.apply(this, parameters);
    });
  }
  for (const name of ["exec", "test"]) {
    replace(RegExp.prototype, name, (original) => function (text) {
      const start = this.lastIndex;
      const result = original.call(this, text);
      counter.count += this.sticky || this.global ? Math.max(1, this.lastIndex - start) : text.length;
      return result;
    });
  }
  return counter;
}

for (const [name, make] of SLOW) {
  test(`a long text is read in one go: ${name}`, async () => {
    const texts = [make(LENGTH / 2), make(LENGTH)];
    const [half, whole] = [await steps(() => parse(texts[0])), await steps(() => parse(texts[1]))];
    assert.ok(whole <= STEPS_PER_CHARACTER * texts[1].length, `${whole} steps for ${texts[1].length} characters`);
    assert.ok(whole <= 2.5 * half + 3 * LENGTH, `${whole} steps, for a half of it ${half}`);
    const inline = await steps(() => parseInlines(texts[1]));
    assert.ok(inline <= STEPS_PER_CHARACTER * texts[1].length, `${inline} steps for the text of a paragraph`);
  });
}

/** What a stream costs whose text comes in small pieces. */
function stream(text) {
  const stream = new MarkdownStream();
  for (let place = 0; place < text.length; place += 4) stream.append(text.slice(place, place + 4));
  stream.blocks();
}

for (const [name, make] of SLOW) {
  test(`a long text that comes in small pieces costs a multiple of its length: ${name}`, async () => {
    const [half, whole] = [await steps(() => stream(make(LENGTH / 8))), await steps(() => stream(make(LENGTH / 4)))];
    assert.ok(whole <= 2.6 * half + 3 * LENGTH, `${whole} steps, for a half of it ${half}`);
  });
}

test("marks within marks within marks end, so that nobody runs out of stack", () => {
  for (const piece of ["*_", "*a ", "**_"]) {
    const deep = (node) => 1 + Math.max(0, ...(node.children ?? []).map(deep));
    const closing = [...piece].reverse().join("").trim();
    const nodes = parseInlines(piece.repeat(10_000) + "a" + closing.repeat(10_000));
    assert.ok(Math.max(...nodes.map(deep)) < 60);
  }
});

test("rows have no more cells than they need", () => {
  const [table] = parse(`|${"a|".repeat(1000)}\n|${"-|".repeat(1000)}\n${"|b|\n".repeat(1000)}`);
  assert.equal(table.head.cells.length, 1000);
  assert.deepEqual(new Set(table.rows.map(({ cells }) => cells.length)), new Set([1]));
  assert.deepEqual(parse("|a|b|\n|-|-:|\n|1|2|3|")[0].rows[0].cells.map(({ align, inlines }) => [align, short(inlines)]), [[null, "1"], ["right", "2"]]);
});
