
import { element } from "./dom.js";
import { paragraphs } from "./prose.js";
import { schemaTree, typeName } from "./schema-tree.js";
import { tryView } from "./try-view.js";

/** The operation, folded. What is inside is made when it is opened. */
export function operationView(operation) {
  const view = element("details", { id: operation.id, class: "operation" },
    element("summary",
      element("h3",
        methodView(operation), element("code", operation.path)),
      element("span", { class: "summary" }, operation.summary)));
  view.ontoggle = () => {
    if (view.open && view.children.length === 1) view.append(...content(operation));
  };
  return view;
}

export function methodView({ method }) {
  return element("span", { class: `method ${method.toLowerCase()}` }, method);
}

function content(operation) {
  const { parameters, body, document } = operation;
  return [
    ...prose(operation.description),
    parameters.length > 0 && part("Parameters", element("ul", { class: "schema" }, ...parameters.map((parameter) =>
      rowView({ ...parameterRow(document, parameter), place: parameter.in })))),
    body && part("Body", mediaView(document, body)),
    part("Answers", ...operation.successes.map((response) => answerView(document, response))),
    part("Failures", fold([operation.failures.map(({ status }) => status).join(" · ")],
      element("ul", ...operation.failures.map(({ status, description }) => element("li", element("b", String(status)), " ", description))),
      // All of them have the form of the first.
      mediaView(document, operation.failures[0].media[0]))),
    operation.isUpgrade
      ? part("Try it", element("p", element("a", { href: "#messages" }, "Connect and send messages")))
      : part("Try it", tryView(operation)),
  ].filter(Boolean);
}

function part(title, ...content) {
  return element("div", { class: "part" }, element("h4", title), ...content);
}

function parameterRow(document, { name, required, description, schema }) {
  const [row] = schemaTree(document, { type: "object", properties: { [name]: schema }, required: required ? [name] : [] });
  return { ...row, description };
}

function answerView(document, { status, description, media }) {
  return element("div",
    element("p", element("b", String(status)), " ", ...inline(description)),
    ...media.map((content) => mediaView(document, content)));
}

/** A body in one media type: its schema and its examples. */
function mediaView(document, { type, schema, isStream, examples }) {
  // A page has none.
  if (!schema) return element("p", element("code", type));
  const named = schema.type === "string" && !schema.$ref ? "text" : typeName(document, schema);
  const view = fold([element("code", type), isStream ? ` a sequence of ${named}` : ` ${named}`],
    schemaView(document, schema), ...examples.map(({ name, value }) => exampleView(name, value)));
  view.open = type === "application/json";
  return view;
}

function fold(summary, ...content) {
  return element("details", { class: "fold" }, element("summary", ...summary), ...content);
}

export function exampleView(name, value) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return element("figure", element("figcaption", name ? `Example: ${name.toLowerCase()}` : "Example"),
    element("pre", { tabindex: "0" }, element("code", text.trimEnd())));
}

/** A schema as lists in lists; nothing for one without members. */
export function schemaView(document, schema) {
  const rows = schemaTree(document, schema);
  return rows.length > 0 ? rowsView(rows) : null;
}

function rowsView(rows) {
  return element("ul", { class: "schema" }, ...rows.map(rowView));
}

function rowView({ name, type, isRequired, facts, description, rows, place }) {
  return element("li",
    element("div", { class: "row" },
      name ? element("code", { class: "name" }, name) : null,
      element("span", { class: "type" }, type),
      place ? element("span", { class: "place" }, `in the ${place}`) : null,
      isRequired ? element("span", { class: "required" }, "required") : null,
      facts.length > 0 ? element("span", { class: "soft" }, facts.join(", ")) : null),
    description ? element("div", { class: "says" }, ...inline(description)) : null,
    rows.length > 0 ? fold(["Fields"], rowsView(rows)) : null);
}

/** A description's paragraphs. */
export function prose(text) {
  return paragraphs(text).map((parts) => element("p", ...parts.map(partView)));
}

function inline(text) {
  return paragraphs(text).flat().map(partView);
}

function partView({ text, isCode }) {
  return isCode ? element("code", text) : text;
}
