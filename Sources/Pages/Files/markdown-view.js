// Shows the tree of a Markdown text as nodes of the document. What has not changed since the last time stays as it is, so
// that a long answer costs no more than its end, and a selection in it holds.

import { copyButton, element } from "./dom.js";

/** The page's own headings stand above those of an answer. */
const FIRST_HEADING = 3;

const INLINE = "a, br, code, em, strong";

export class MarkdownView {
  #container;
  #shown = [];
  #rest = document.createTextNode("");

  constructor(container) {
    this.#container = container;
  }

  /** `space` is what the blocks leave out at their end. */
  show(blocks, space = "") {
    this.#rest.remove();
    this.#rest.data = space;
    reconcile(this.#container, this.#shown, blocks);
    this.#shown = blocks;
  }

  /** Shows text behind the last block as it stands, until the next blocks have it. */
  append(text) {
    this.#rest.appendData(text);
    if (this.#rest.isConnected) return;
    let block = this.#container;
    while (block.lastElementChild && !block.lastElementChild.matches(INLINE)) block = block.lastElementChild;
    // Code leaves nothing out.
    if (block.matches("pre")) this.#rest.data = text;
    block.append(this.#rest);
  }
}

/** Makes the children of `parent`, which show `before`, show `after`. */
function reconcile(parent, before, after) {
  let child = parent.firstElementChild;
  for (const [place, block] of after.entries()) {
    const next = child?.nextElementSibling;
    if (!child) parent.append(build(block));
    else if (!isSame(before[place], block) && !update(child, before[place], block)) child.replaceWith(build(block));
    child = next;
  }
  while (parent.childElementCount > after.length) parent.lastElementChild.remove();
}

function isSame(before, after) {
  return before === after || (before.type === after.type && before.raw === after.raw);
}

/** Changes what is there, if it can be what is wanted. */
function update(node, before, after) {
  if (before.type !== after.type) return false;
  switch (after.type) {
    case "code": return updateCode(node, before, after);
    case "quote": case "item": reconcile(node, before.blocks, after.blocks); return true;
    case "list":
      if (before.ordered !== after.ordered) return false;
      reconcile(node, before.items, after.items);
      return true;
    case "table":
      if (before.head.raw !== after.head.raw) return false;
      reconcile(node.querySelector("tbody"), before.rows, after.rows);
      return true;
    default: return false;
  }
}

function updateCode(node, before, after) {
  if (before.language !== after.language || before.text === "" || !after.text.startsWith(before.text)) return false;
  node.querySelector("code").firstChild.appendData(after.text.slice(before.text.length));
  return true;
}

function build(block) {
  switch (block.type) {
    case "paragraph": return element("p", ...block.inlines.map(buildInline));
    case "heading":
      return element(`h${Math.min(block.level + FIRST_HEADING - 1, 6)}`, ...block.inlines.map(buildInline));
    case "rule": return element("hr");
    case "quote": return element("blockquote", ...block.blocks.map(build));
    case "list":
      return element(
        block.ordered ? "ol" : "ul", { start: block.ordered && block.start !== 1 ? block.start : null },
        ...block.items.map(build));
    case "item": return element("li", ...block.blocks.map(build));
    case "table": return buildTable(block);
    case "row": return buildRow(block, "td");
    case "code": return buildCode(block);
    default: throw new Error(`There is no view for ${block.type}.`);
  }
}

function buildCode({ language, text }) {
  const code = element("code", text);
  return element(
    "figure", { class: "code" },
    element("figcaption", element("span", language || "text"), copyButton("Copy", () => code.textContent)),
    // By keyboard it can be scrolled, too.
    element("pre", { tabindex: "0" }, code));
}

function buildTable({ head, rows }) {
  return element(
    "div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table" },
    element("table", element("thead", buildRow(head, "th")), element("tbody", ...rows.map(build))));
}

function buildRow({ cells }, name) {
  return element("tr", ...cells.map(({ align, inlines }) =>
    element(name, { class: align, scope: name === "th" ? "col" : null }, ...inlines.map(buildInline))));
}

function buildInline(node) {
  switch (node.type) {
    case "text": return node.text;
    case "break": return element("br");
    case "code": return element("code", node.text);
    case "strong": return element("strong", ...node.children.map(buildInline));
    case "emphasis": return element("em", ...node.children.map(buildInline));
    case "link":
      return element(
        "a", { href: node.href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...node.children.map(buildInline));
    default: throw new Error(`There is no view for ${node.type}.`);
  }
}
