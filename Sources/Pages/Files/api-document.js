// Reads an OpenAPI or AsyncAPI document: follows its references, and lists what it describes.

export class ApiDocument {
  constructor(content) {
    this.content = content;
  }

  /** What a `{ $ref }` leads to, with what stands beside the reference; anything else as it is. */
  resolve(value) {
    let resolved = value;
    // One that leads to itself must not go on for ever.
    for (let hops = 0; resolved?.$ref && hops < 8; hops += 1) {
      const { $ref, ...beside } = resolved;
      resolved = { ...this.#at($ref), ...beside };
    }
    return resolved;
  }

  /** `Usage` for `#/components/schemas/Usage`; null for what is no reference. */
  static nameOf(value) {
    return value?.$ref?.split("/").at(-1) ?? null;
  }

  #at(reference) {
    return reference.slice(2).split("/")
      .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce((value, key) => value?.[key], this.content) ?? {};
  }

  /** The operations by their tag, in the document's order: `[{ name, description, operations }]`. */
  groups() {
    const groups = (this.content.tags ?? []).map((tag) => ({ ...tag, operations: [] }));
    for (const operation of this.operations()) groups.find(({ name }) => name === operation.tag)?.operations.push(operation);
    return groups.filter(({ operations }) => operations.length > 0);
  }

  operations() {
    return Object.entries(this.content.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, content]) => new Operation(this, path, method, content)));
  }

  /** The messages of one side of a WebSocket, `client` or `server`: `[{ name, payload, examples }]`. */
  messages(side) {
    return Object.entries(this.content.components.messages)
      .filter(([key]) => key.startsWith(`${side}-`))
      .map(([, message]) => ({
        name: message.name, payload: message.payload, examples: (message.examples ?? []).map(({ payload }) => payload),
      }));
  }
}

/** One method of a path. */
export class Operation {
  constructor(document, path, method, content) {
    this.document = document;
    this.path = path;
    this.method = method.toUpperCase();
    this.id = content.operationId;
    this.tag = content.tags[0];
    this.summary = content.summary;
    this.description = content.description ?? "";
    this.parameters = content.parameters ?? [];
    this.body = content.requestBody ? media(document, content.requestBody.content)[0] : null;
    this.responses = Object.entries(content.responses).map(([status, reference]) => {
      const response = document.resolve(reference);
      return { status: Number(status), description: response.description, media: media(document, response.content) };
    });
    this.successes = this.responses.filter(({ status }) => status < 400);
    this.failures = this.responses.filter(({ status }) => status >= 400);
    /** The media types of which a client may ask for one. */
    this.answerTypes = this.responses.find(({ status }) => status === 200)?.media.map(({ type }) => type) ?? [];
    /** Whether it changes HTTP for the protocol of a WebSocket. */
    this.isUpgrade = this.responses.some(({ status }) => status === 101);
    /** Whether a text field can hold its body. */
    this.hasWritableBody = !this.body || this.body.type === "application/json";
  }
}

/** The schema of what an item of a stream carries: of an event, its data. */
function dataOf(item) {
  const data = item.properties?.data;
  if (data?.type !== "string") return item;
  return [data, ...data.anyOf ?? []].find(({ contentSchema }) => contentSchema)?.contentSchema ?? item;
}

/** Bodies: `[{ type, schema, isStream, examples: [{ name, value }] }]`. */
function media(document, content) {
  return Object.entries(content ?? {}).map(([type, { schema, itemSchema: item, example, examples }]) => ({
    type,
    schema: item ? dataOf(item) : schema,
    isStream: item !== undefined,
    examples: example !== undefined
      ? [{ name: "", value: example }]
      : Object.values(examples ?? {}).map((reference) => {
        const { summary, value } = document.resolve(reference);
        return { name: summary ?? "", value };
      }),
  }));
}
