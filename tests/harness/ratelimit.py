"""RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10) as tests read them."""


def items(value):
    """A structured list: name to its parameters."""
    found = {}
    for item in value.split(", "):
        name, *parameters = item.split(";")
        found[name.strip('"')] = {key: int(number) for key, number in (word.split("=") for word in parameters)}
    return found
