// Shows the tree of a Markdown text as nodes of the document. What has not changed since the last time stays as it is, so
// that a long answer costs no more than its end, and a selection in it holds.

import { copyButton, element } from "./dom.js";

/** The page's own headings stand above those of an answer. */
const FIRST_HEADING = 3;

export class MarkdownView {
  #container;
  #shown = [];

  constructor(container) {
    this.#container = container;
  }

  show(blocks) {
    reconcile(this.#container, this.#shown, blocks);
    this.#shown = blocks;
  }
}

/** Makes the children of `parent`, which show `before`, show `after`. */
function reconcile(parent, before, after) {
  for (let place = 0; place < after.length; place += 1) {
    const child = parent.children[place];
    if (child === undefined) parent.append(build(after[place]));
    else if (!isSame(before[place], after[place]) && !update(child, before[place], after[place])) {
      child.replaceWith(build(after[place]));
    }
  }
  while (parent.children.length > after.length) parent.lastElementChild.remove();
}

function isSame(before, after) {
  return before === after || (before.type === after.type && before.raw === after.raw);
}

/** Changes what is there, if it can be what is wanted. */
function update(node, before, after) {
  if (before.type !== after.type) return false;
  switch (after.type) {
    case "code": return updateCode(node, before, after);
    case "quote": reconcile(node, before.blocks, after.blocks); return true;
    case "item": reconcile(node, before.blocks, after.blocks); return true;
    case "list":
      if (before.ordered !== after.ordered) return false;
      reconcile(node, before.items, after.items);
      return true;
    case "table":
      if (before.head.raw !== after.head.raw || before.alignments.join() !== after.alignments.join()) return false;
      reconcile(node.querySelector("tbody"), before.rows.map(aligned(before)), after.rows.map(aligned(after)));
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
    case "paragraph": return element("p", {}, ...block.inlines.map(buildInline));
    case "heading":
      return element(`h${Math.min(block.level + FIRST_HEADING - 1, 6)}`, {}, ...block.inlines.map(buildInline));
    case "rule": return element("hr");
    case "quote": return element("blockquote", {}, ...block.blocks.map(build));
    case "list":
      return element(
        block.ordered ? "ol" : "ul", { start: block.ordered && block.start !== 1 ? block.start : null },
        ...block.items.map(build));
    case "item": return element("li", {}, ...block.blocks.map(build));
    case "table": return buildTable(block);
    case "row": return buildRow(block, "td");
    case "code": return buildCode(block);
    default: throw new Error(`There is no view for ${block.type}.`);
  }
}

function buildCode({ language, text }) {
  const code = element("code", {}, text);
  return element(
    "figure", { class: "code" },
    element("figcaption", {}, element("span", {}, language || "text"), copyButton("Copy", () => code.textContent)),
    // By keyboard it can be scrolled, too.
    element("pre", { tabindex: "0" }, code));
}

function buildTable(table) {
  const rows = table.rows.map(aligned(table));
  return element(
    "div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table" },
    element(
      "table", {}, element("thead", {}, buildRow(aligned(table)(table.head), "th")),
      element("tbody", {}, ...rows.map(build))));
}

function aligned({ alignments }) {
  return (row) => ({ ...row, alignments });
}

function buildRow({ cells, alignments }, name) {
  return element(
    "tr", {},
    ...cells.map((inlines, column) =>
      element(name, { class: alignments[column] === "left" ? null : alignments[column], scope: name === "th" ? "col" : null },
        ...inlines.map(buildInline))));
}

function buildInline(node) {
  switch (node.type) {
    case "text": return node.text;
    case "break": return element("br");
    case "code": return element("code", {}, node.text);
    case "strong": return element("strong", {}, ...node.children.map(buildInline));
    case "emphasis": return element("em", {}, ...node.children.map(buildInline));
    case "link":
      return element(
        "a", { href: node.href, target: "_blank", rel: "noopener noreferrer nofollow" }, ...node.children.map(buildInline));
    default: throw new Error(`There is no view for ${node.type}.`);
  }
}
