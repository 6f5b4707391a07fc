// Reads what stands within a block of Markdown: emphasis, code, links. The result is a tree of plain objects.
//
// No text may be slow to read: no search goes over the same text twice.

/** So many marks may wait for another one; beyond that the first is text. */
const MAXIMUM_OPEN = 16;
const ADDRESS_LIMIT = 2000;
const PLAIN = /[^\\\n`*_[\]!<h]+/y;
const ADDRESS = /https?:\/\/[^\s<>"'`\\]{1,2000}/y;
const ANGLE_ADDRESS = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/y;
const ADDRESS_END = /[\s<>]|$/g;
const TITLE = /^(?:\s+["'][^"']*["'])?\s*$/;
const SCHEME = /^(?:https?|mailto):/i;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const SPACE = /\s/;
const WORD = /[\p{L}\p{N}]/u;

/** The address of a link that may be followed; null for any other, such as `javascript:`. */
export function safeAddress(text) {
  // Exceptions are slow.
  if (!SCHEME.test(text) || URL.canParse?.(text) === false) return null;
  try {
    return new URL(text).href;
  } catch {
    return null;
  }
}

export function parseInlines(text) {
  return new InlineParser(text).parse();
}

class InlineParser {
  #text;
  #place = 0;
  #pending = "";
  /** Nodes, and marks of emphasis. */
  #pieces = [];
  #marks = [];
  /** Those that may open a link: how many pieces and marks stand before each. */
  #brackets = [];
  /** Where runs of backquotes begin, by their length: the last first. */
  #runs = new Map();
  /** The parenthesis that closes the one at a place, on the same line. */
  #closing = new Map();
  #addressEnd = -1;

  constructor(text) {
    this.#text = text;
    let open = [];
    for (const { 0: found, index } of text.matchAll(/`+|[()\n]/g)) {
      if (found === "(") open.push(index);
      else if (found === ")") this.#closing.set(open.pop(), index);
      else if (found === "\n") open = [];
      else if (this.#runs.has(found.length)) this.#runs.get(found.length).push(index);
      else this.#runs.set(found.length, [index]);
    }
    for (const places of this.#runs.values()) places.reverse();
  }

  parse() {
    while (this.#place < this.#text.length) {
      PLAIN.lastIndex = this.#place;
      if (PLAIN.test(this.#text)) this.#take(PLAIN.lastIndex);
      else if (!this.#parseSpecial(this.#text[this.#place])) this.#take(this.#place + 1);
    }
    this.#flush();
    pair(this.#marks);
    return tree(this.#pieces);
  }

  #parseSpecial(character) {
    switch (character) {
      case "\\": return this.#parseEscape();
      case "\n": return this.#parseBreak();
      case "`": return this.#parseCode();
      case "*": case "_": return this.#parseMark(character);
      case "[": return this.#openBracket(1);
      case "!": return this.#text[this.#place + 1] === "[" && this.#openBracket(2);
      case "]": return this.#closeBracket();
      case "<": return this.#parseAddress(ANGLE_ADDRESS);
      case "h": return !WORD.test(this.#text[this.#place - 1] ?? "") && this.#parseAddress(ADDRESS);
      default: return false;
    }
  }

  #flush() {
    if (this.#pending !== "") this.#pieces.push({ type: "text", text: this.#pending });
    this.#pending = "";
  }

  #push(piece, end) {
    this.#flush();
    this.#pieces.push(piece);
    this.#place = end;
    return true;
  }

  /** Text as it stands. */
  #take(end) {
    this.#pending += this.#text.slice(this.#place, end);
    this.#place = end;
    return true;
  }

