"""Reads the gateway's OpenAPI and AsyncAPI documents, and holds what it sends to their schemas."""

import dataclasses
import json

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ADDRESS = "urn:document"


@dataclasses.dataclass
class Operation:
    """One method of a path, with its responses resolved."""

    method: str
    path: str
    content: dict
    responses: dict

    @property
    def id(self):
        return self.content["operationId"]

    @property
    def tag(self):
        return self.content["tags"][0]

    @property
    def json_body(self):
        return self.content["requestBody"]["content"]["application/json"]


class Document:
    """An OpenAPI or AsyncAPI document."""

    def __init__(self, content):
        self.content = content
        resource = Resource(contents=content, specification=DRAFT202012)
        self.registry = Registry().with_resource(ADDRESS, resource)

    def resolve(self, reference):
        value = self.content
        for key in reference.removeprefix("#/").split("/"):
            value = value[key.replace("~1", "/").replace("~0", "~")]
        return value

    def resolved(self, value):
        return self.resolve(value["$ref"]) if "$ref" in value else value

    def is_valid_reference(self, reference):
        return self.resolve(reference) is not None

    def validate(self, reference, value):
        """Raises where the value does not follow the schema."""
        Draft202012Validator({"$ref": f"{ADDRESS}{reference}"}, registry=self.registry).validate(value)

    # OpenAPI.

    def operations(self):
        for path, methods in self.content["paths"].items():
            for method, operation in methods.items():
                responses = {status: self.resolved(r) for status, r in operation["responses"].items()}
                yield Operation(method.upper(), path, operation, responses)

    def examples(self, media):
        if "example" in media:
            yield media["example"]
        for example in media.get("examples", {}).values():
            yield self.resolved(example)["value"]

    def request_examples(self, operation):
        return list(self.examples(operation.json_body)) if "requestBody" in operation.content else []

    def example_path(self, operation):
        path = operation.path
        for parameter in operation.content.get("parameters", []):
            path = path.replace("{%s}" % parameter["name"], parameter.get("example", ""))
        return path

    def check(self, media, value):
        """Holds a body to its media type: each item of a stream, or the whole."""
        if "itemSchema" in media:
            is_events = "properties" in media["itemSchema"]
            items = list(events(value) if is_events else lines(value))
            assert items
            for item in items:
                if is_events:
                    self.check_event(media["itemSchema"], item)
                else:
                    self.validate(media["itemSchema"]["$ref"], item)
        elif "$ref" in media["schema"]:
            self.validate(media["schema"]["$ref"], value)

    def check_event(self, schema, event):
        """Holds a server-sent event to its schema, and the JSON in it to the schema of its data."""
        Draft202012Validator(schema).validate(event)
        data = schema["properties"]["data"]
        choices = data.get("anyOf", [data])
        if event["data"] not in [choice.get("const") for choice in choices]:
            content = next(choice for choice in choices if "contentSchema" in choice)
            assert content["contentMediaType"] == "application/json"
            self.validate(content["contentSchema"]["$ref"], json.loads(event["data"]))

    def check_response(self, operation, response):
        """Holds a response to status, header fields and content of the operation."""
        documented = operation.responses.get(str(response.status_code))
        assert documented, f"{operation.id} answers {response.status_code}: {response.text}"
        assert response.headers["x-request-id"]
        content = documented.get("content", {})
        if not content:
            assert not response.content
            return
        media_type = response.headers["content-type"].partition(";")[0]
        assert media_type in content, f"{operation.id} answers with {media_type}"
        body = response.text if "itemSchema" in content[media_type] or "json" not in media_type else response.json()
        self.check(content[media_type], body)


def events(text):
    """Server-sent events as objects of their fields; comments are none."""
    for block in text.split("\n\n"):
        event = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if event:
            yield event


def lines(text):
    """The values in lines of JSON."""
    return [json.loads(line) for line in text.split("\n") if line]
