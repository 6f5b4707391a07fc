// What a JSON schema says, as a tree of rows that a page can show.

import { ApiDocument } from "./api-document.js";

/** So deep a schema is told; deeper lies what leads back to itself. */
const DEPTH = 8;

/**
 * The rows of a schema: of each member of an object, of each alternative, of an array's elements.
 *
 * A row is `{ name, type, isRequired, facts, description, rows }`; `name` is null for what has none.
 */
export function schemaTree(document, schema, depth = 0) {
  const { schema: plain } = withoutNull(document.resolve(schema) ?? {});
  if (depth >= DEPTH) return [];
  const merged = plain.allOf ? merge(plain.allOf.map((part) => document.resolve(part))) : plain;
  if (merged.properties) {
    return Object.entries(merged.properties).map(([name, member]) =>
      row(document, name, member, (merged.required ?? []).includes(name), depth));
  }
  const choices = alternatives(merged);
  if (choices.length > 1) return choices.map((choice) => row(document, null, choice, false, depth));
  if (merged.items) return schemaTree(document, merged.items, depth + 1);
  return [];
}

function row(document, name, schema, isRequired, depth) {
  const resolved = document.resolve(schema);
  const { schema: plain, isNullable } = withoutNull(resolved);
  return {
    name,
    type: typeName(document, schema) + (isNullable ? " or null" : ""),
    isRequired,
    facts: facts({ ...document.resolve(plain), default: resolved.default }),
    description: resolved.description ?? document.resolve(plain).description ?? "",
    rows: isScalar(document, plain) ? [] : schemaTree(document, schema, depth + 1),
  };
}

/** The name of what a schema takes: `string`, `array of SessionMessage`, `"chat"`, `"a" or "b"`. */
export function typeName(document, schema) {
  const named = ApiDocument.nameOf(schema);
  const { schema: plain } = withoutNull(document.resolve(schema) ?? {});
  if (plain.$ref) return typeName(document, plain);
  if (plain.const !== undefined) return JSON.stringify(plain.const);
  if (plain.enum) return plain.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (plain.type === "array") return `array of ${plain.items ? typeName(document, plain.items) : "anything"}`;
  if (named && (plain.properties || plain.allOf || alternatives(plain).length > 1)) return named;
  if (alternatives(plain).length > 1) return alternatives(plain).map((choice) => typeName(document, choice)).join(" or ");
  if (Array.isArray(plain.type)) return plain.type.join(" or ");
  return plain.type ?? "anything";
}

/** What bounds a value, in words. */
export function facts(schema) {
  const said = [];
  if (schema.default !== undefined) said.push(`default ${JSON.stringify(schema.default)}`);
  const { minimum, maximum } = schema;
  // The largest whole number of JSON bounds nobody.
  if (Number.isSafeInteger(minimum) && maximum < Number.MAX_SAFE_INTEGER) said.push(`${minimum} to ${maximum}`);
  else if (Number.isSafeInteger(minimum)) said.push(`at least ${minimum}`);
  if (schema.minLength ?? schema.minItems) said.push("not empty");
  if (schema.maxLength !== undefined) said.push(`at most ${schema.maxLength.toLocaleString("en")} characters`);
  if (schema.format === "date-time") said.push("date and time");
  return said;
}

/** Nothing of it is worth rows of its own. */
function isScalar(document, schema) {
  const plain = document.resolve(schema);
  if (plain.properties || plain.allOf) return false;
  if (plain.items) return isScalar(document, withoutNull(document.resolve(plain.items)).schema);
  return alternatives(plain).every((choice) => isScalar(document, choice));
}

function alternatives(schema) {
  return schema.oneOf ?? schema.anyOf ?? [];
}

/** A schema that also takes null, as the schema of what else it takes. */
function withoutNull(schema) {
  if (Array.isArray(schema.type) && schema.type.includes("null")) {
    const types = schema.type.filter((type) => type !== "null");
    return { schema: { ...schema, type: types.length === 1 ? types[0] : types }, isNullable: true };
  }
  const choices = alternatives(schema);
  const others = choices.filter(({ type }) => type !== "null");
  if (others.length === choices.length) return { schema, isNullable: false };
  return { schema: others.length === 1 ? others[0] : { ...schema, anyOf: others, oneOf: undefined }, isNullable: true };
}

/** The parts of an `allOf` as one schema. */
function merge(parts) {
  const properties = {};
  for (const part of parts) {
    for (const [name, member] of Object.entries(part.properties ?? {})) properties[name] = { ...properties[name], ...member };
  }
  return { type: "object", properties, required: parts.flatMap(({ required }) => required ?? []) };
}
