// Reads Markdown into a tree of plain objects. It knows no HTML: a tag in the text is text.
//
// A block has its `type` and its `raw` source, by which a view knows that it has not changed. Inline text is read by
// markdown-inline.js.

import { parseInlines } from "./markdown-inline.js";

// None of them may read a part of a line twice: a line may be as long as the text.
const HEADING = /^ {0,3}(#{1,6})(?: |$)/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const FENCE = /^( {0,3})(`{3,}|~{3,})/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])(?= |$)/;
const DELIMITERS = /^[ |:-]+$/;
const DELIMITER = /^:?-+:?$/;

/** Lists and quotes within each other, beyond which their marks are text. */
const MAXIMUM_DEPTH = 8;

/** Reads a whole text. */
export function parse(text) {
  return parseBlocks(text.split("\n"), 0);
}

/** What may be spent on each character that comes. */
const EFFORT = 16;

/**
 * A text that grows, as an answer does. Blocks that can change no more are read once. The last block, however long, is read
 * anew only so often that the whole costs a multiple of its length.
 */
export class MarkdownStream {
  #final = [];
  /** Behind the blocks that are final, and how much of it is known to be one block. */
  #tail = "";
  #settled = 0;
  #effort = 0;

  /** All blocks so far; null if it is too early to read them again. */
  append(text) {
    this.#tail += text;
    this.#effort += EFFORT * text.length;
    const cost = this.#final.length + this.#tail.length;
    if (this.#effort < cost) return null;
    this.#effort -= cost;
    return this.blocks();
  }

  /** Those that had become final are the same objects as before. */
  blocks() {
    const end = this.#tail.lastIndexOf("\n") + 1;
    if (end > this.#settled) this.#settle(end);
    return [...this.#final, ...parse(this.#tail)];
  }

  /** A block is final once another one has begun behind it on a line that is whole. */
  #settle(end) {
    const lines = this.#tail.slice(0, end - 1).split("\n");
    const blocks = parseBlocks(lines, 0);
    const last = blocks.pop();
    this.#settled = end;
    if (blocks.length === 0) return;
    for (const block of blocks) this.#final.push(block);
    let start = 0;
    for (const line of lines.slice(0, last.line)) start += line.length + 1;
    this.#tail = this.#tail.slice(start);
    this.#settled -= start;
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
  const fence = fenceOf(line);
  if (fence) return parseCode(lines, start, fence);
  const heading = HEADING.exec(line);
  if (heading) {
    // Marks may close it, too.
    const text = line.slice(heading[0].length).trim().replace(/(?:^| )#+$/, "").trim();
    return [{ type: "heading", level: heading[1].length, inlines: parseInlines(text) }, start + 1];
  }
  if (RULE.test(line)) return [{ type: "rule" }, start + 1];
  if (depth < MAXIMUM_DEPTH) {
    if (QUOTE.test(line)) return parseQuote(lines, start, depth);
    if (ITEM.test(line)) return parseList(lines, start, depth);
  }
  if (isTable(lines, start)) return parseTable(lines, start);
  return parseParagraph(lines, start, depth);
}

/** What begins code: indent, marks and language. */
function fenceOf(line) {
  const match = FENCE.exec(line);
  const words = match && line.slice(match[0].length).trim();
  if (!match || words.includes("`")) return null;
  return { indent: match[1].length, marks: match[2], language: words.split(/\s/, 1)[0] };
}

function parseCode(lines, start, { indent, marks, language }) {
  let end = start + 1;
  while (end < lines.length && !closes(lines[end], marks)) end += 1;
  const content = lines.slice(start + 1, end).map((line) => withoutIndent(line, indent));
  return [{ type: "code", language, text: content.join("\n") }, Math.min(end + 1, lines.length)];
}

function closes(line, fence) {
  const text = line.trim();
  return text.startsWith(fence) && text === fence[0].repeat(text.length) && indentOf(line) < 4;
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
    items.push(parseItem(lines.slice(place, end), mark[0].length, depth));
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

function parseItem(lines, markWidth, depth) {
  const rest = lines[0].slice(markWidth);
  const text = rest.trimStart();
  const width = Math.max(markWidth + Math.min(rest.length - text.length || 1, 4), 2);
  const content = [text, ...lines.slice(1).map((line) => withoutIndent(line, width))];
  return { type: "item", raw: lines.join("\n").trimEnd(), blocks: parseBlocks(content, depth + 1) };
}

/** Whether a line goes on with the paragraph of the line before. */
function continuesParagraph(lines, place, depth) {
  const line = lines[place];
  return !isBlank(line) && !isBlank(lines[place - 1]) && !beginsBlock(line, depth);
}

function beginsBlock(line, depth) {
  if (fenceOf(line) || HEADING.test(line) || RULE.test(line)) return true;
  return depth < MAXIMUM_DEPTH && (QUOTE.test(line) || ITEM.test(line));
}

function isTable(lines, start) {
  const next = lines[start + 1] ?? "";
  if (!lines[start].includes("|") || !DELIMITERS.test(next)) return false;
  const delimiters = cells(next);
  return delimiters.every((cell) => DELIMITER.test(cell)) && cells(lines[start]).length === delimiters.length;
}

function parseTable(lines, start) {
  const alignments = cells(lines[start + 1]).map((cell) =>
    !cell.endsWith(":") ? null : cell.startsWith(":") ? "center" : "right");
  let end = start + 2;
  while (end < lines.length && lines[end].includes("|") && !isBlank(lines[end])) end += 1;
  // A row is not filled up: of a wide table with many short rows nearly all would be nothing.
  const row = (line) => ({
    type: "row", raw: line,
    cells: cells(line).slice(0, alignments.length).map((text, column) => ({ align: alignments[column], inlines: parseInlines(text) })),
  });
  const head = { ...row(lines[start]), raw: lines.slice(start, start + 2).join("\n") };
  return [{ type: "table", head, rows: lines.slice(start + 2, end).map(row) }, end];
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
