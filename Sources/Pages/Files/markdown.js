// Reads Markdown into a tree of plain objects. It knows no HTML: a tag in the text is text.
//
// A block has its `type` and its `raw` source, by which a view knows that it has not changed. Inline text is read by
// markdown-inline.js.

import { parseInlines } from "./markdown-inline.js";

const HEADING = /^ {0,3}(#{1,6})(?: +(.*))?$/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const FENCE = /^( {0,3})(`{3,}|~{3,}) *([^\s`]*)[^`]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( +|$)(.*)$/;
const DELIMITERS = /^ {0,3}\|? *:?-+:? *(?:\| *:?-+:? *)*\|? *$/;

/** Lists and quotes within each other, beyond which their marks are text. */
const MAXIMUM_DEPTH = 8;

/** Reads a whole text. */
export function parse(text) {
  return parseBlocks(text.split("\n"), 0);
}

/**
 * A text that grows, as an answer does. Blocks that can change no more are read once: each later text costs what its last
 * block costs, however long the answer is.
 */
export class MarkdownStream {
  text = "";
  #final = [];
  #tailStart = 0;
  #finalEnd = 0;

  append(text) {
    this.text += text;
    const end = this.text.lastIndexOf("\n") + 1;
    if (end > this.#finalEnd) this.#settle(end);
    return this.blocks();
  }

  /** All blocks of the text so far. Those that had become final are the same objects as before. */
  blocks() {
    return [...this.#final, ...parse(this.text.slice(this.#tailStart))];
  }

  /** A block is final once another one has begun behind it on a line that is whole. */
  #settle(end) {
    const lines = this.text.slice(this.#tailStart, end - 1).split("\n");
    const blocks = parseBlocks(lines, 0);
    const last = blocks.pop();
    this.#finalEnd = end;
    if (blocks.length === 0) return;
    this.#final.push(...blocks);
    for (const line of lines.slice(0, last.line)) this.#tailStart += line.length + 1;
  }
}

function parseBlocks(lines, depth) {
  const blocks = [];
  let place = 0;
  while (place < lines.length) {
    if (isBlank(lines[place])) {
      place += 1;
      continue;
    }
    const [block, end] = parseBlock(lines, place, depth);
    block.line = place;
    block.raw = lines.slice(place, end).join("\n");
    blocks.push(block);
    place = end;
  }
  return blocks;
}

/** The block that begins at a line that is not blank, and the line behind it. */
function parseBlock(lines, start, depth) {
  const line = lines[start];
  const fence = FENCE.exec(line);
  if (fence) return parseCode(lines, start, fence);
  const heading = HEADING.exec(line);
  if (heading) return [{ type: "heading", level: heading[1].length, inlines: parseInlines(headingText(heading[2])) }, start + 1];
  if (RULE.test(line)) return [{ type: "rule" }, start + 1];
  if (depth < MAXIMUM_DEPTH) {
    if (QUOTE.test(line)) return parseQuote(lines, start, depth);
    if (ITEM.test(line)) return parseList(lines, start, depth);
  }
  if (isTable(lines, start)) return parseTable(lines, start);
  return parseParagraph(lines, start, depth);
}

/** Without the marks that may close a heading. */
function headingText(text = "") {
  const trimmed = text.trimEnd();
  let end = trimmed.length;
  while (trimmed[end - 1] === "#") end -= 1;
  return end === 0 || trimmed[end - 1] === " " ? trimmed.slice(0, end).trim() : trimmed.trim();
}

function parseCode(lines, start, [, indent, fence, language]) {
  let end = start + 1;
  while (end < lines.length && !closes(lines[end], fence)) end += 1;
  const content = lines.slice(start + 1, end).map((line) => withoutIndent(line, indent.length));
  return [{ type: "code", language, text: content.join("\n") }, Math.min(end + 1, lines.length)];
}

function closes(line, fence) {
  const text = line.trim();
  return text.length >= fence.length && text === fence[0].repeat(text.length) && indentOf(line) < 4;
}

function parseQuote(lines, start, depth) {
  let end = start;
  while (end < lines.length && (QUOTE.test(lines[end]) || (end > start && continuesParagraph(lines, end, depth)))) end += 1;
  const content = lines.slice(start, end).map((line) => line.replace(QUOTE, ""));
  return [{ type: "quote", blocks: parseBlocks(content, depth + 1) }, end];
}

function parseList(lines, start, depth) {
  const first = ITEM.exec(lines[start])[2];
  const ordered = isNumber(first);
  const items = [];
  let place = start;
  while (place < lines.length) {
    const mark = ITEM.exec(lines[place]);
    if (!mark || RULE.test(lines[place]) || isNumber(mark[2]) !== ordered) break;
    const end = endOfItem(lines, place, depth);
    items.push(parseItem(lines.slice(place, end), mark, depth));
    place = end;
    const next = skipBlank(lines, place);
    if (next < lines.length && ITEM.test(lines[next])) place = next;
  }
  while (isBlank(lines[place - 1])) place -= 1;
  return [{ type: "list", ordered, start: ordered ? Number.parseInt(first, 10) : 1, items }, place];
}

/** Models indent what belongs to an item by two spaces or more, whatever its mark is. */
function endOfItem(lines, start, depth) {
  let end = start + 1;
  while (end < lines.length) {
    const line = lines[end];
    if (isBlank(line)) {
      const next = skipBlank(lines, end);
      if (next === lines.length || indentOf(lines[next]) < 2) return end;
      end = next;
    } else if (indentOf(line) >= 2 || (continuesParagraph(lines, end, depth) && !isTable(lines, end))) {
      end += 1;
    } else {
      return end;
    }
  }
  return end;
}

function parseItem(lines, [, indent, mark, space, text], depth) {
  const width = Math.max(indent.length + mark.length + Math.min(space.length || 1, 4), 2);
  const content = [text, ...lines.slice(1).map((line) => withoutIndent(line, width))];
  return { type: "item", raw: lines.join("\n").trimEnd(), blocks: parseBlocks(content, depth + 1) };
}

/** Whether a line goes on with the paragraph of the line before. */
function continuesParagraph(lines, place, depth) {
  const line = lines[place];
  return !isBlank(line) && !isBlank(lines[place - 1]) && !beginsBlock(line, depth);
}

function beginsBlock(line, depth) {
  if (FENCE.test(line) || HEADING.test(line) || RULE.test(line)) return true;
  return depth < MAXIMUM_DEPTH && (QUOTE.test(line) || ITEM.test(line));
}

function isTable(lines, start) {
  const next = lines[start + 1];
  return (
    next !== undefined && lines[start].includes("|") && next.includes("-") && DELIMITERS.test(next) &&
    cells(lines[start]).length === cells(next).length
  );
}

function parseTable(lines, start) {
  const alignments = cells(lines[start + 1]).map((cell) => {
    if (cell.endsWith(":")) return cell.startsWith(":") ? "center" : "right";
    return "left";
  });
  let end = start + 2;
  while (end < lines.length && lines[end].includes("|") && !isBlank(lines[end])) end += 1;
  const row = (line) => {
    const texts = cells(line);
    return { type: "row", raw: line, cells: alignments.map((_, column) => parseInlines(texts[column] ?? "")) };
  };
  return [{ type: "table", alignments, head: row(lines[start]), rows: lines.slice(start + 2, end).map(row) }, end];
}

/** A bar that is escaped or within code parts nothing. */
function cells(line) {
  const text = line.trim().replace(/^\|/, "");
  const cells = [""];
  let isCode = false;
  for (let place = 0; place < text.length; place += 1) {
    const character = text[place];
    if (character === "`") isCode = !isCode;
    if (character === "\\" && text[place + 1] === "|") {
      cells[cells.length - 1] += "|";
      place += 1;
    } else if (character === "|" && !isCode) {
      cells.push("");
    } else {
      cells[cells.length - 1] += character;
    }
  }
  if (cells.length > 1 && cells.at(-1).trim() === "") cells.pop();
  return cells.map((cell) => cell.trim());
}

function parseParagraph(lines, start, depth) {
  let end = start + 1;
  while (end < lines.length && continuesParagraph(lines, end, depth) && !isTable(lines, end)) end += 1;
  const text = lines.slice(start, end).map((line) => line.trimStart()).join("\n");
  return [{ type: "paragraph", inlines: parseInlines(text.trimEnd()) }, end];
}

function isBlank(line) {
  return line.trim() === "";
}

function skipBlank(lines, place) {
  let next = place;
  while (next < lines.length && isBlank(lines[next])) next += 1;
  return next;
}

function isNumber(mark) {
  return mark.length > 1;
}

function indentOf(line) {
  return line.length - line.trimStart().length;
}

function withoutIndent(line, width) {
  return line.slice(Math.min(indentOf(line), width));
}
