"""Answers of the Explore API against the OpenAPI description of the contract."""

import functools
import json
import re

from harness import shared

PREFIX = "/api/explore/v2.1"

# The list of formats: its links are named after them (contract, section 2.3), which the description's own enum of
# link names leaves out.
FORMAT_LINKS = {
    "type": "object",
    "required": ["links"],
    "properties": {
        "links": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["href", "rel"],
                "properties": {"href": {"type": "string", "format": "uri"}, "rel": {"type": "string"}},
            },
        }
    },
}


class ExploreDescription:
    """False when there is nothing to check against; why_not then says so in plain words."""

    def __init__(self, document=None, why_not=""):
        self.why_not = why_not
        self.validator_of = {}
        if document is None:
            return
        import jsonschema

        # The facets of the catalogue link to their source (contract, section 4.2), a name that the enum leaves out, too.
        document["components"]["schemas"]["links"]["properties"]["rel"]["enum"].append("source")
        components = {"components": nullable(document["components"])}
        for path, operations in document["paths"].items():
            for name, response in operations.get("get", {}).get("responses", {}).items():
                schema = next((c["schema"] for c in response.get("content", {}).values()), None)
                if name.startswith("2") and schema:
                    if path.endswith("/exports"):
                        schema = FORMAT_LINKS
                    validator = jsonschema.Draft7Validator({**components, **nullable(schema)})
                    self.validator_of[path] = validator

    @classmethod
    @functools.lru_cache(maxsize=None)
    def find(cls):
        path = shared.folder("contract", "explore-v2.1.openapi.json")
        if not path:
            return cls(why_not="explore-v2.1.openapi.json is not beside the checkout")
        try:
            return cls(json.loads(path.read_text()))
        except ImportError:
            return cls(why_not="needs python3-jsonschema")

    def __bool__(self):
        return not self.why_not

    def validator(self, path):
        """Literal addresses win over those with a parameter, as in the description itself."""
        path = re.sub("/+", "/", path.partition("?")[0]).rstrip("/").removeprefix(PREFIX)
        found = [
            (template.count("{"), validator)
            for template, validator in self.validator_of.items()
            if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path)
        ]
        return min(found, key=lambda pair: pair[0])[1] if found else None

    def check(self, answer):
        if not self or not re.sub("/+", "/", answer.path).startswith(PREFIX):
            return
        if answer.method != "GET" or answer.status != 200 or not answer.body:
            return
        validator = self.validator(answer.path)
        if validator is None or "json" not in answer.headers.get("Content-Type", ""):
            return
        faults = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(answer.json())]
        assert not faults, f"{answer.path} does not fit the OpenAPI description:\n" + "\n".join(faults[:10])


def nullable(schema):
    """OpenAPI 3.0 says `nullable: true` where JSON Schema says that the type may be null."""
    if isinstance(schema, list):
        return [nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: nullable(value) for name, value in schema.items()}
    if plain.pop("nullable", False) is True and isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
    return plain
