"""Answers against the server's own OpenAPI descriptions (modules/api/openapi/openapi.h), refusals as well."""

import re

# Where the description of each API is; all that it answers lies below its prefixes.
DESCRIPTIONS = {
    "/api/explore/v2.1/openapi.json": ["/api/explore/v2.1"],
    "/api/explore/v2.0/openapi.json": ["/api/explore/v2.0"],
    "/api/v2/openapi.json": ["/api/v2"],
    "/api/push/v1/openapi.json": ["/api/push"],
    "/api/admin/v1/openapi.json": ["/api/admin", "/api/keys"],
    "/api/records/1.0/openapi.json": ["/api/records/1.0", "/api/datasets/1.0", "/explore/dataset"],
}

# Pages for people (nginx/console) end with /console; they are no operations.
# Header fields that a description has wherever they are.
TOLD = re.compile(r"Location|ETag|Beffroi-(Commit|Commit-Time|Age|State)|RateLimit(-Policy)?|X-RateLimit-\w+|X-Beffroi-Cost|Retry-After", re.IGNORECASE)

# What any address may answer before an operation is known: another method, nginx's own refusals (nginx.conf.in).
ANYWHERE = {405, 408, 413, 414, 501, 505}


def media_type(text):
    return text.partition(";")[0].strip()


def is_nginx(answer):
    """Whether nginx refused it before anybody knew what it was (nginx.conf.in)."""
    return answer.status == 400 and answer.content.startswith(b'{"type":"about:blank"')


def tidy(path):
    return re.sub("/+", "/", path.partition("?")[0]).rstrip("/") or "/"


class Operation:
    """What one method of one address answers: a validator per media type of each status."""

    def __init__(self, document, operation):
        import jsonschema

        self.answers = {}
        self.headers = {}
        for status, answer in operation["responses"].items():
            while "$ref" in answer:
                answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
            self.headers[int(status)] = {name.lower(): document["components"]["headers"][name]["schema"]
                                         for name in answer.get("headers", {})}
            self.answers[int(status)] = {
                media: jsonschema.Draft202012Validator({**content["schema"], "components": document["components"]})
                for media, content in answer.get("content", {}).items()
            }

    def check(self, answer):
        media = media_type(answer.headers.get("Content-Type", ""))
        if answer.status in ANYWHERE and answer.status not in self.answers:
            return
        assert answer.status in self.answers, f"{answer} is answered, described is {list(self.answers)}"
        self.check_headers(answer)
        validators = self.answers[answer.status]
        if not validators or answer.method == "HEAD":
            return
        media = media if media in validators or "*/*" not in validators else "*/*"
        assert media in validators, f"{answer} is {media}, described is {list(validators)}"
        if "json" not in media or media in ("application/jsonl", "application/x-ndjson") or not answer.body:
            return
        faults = [f"{list(e.absolute_path)}: {e.message}" for e in validators[media].iter_errors(answer.json())]
        assert not faults, f"{answer} does not fit our own OpenAPI description:\n" + "\n".join(faults[:10])


    def check_headers(self, answer):
        """What an answer says of its data and of what its asker may still ask: all of it is described, and is what it says."""
        described = self.headers[answer.status]
        for name, value in answer.headers.items():
            schema = described.get(name.lower())
            assert schema or not TOLD.fullmatch(name), f"{answer} has {name}, described is {list(described)}"
            if schema and schema["type"] == "integer":
                assert re.fullmatch(r"-?\d+", value), f"{answer} has {name}: {value}"


class OwnDescription:
    """Of a document that …/openapi.json (3.1, so JSON Schema 2020-12) answers; url: of the whole server."""

    def __init__(self, document, url, prefixes):
        root = document["servers"][0]["url"].removeprefix(url)
        self.prefixes = prefixes
        self.paths = []  # a pattern of the address, the number of its variables, and its operations
        for path, item in document["paths"].items():
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(tidy(root + path)))
            operations = {method.upper(): Operation(document, operation) for method, operation in item.items()}
            self.paths.append((re.compile(pattern), path.count("{"), operations))

    def operations(self, path):
        """Literal addresses win over those with a parameter (OpenAPI 3.1, section 4.8.8.1)."""
        found = [(variables, operations) for pattern, variables, operations in self.paths if pattern.fullmatch(path)]
        return min(found, key=lambda pair: pair[0])[1] if found else None

    def check(self, answer):
        path = tidy(answer.path)
        if answer.method == "OPTIONS" or path.endswith("/console") or not any((path + "/").startswith(prefix + "/") for prefix in self.prefixes):
            return
        operations = self.operations(path)
        if operations is None:
            assert answer.status >= 400, f"{answer} is answered but not described"
            return
        # HEAD is GET without a body, and a form may be sent where a query is.
        operation = operations.get(answer.method, operations.get("GET"))
        if operation is None:
            assert answer.status >= 400, f"{answer} is answered but not described"
        elif not is_nginx(answer) and not (answer.status == 415 and answer.method not in operations):
            operation.check(answer)


_checks = []  # of all stacks of this process: what they say of themselves is the same but for their addresses


def learn(running):
    """Reads the descriptions of a server that has just started, once in a process; a stack that does not have all of them
    (no admin worker) leaves it to the next one, and so does a machine without python3-jsonschema, as the end of the run says."""
    if _checks:
        return
    answers = {address: running.get(address) for address in DESCRIPTIONS}
    if any(answer.status != 200 for answer in answers.values()):
        return
    try:
        _checks.extend([OwnDescription(answers[address].json(), running.url, prefixes).check
                        for address, prefixes in DESCRIPTIONS.items()])
    except ImportError:
        pass


def hold(answer):
    """Against what the server says of itself."""
    for check in _checks:
        check(answer)
