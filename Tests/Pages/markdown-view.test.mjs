// How Markdown is shown while it comes, on a document that has as much of the DOM as that takes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MarkdownStream, parse } from "../../Sources/Pages/Files/markdown.js";

/** Children that were made, since the document was. */
let made = 0;

class FakeNode {
  parent = null;

  remove() {
    const siblings = this.parent?.childNodes;
    siblings?.splice(siblings.indexOf(this), 1);
    this.parent = null;
  }

  get isConnected() {
    return this.parent !== null;
  }
}

class FakeText extends FakeNode {
  constructor(data) {
    super();
    this.data = data;
  }

  appendData(text) {
    this.data += text;
  }

  get markup() {
    return this.data;
  }
}

class FakeElement extends FakeNode {
  childNodes = [];
  attributes = {};

  constructor(name) {
    super();
    this.name = name;
    made += 1;
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  append(...nodes) {
    for (const node of nodes) {
      const child = typeof node === "string" ? new FakeText(node) : node;
      child.remove();
      child.parent = this;
      this.childNodes.push(child);
    }
  }

  replaceWith(node) {
    node.parent = this.parent;
    this.parent.childNodes.splice(this.parent.childNodes.indexOf(this), 1, node);
    this.parent = null;
  }

  get children() {
    return this.childNodes.filter((child) => child instanceof FakeElement);
  }

  get firstChild() {
    return this.childNodes[0] ?? null;
  }

  get firstElementChild() {
    return this.children[0] ?? null;
  }

  get lastElementChild() {
    return this.children.at(-1) ?? null;
  }

  get childElementCount() {
    return this.children.length;
  }

  get nextElementSibling() {
    const siblings = this.parent.children;
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }

  matches(names) {
    return names.split(", ").includes(this.name);
  }

  querySelector(name) {
    for (const child of this.children) {
      const found = child.name === name ? child : child.querySelector(name);
      if (found) return found;
    }
    return null;
  }

  addEventListener() {}

  get markup() {
    const inside = this.childNodes.map(({ markup }) => markup).join("");
    return `<${this.name}${this.attributes.class ? `.${this.attributes.class}` : ""}>${inside}</>`;
  }

  get text() {
    return this.childNodes.map((child) => child.text ?? child.data).join("");
  }
}

globalThis.document = {
  createElement: (name) => new FakeElement(name),
  createTextNode: (data) => new FakeText(data),
};
const { MarkdownView } = await import("../../Sources/Pages/Files/markdown-view.js");

/** Shows a text that comes in pieces, as the page does. */
function showing(text, size, each = () => {}) {
  const container = new FakeElement("div");
  const [view, stream] = [new MarkdownView(container), new MarkdownStream()];
  for (let place = 0; place < text.length; place += size) {
    const piece = text.slice(place, place + size);
    const blocks = stream.append(piece);
    if (blocks) view.show(blocks, piece.slice(piece.trimEnd().length));
    else view.append(piece);
    each(container, text.slice(0, place + size));
  }
  view.show(stream.blocks());
  return container;
}

function whole(text) {
  const container = new FakeElement("div");
  new MarkdownView(container).show(parse(text));
  return container;
}

const TEXT = `# A heading

A paragraph with **strong** text, \`code\` and [a link](https://a.example).
Its second line.

- one
- two
  - three **and**
    more of it
- four

| a | b |
|---|--:|
| 1 | *2* |
| 3 |

> quoted
> - in a quote

\`\`\`js
let a = 1;

let b = "| - *";
\`\`\`

1. last
`;

for (const size of [1, 3, 7, 40, 1000]) {
  test(`what came in pieces of ${size} is shown at last as if it had come at once`, () => {
    const text = TEXT.repeat(5);
    assert.equal(showing(text, size).markup, whole(text).markup);
  });
}

test("all that came is shown at any time", () => {
  const words = Array.from({ length: 3000 }, (_, index) => `word${index}`);
  for (const text of [words.join(" "), `- ${words.join("\n- ")}`, `\`\`\`\n${words.join("\n")}`]) {
    showing(text, 5, (container, soFar) => {
      const [last] = /\w*(?=\W*$)/.exec(soFar);
      assert.ok(container.text.replace(/\W*$/, "").endsWith(last), `${container.text.slice(-40)} does not end with ${last}`);
    });
  }
});

test("what has been shown stays as it is", () => {
  let first = null;
  showing(TEXT.repeat(3), 4, (container) => {
    if (container.children.length < 2) return;
    first ??= container.firstElementChild;
    assert.equal(container.firstElementChild, first);
  });
});

test("a long block is made anew so often only that the whole costs a multiple of its length", () => {
  const counts = [20_000, 40_000].map((length) => {
    const before = made;
    showing("**a** ".repeat(length / 6), 4);
    return made - before;
  });
  assert.ok(counts[1] < 2.5 * counts[0], `${counts}`);
});