  #parseEscape() {
    const next = this.#text[this.#place + 1];
    if (next === undefined || !PUNCTUATION.test(next)) return false;
    this.#place += 1;
    return this.#take(this.#place + 1);
  }

  #parseBreak() {
    this.#pending = this.#pending.trimEnd();
    return this.#push({ type: "break" }, this.#place + 1);
  }

  #parseCode() {
    const start = this.#endOfRun();
    const length = start - this.#place;
    const ends = this.#runs.get(length) ?? [];
    while (ends.at(-1) < start) ends.pop();
    if (ends.length === 0) return this.#take(start);
    const content = this.#text.slice(start, ends.at(-1)).replaceAll("\n", " ");
    const isPadded = content.startsWith(" ") && content.endsWith(" ") && content.trim() !== "";
    return this.#push({ type: "code", text: isPadded ? content.slice(1, -1) : content }, ends.at(-1) + length);
  }

  /** `***` is both kinds at once; more of them are text. */
  #parseMark(character) {
    const end = this.#endOfRun();
    const length = end - this.#place;
    const [before, after] = [this.#text[this.#place - 1] ?? " ", this.#text[end] ?? " "];
    const isWord = (other) => character === "_" && WORD.test(other);
    const canOpen = !SPACE.test(after) && !isWord(before);
    const canClose = !SPACE.test(before) && !isWord(after);
    if (length > 3 || !(canOpen || canClose)) return this.#take(end);
    const mark = { character, length, left: length, canOpen, canClose, opens: "", closes: "" };
    this.#marks.push(mark);
    return this.#push(mark, end);
  }

  #endOfRun() {
    let end = this.#place + 1;
    while (this.#text[end] === this.#text[this.#place]) end += 1;
    return end;
  }

  #openBracket(length) {
    this.#flush();
    this.#brackets.push({ piece: this.#pieces.length, marks: this.#marks.length });
    const end = this.#place + length;
    return this.#push({ type: "text", text: this.#text.slice(this.#place, end) }, end);
  }

  /** `[text](address)`; of an image, whose address is another host's, the link to it is left. Links have no links in them. */
  #closeBracket() {
    const bracket = this.#brackets.pop();
    const target = bracket && this.#target(this.#place + 1);
    if (!target) return false;
    this.#flush();
    pair(this.#marks.splice(bracket.marks));
    const children = tree(this.#pieces.splice(bracket.piece).slice(1));
    if (children.length === 0) children.push({ type: "text", text: target.text });
    this.#brackets = [];
    return this.#push({ type: "link", href: target.href, children }, target.end);
  }

  /** What stands in the parentheses at a place. */
  #target(open) {
    const close = this.#closing.get(open);
    if (close === undefined || close - open > ADDRESS_LIMIT) return null;
    let start = open + 1;
    while (this.#text[start] === " ") start += 1;
    if (this.#text[start] === "<") start += 1;
    if (this.#addressEnd < start) {
      ADDRESS_END.lastIndex = start;
      this.#addressEnd = ADDRESS_END.exec(this.#text).index;
    }
    const end = Math.min(this.#addressEnd, close);
    const rest = this.#text.slice(this.#text[end] === ">" ? end + 1 : end, close);
    const text = this.#text.slice(start, end);
    const href = TITLE.test(rest) ? safeAddress(text) : null;
    return href && { href, text, end: close + 1 };
  }

  #parseAddress(pattern) {
    pattern.lastIndex = this.#place;
    const match = pattern.exec(this.#text);
    if (!match) return false;
    const text = match[1] ?? withoutTrailingPunctuation(match[0]);
    const href = safeAddress(text);
    const end = this.#place + (match[1] === undefined ? text.length : match[0].length);
    return href === null ? this.#take(end) : this.#push({ type: "link", href, children: [{ type: "text", text }] }, end);
  }
}

/** Finds out which marks open and close what: for each a digit, 2 for strong text, in the order of the text. */
function pair(marks) {
  const open = [];
  for (const mark of marks) {
    while (mark.canClose && mark.left > 0) {
      const index = open.findLastIndex((other) => isPair(other, mark));
      if (index < 0) break;
      const opener = open[index];
      const count = Math.min(opener.left, mark.left, 2);
      opener.opens = count + opener.opens;
      mark.closes += count;
      opener.left -= count;
      mark.left -= count;
      open.length = index + (opener.left > 0 ? 1 : 0);
    }
    if (!mark.canOpen || mark.left === 0) continue;
    open.push(mark);
    if (open.length > MAXIMUM_OPEN) open.shift();
  }
}

/** As CommonMark has it, so that `*a**b*` is one piece. */
function isPair(opener, closer) {
  return opener.character === closer.character && (
    !(opener.canClose || closer.canOpen) || (opener.length + closer.length) % 3 !== 0 || opener.length === 3 && closer.length === 3);
}

/** The nodes, with what stands between marks within these. */
function tree(pieces) {
  const lists = [[]];
  for (const piece of pieces) {
    if (piece.type !== undefined) {
      lists.at(-1).push(piece);
      continue;
    }
    lists.length -= piece.closes.length;
    if (piece.left > 0) lists.at(-1).push({ type: "text", text: piece.character.repeat(piece.left) });
    for (const count of piece.opens) {
      const children = [];
      lists.at(-1).push({ type: count === "2" ? "strong" : "emphasis", children });
      lists.push(children);
    }
  }
  return lists[0];
}

/** What ends a sentence does not belong to the address in it, nor does a bracket that it did not open. */
function withoutTrailingPunctuation(address) {
  let end = address.length;
  let unopened = address.split(")").length - address.split("(").length;
  for (;;) {
    const last = address[end - 1];
    if (last === ")" && unopened > 0) unopened -= 1;
    else if (!/[.,;:!?*_~\]]/.test(last)) return address.slice(0, end);
    end -= 1;
  }
}
