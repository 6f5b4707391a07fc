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
        if "x-itemSchema" in media:
            items = list(stream_items(value))
            assert items
            for item in items:
                self.validate(media["x-itemSchema"]["$ref"], item)
        elif "$ref" in media["schema"]:
            self.validate(media["schema"]["$ref"], value)

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
        body = response.text if "x-itemSchema" in content[media_type] or "json" not in media_type else response.json()
        self.check(content[media_type], body)


def stream_items(text):
    """The values in server-sent events or in lines of JSON."""
    for line in text.splitlines():
        data = line.removeprefix("data: ") if line.startswith("data: ") else line
        if data.startswith("{"):
            yield json.loads(data)
