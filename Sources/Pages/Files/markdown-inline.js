// Reads what stands within a block of Markdown: emphasis, code, links. The result is a tree of plain objects.
//
// No text may be slow to read: searches that found nothing are not repeated, and links are bounded.

const MAXIMUM_DEPTH = 6;
const LINK_TEXT_LIMIT = 1000;
const ADDRESS_LIMIT = 2000;
const ADDRESS = /https?:\/\/[^\s<>"'`\\]{1,2000}/y;
const ANGLE_ADDRESS = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/y;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}]/u;
const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/** The address of a link that may be followed; null for any other, such as `javascript:`. */
export function safeAddress(text) {
  try {
    const address = new URL(text);
    return SCHEMES.has(address.protocol) ? address.href : null;
  } catch {
    return null;
  }
}

export function parseInlines(text, depth = 0) {
  return new InlineParser(text, depth).parse();
}

class InlineParser {
  #text;
  #depth;
  #place = 0;
  #pending = "";
  #nodes = [];
  /** Marks that have no other one behind here. */
  #missing = new Set();

  constructor(text, depth) {
    this.#text = text;
    this.#depth = depth;
  }

  parse() {
    while (this.#place < this.#text.length) {
      if (!this.#parseSpecial(this.#text[this.#place])) this.#pending += this.#text[this.#place++];
    }
    this.#flush();
    return this.#nodes;
  }

  #parseSpecial(character) {
    switch (character) {
      case "\\": return this.#parseEscape();
      case "\n": return this.#parseBreak();
      case "`": return this.#parseCode();
      case "*": case "_": return this.#parseEmphasis(character);
      case "[": return this.#parseLink(0);
      case "!": return this.#text[this.#place + 1] === "[" && this.#parseLink(1);
      case "<": return this.#parseAddress(ANGLE_ADDRESS);
      case "h": return !WORD.test(this.#text[this.#place - 1] ?? "") && this.#parseAddress(ADDRESS);
      default: return false;
    }
  }

  #flush() {
    if (this.#pending !== "") this.#nodes.push({ type: "text", text: this.#pending });
    this.#pending = "";
  }

  #push(node, end) {
    this.#flush();
    this.#nodes.push(node);
    this.#place = end;
    return true;
  }

