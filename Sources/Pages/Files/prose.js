// The little CommonMark of the documents' descriptions: paragraphs, and code between backticks.

/** The paragraphs, each a list of `{ text, isCode }`. */
export function paragraphs(text) {
  return text.split(/\n{2,}/).filter((paragraph) => paragraph.trim() !== "").map((paragraph) =>
    paragraph.trim().split("`").map((part, index) => ({ text: part.replaceAll("\n", " "), isCode: index % 2 === 1 }))
      .filter((part) => part.text !== ""));
}
