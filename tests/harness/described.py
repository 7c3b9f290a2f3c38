"""Answers of the Explore API against the server's own OpenAPI description (modules/api/openapi.h)."""

import re

PREFIX = "/api/explore/v2.1"


def media_type(text):
    return text.partition(";")[0].strip()


class OwnDescription:
    """Of the document that …/openapi.json (3.1, so JSON Schema 2020-12) answers."""

    def __init__(self, document):
        import jsonschema

        self.paths = {}  # a pattern of the address, the number of its variables, and a validator per media type
        for path, item in document["paths"].items():
            content = item["get"]["responses"].get("200", {}).get("content", {})
            validators = {
                media: jsonschema.Draft202012Validator({**answer["schema"], "components": document["components"]})
                for media, answer in content.items()
            }
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path.rstrip("/")))
            self.paths[path] = re.compile(pattern), path.count("{"), validators

    def validators(self, path):
        """Literal addresses win over those with a parameter (OpenAPI 3.1, section 4.8.8.1)."""
        path = re.sub("/+", "/", path.partition("?")[0]).rstrip("/").removeprefix(PREFIX)
        found = [(variables, validators) for pattern, variables, validators in self.paths.values()
                 if pattern.fullmatch(path)]
        return min(found, key=lambda pair: pair[0])[1] if found else None

    def check(self, answer):
        if not re.sub("/+", "/", answer.path).startswith(PREFIX) or answer.method != "GET" or answer.status != 200:
            return
        validators = self.validators(answer.path)
        assert validators is not None, f"{answer.path} is answered but not described"
        media = media_type(answer.headers.get("Content-Type", ""))
        media = media if media in validators or "*/*" not in validators else "*/*"
        assert media in validators, f"{answer.path} is {media}, described is {list(validators)}"
        if "json" not in media or media == "application/jsonl" or not answer.body:
            return
        faults = [f"{list(e.absolute_path)}: {e.message}" for e in validators[media].iter_errors(answer.json())]
        assert not faults, f"{answer.path} does not fit our own OpenAPI description:\n" + "\n".join(faults[:10])