  /** Text as it stands. */
  #take(end) {
    this.#pending += this.#text.slice(this.#place, end);
    this.#place = end;
    return true;
  }

  #children(start, end) {
    const text = this.#text.slice(start, end);
    return this.#depth < MAXIMUM_DEPTH ? parseInlines(text, this.#depth + 1) : [{ type: "text", text }];
  }

  #parseEscape() {
    const next = this.#text[this.#place + 1];
    if (next === undefined || !PUNCTUATION.test(next)) return false;
    this.#pending += next;
    this.#place += 2;
    return true;
  }

  #parseBreak() {
    this.#pending = this.#pending.replace(/ +$/, "");
    return this.#push({ type: "break" }, this.#place + 1);
  }

  #parseCode() {
    const length = this.#runLength(this.#place);
    const start = this.#place + length;
    const end = this.#find(`code${length}`, start, "`", (place, run) => run === length);
    if (end < 0) return this.#take(start);
    const content = this.#text.slice(start, end).replaceAll("\n", " ");
    const isPadded = content.startsWith(" ") && content.endsWith(" ") && content.trim() !== "";
    return this.#push({ type: "code", text: isPadded ? content.slice(1, -1) : content }, end + length);
  }

  /** `***` is both kinds at once; more of them are text. */
  #parseEmphasis(character) {
    const run = this.#runLength(this.#place);
    if (run > 3 || !this.#canOpen(this.#place, run, character)) return this.#take(this.#place + run);
    for (let length = run; length > 0; length -= 1) {
      const start = this.#place + length;
      const end = this.#findCloser(character, length, start);
      if (end < 0) continue;
      const children = this.#children(start, end);
      const strong = { type: "strong", children };
      const node = length === 1 ? { type: "emphasis", children } : strong;
      return this.#push(length === 3 ? { type: "emphasis", children: [strong] } : node, end + length);
    }
    return this.#take(this.#place + run);
  }

  /** Of a run that is longer, the end closes the outer mark and its begin an inner one. */
  #findCloser(character, length, start) {
    let closer = -1;
    this.#find(character + length, start, character, (place, run) => {
      const fits = length === 2 ? run >= 2 : length === 1 ? run % 2 === 1 : run === 3;
      if (!fits || !this.#canClose(place, run, character)) return false;
      closer = place + run - length;
      return closer > start;
    });
    return closer > start ? closer : -1;
  }

  #canOpen(place, run, character) {
    const next = this.#text[place + run];
    if (next === undefined || /\s/.test(next)) return false;
    return character === "*" || !WORD.test(this.#text[place - 1] ?? "");
  }

  #canClose(place, run, character) {
    if (/\s/.test(this.#text[place - 1])) return false;
    return character === "*" || !WORD.test(this.#text[place + run] ?? "");
  }

  /** `[text](address)`; of an image, whose address is another host's, the link to it is left. */
  #parseLink(bangs) {
    const start = this.#place + bangs + 1;
    const close = this.#closingBracket(start);
    if (close < 0 || this.#text[close + 1] !== "(") return false;
    const target = /^\( *<?([^\s<>]*?)>?(?: +["'][^"']*["'])? *\)$/.exec(
      this.#text.slice(close + 1, this.#endOfAddress(close + 1)));
    if (!target) return false;
    const end = close + 1 + target[0].length;
    const children = this.#children(start, close);
    const href = safeAddress(target[1]);
    if (href === null) return this.#take(end);
    const label = children.length === 0 ? [{ type: "text", text: target[1] }] : children;
    return this.#push({ type: "link", href, children: label }, end);
  }

  #closingBracket(start) {
    let open = 1;
    const end = Math.min(this.#text.length, start + LINK_TEXT_LIMIT);
    for (let place = start; place < end; place += 1) {
      const character = this.#text[place];
      if (character === "\\") place += 1;
      else if (character === "[") open += 1;
      else if (character === "]" && --open === 0) return place;
    }
    return -1;
  }

  /** Behind the bracket that closes the one at `start`: addresses have some of their own. */
  #endOfAddress(start) {
    let open = 0;
    const end = Math.min(this.#text.length, start + ADDRESS_LIMIT);
    for (let place = start; place < end; place += 1) {
      if (this.#text[place] === "(") open += 1;
      else if (this.#text[place] === ")" && --open === 0) return place + 1;
      else if (this.#text[place] === "\n") return place;
    }
    return end;
  }

  #parseAddress(pattern) {
    pattern.lastIndex = this.#place;
    const match = pattern.exec(this.#text);
    if (!match) return false;
    const text = match[1] ?? withoutTrailingPunctuation(match[0]);
    const href = safeAddress(text);
    if (href === null) return false;
    const end = this.#place + (match[1] === undefined ? text.length : match[0].length);
    return this.#push({ type: "link", href, children: [{ type: "text", text }] }, end);
  }

  /**
   * The first run of a character from `start` on that `accepts` takes; -1, and remembered by `name`, if there is none.
   * Runs of other characters than the backquote are not looked for in code.
   */
  #find(name, start, character, accepts) {
    if (this.#missing.has(name)) return -1;
    let place = start;
    while (place < this.#text.length) {
      const found = this.#text[place];
      if (found === "\\" && character !== "`") {
        place += 2;
      } else if (found === "`" && character !== "`") {
        place = this.#endOfCode(place);
      } else if (found === character) {
        const run = this.#runLength(place);
        if (accepts(place, run)) return place;
        place += run;
      } else {
        place += 1;
      }
    }
    this.#missing.add(name);
    return -1;
  }

  /** Behind a run of backquotes, or behind the code that it opens. */
  #endOfCode(place) {
    const length = this.#runLength(place);
    const end = this.#find(`code${length}`, place + length, "`", (_, run) => run === length);
    return (end < 0 ? place : end) + length;
  }

  #runLength(place) {
    let end = place;
    while (this.#text[end] === this.#text[place]) end += 1;
    return end - place;
  }
}

/** What ends a sentence does not belong to the address in it, nor does a bracket that it did not open. */
function withoutTrailingPunctuation(address) {
  let end = address.length;
  for (;;) {
    const last = address[end - 1];
    const text = address.slice(0, end);
    const isUnopened = last === ")" && text.split("(").length < text.split(")").length;
    if (!isUnopened && !/[.,;:!?*_~\]]/.test(last)) return text;
    end -= 1;
  }
}
