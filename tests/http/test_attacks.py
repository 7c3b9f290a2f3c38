"""Tokens that nobody here issued, against the running server: each is refused with the same words, and nothing falls over.

What a token is refused for goes to nobody but the log of who runs the server: a body that told would be an oracle.
"""

import base64
import hashlib
import hmac
import json

import pytest

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from harness.tokens import Forge, b64, spoilt, unb64

RECORDS = "/api/explore/v2.1/catalog/datasets/vlille-realtime/records?limit=1"
PUSH = "/api/push/v1/datasets/vlille-realtime/records"
REFUSED = {"error_code": "Unauthorized", "message": "The key is not valid."}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture(scope="module")
def forge(stack):
    return Forge(stack)


def hmac_of(text, key, name="sha256"):
    return b64(hmac.new(key, text.encode(), name).digest())


# ---- each makes (name, token) ----------------------------------------------------------------------


def algorithms(forge):
    """The header says how it wants to be checked (RFC 8725 sections 2.1 and 3.1)."""
    payload = b64(json.dumps(forge.claims(), separators=(",", ":")))
    kid = forge.kid
    for alg in ("none", "None", "nOnE", "NONE", ""):
        head = b64(json.dumps({"alg": alg, "kid": kid, "typ": "JWT"}, separators=(",", ":")))
        yield f"alg {alg!r} unsigned", f"{head}.{payload}."
        yield f"alg {alg!r} with a signature", forge.sign(forge.claims(), json.dumps({"alg": alg, "kid": kid, "typ": "JWT"},
                                                                                   separators=(",", ":")))
    der = forge.private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for name, alg in (("sha256", "HS256"), ("sha384", "HS384"), ("sha512", "HS512")):
        head = b64(json.dumps({"alg": alg, "kid": kid, "typ": "JWT"}, separators=(",", ":")))
        for what, key in (("PEM", forge.public_pem), ("PEM without its last line end", forge.public_pem.rstrip()),
                          ("DER", der), ("nothing", b""), ("kid", kid.encode())):
            yield f"{alg} with {what}", f"{head}.{payload}.{hmac_of(f'{head}.{payload}', key, name)}"
    right = f"{b64(forge.header)}.{payload}"
    mac = hmac.new(forge.public_pem, right.encode(), "sha512").digest()
    yield "HMAC of 64 bytes under the right header", f"{right}.{b64(mac)}"
    for alg in ("es256", "Es256", "ES256 ", "ES384", "ES512", "ES256K", "EdDSA", "PS256", "RS256"):
        yield f"alg {alg}", forge.sign(forge.claims(), json.dumps({"alg": alg, "kid": kid, "typ": "JWT"}, separators=(",", ":")))
    private = rsa.generate_private_key(65537, 2048)
    head = b64(json.dumps({"alg": "RS256", "kid": kid, "typ": "JWT"}, separators=(",", ":")))
    signed = private.sign(f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())
    yield "RS256 of another key", f"{head}.{payload}.{b64(signed)}"


def headers(forge):
    """A header that is not, byte for byte, the one that we write."""
    kid = forge.kid
    base = {"alg": "ES256", "kid": kid, "typ": "JWT"}
    jwk = {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}
    for name, header in (
            ("crit", {**base, "crit": ["exp"]}), ("jku", {**base, "jku": "https://x.example/k"}),
            ("x5u", {**base, "x5u": "https://x.example/k"}), ("jwk", {**base, "jwk": jwk}), ("x5c", {**base, "x5c": ["MIIB"]}),
            ("typ", {**base, "typ": "at+jwt"}), ("zip", {**base, "zip": "DEF"}), ("b64", {**base, "b64": False}),
            ("cty", {**base, "cty": "JWT"}), ("without typ", {"alg": "ES256", "kid": kid}), ("without kid", {"alg": "ES256", "typ": "JWT"}),
            ("unknown kid", {**base, "kid": "20990101-zzzz"}), ("empty kid", {**base, "kid": ""}), ("kid of another type", {**base, "kid": 1}),
            ("kid with a path", {**base, "kid": "../../etc/passwd"}), ("kid with SQL", {**base, "kid": "x' OR '1'='1"}),
            ("long kid", {**base, "kid": "k" * 300})):
        yield name, forge.sign(forge.claims(), json.dumps(header, separators=(",", ":")))
    for name, text in (
            ("order of its members", f'{{"kid":"{kid}","alg":"ES256","typ":"JWT"}}'), ("blanks", forge.header.replace(",", ", ")),
            ("alg twice", f'{{"alg":"none","alg":"ES256","kid":"{kid}","typ":"JWT"}}'), ("a line end", forge.header + "\n"),
            ("a byte order mark", "\ufeff" + forge.header), ("no object", "[]"), ("nothing", "{}"), ("no JSON", "ES256"),
            ("NUL", forge.header + "\0"), ("an escape", forge.header.replace("ES256", "\\u0045S256")), ("deep", "[" * 100)):
        yield f"header: {name}", forge.sign(forge.claims(), text)


def signatures(forge):
    good = forge.sign(forge.claims())
    text, _, signature = good.rpartition(".")
    raw = unb64(signature)
    other = ec.generate_private_key(ec.SECP256R1())
    yield "of another key", forge.sign(forge.claims(), key=other)
    for curve in (ec.SECP384R1(), ec.SECP521R1(), ec.SECP256K1()):
        yield f"on {curve.name}", forge.sign(forge.claims(), key=ec.generate_private_key(curve))
    yield "as DER", f"{text}.{b64(forge.private.sign(text.encode(), ec.ECDSA(hashes.SHA256())))}"
    yield "of zeros", f"{text}.{b64(bytes(64))}"
    yield "of ones", f"{text}.{b64(bytes([255]) * 64)}"
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    yield "r = 0", f"{text}.{b64(bytes(32) + raw[32:])}"
    yield "s = 0", f"{text}.{b64(raw[:32] + bytes(32))}"
    yield "r = n, s = n", f"{text}.{b64(order.to_bytes(32, 'big') * 2)}"
    yield "s + n", f"{text}.{b64(raw[:32] + ((int.from_bytes(raw[32:], 'big') + order) % (1 << 256)).to_bytes(32, 'big'))}"
    yield "r and s swapped", f"{text}.{b64(raw[32:] + raw[:32])}"
    yield "the first bit", f"{text}.{b64(bytes([raw[0] ^ 128]) + raw[1:])}"
    yield "the last bit", spoilt(good)
    yield "one byte more", f"{text}.{b64(raw + bytes(1))}"
    yield "one byte less", f"{text}.{b64(raw[:-1])}"
    yield "half of it", f"{text}.{b64(raw[:32])}"
    yield "none", f"{text}."
    elsewhere = forge.sign(forge.claims(sub="else"))
    yield "of another token", f"{text}.{elsewhere.rpartition('.')[2]}"


def segments(forge):
    good = forge.sign(forge.claims())
    head, payload, signature = good.split(".")
    more = json.loads(unb64(payload))
    more["scope"] = "admin push:*"
    for name, token in (
            ("payload changed", f"{head}.{b64(json.dumps(more, separators=(',', ':')))}.{signature}"),
            ("payload and header swapped", f"{payload}.{head}.{signature}"), ("signature first", f"{signature}.{head}.{payload}"),
            ("signature as payload", f"{head}.{signature}.{payload}"), ("two segments", f"{head}.{payload}"), ("one segment", head),
            ("four segments", f"{good}.{signature}"), ("an empty one in front", f".{good}"), ("an empty one behind", f"{good}."),
            ("no header", f".{payload}.{signature}"), ("no payload", f"{head}..{signature}"), ("three dots", "..."), ("two dots", ".."),
            ("a dot", "."), ("twice", good + good), ("cut in the header", good[:20]), ("cut in the payload", f"{head}.{payload[:40]}"),
            ("cut in the signature", good[:-40]), ("cut by one", good[:-1]), ("five segments of JWE", f"{head}.AA.AA.AA.AA"),
            ("JSON serialization", b64(json.dumps({"payload": payload, "protected": head, "signature": signature})))):
        yield name, token


def spellings(forge):
    """Another text for the same bytes: accepted, it would be another key for everything that goes by its text."""
    good = forge.sign(forge.claims())
    head, payload, signature = good.split(".")
    last = ALPHABET.index(signature[-1])
    for bits in range(1, 4):
        yield f"spare bits {bits}", f"{good[:-1]}{ALPHABET[last ^ bits]}"
    for tail in ("=", "==", "!", "*", "A", "AA", "%3D", "~"):
        yield f"{tail!r} behind", good + tail
        yield f"{tail!r} in front", tail + good
        yield f"{tail!r} behind the payload", f"{head}.{payload}{tail}.{signature}"
    yield "padded base64", ".".join(base64.urlsafe_b64encode(unb64(part)).decode() for part in good.split("."))
    if "-" in good or "_" in good:
        yield "the alphabet of base64", good.replace("-", "+").replace("_", "/")


def claims(forge):
    """Rightly signed, but not what we issue."""
    big = 10 ** 30
    for name, changes in (
            ("expired", {"iat": 1000, "nbf": 1000, "exp": 2000}), ("not yet valid", {"nbf": forge.claims()["iat"] + 3000}),
            ("of the future", {"iat": forge.claims()["iat"] + 300, "nbf": forge.claims()["iat"] + 300}),
            ("for a thousand days", {"exp": forge.claims()["iat"] + 86400000}), ("end before begin", {"exp": forge.claims()["iat"]}),
            ("exp huge", {"exp": big}), ("exp negative", {"exp": -1}), ("exp zero", {"exp": 0}), ("exp 2^63", {"exp": 1 << 63}),
            ("exp as a text", {"exp": str(forge.claims()["exp"])}), ("exp real", {"exp": forge.claims()["exp"] + 0.5}),
            ("exp true", {"exp": True}), ("exp a list", {"exp": [forge.claims()["exp"]]}), ("exp an object", {"exp": {}}),
            ("nbf real", {"nbf": float(forge.claims()["nbf"])}), ("iat a text", {"iat": "now"}), ("wrong issuer", {"iss": "https://x"}),
            ("issuer in capitals", {"iss": "BEFFROI"}), ("wrong audience", {"aud": "x"}), ("audience as a list", {"aud": ["beffroi-api"]}),
            ("sub a number", {"sub": 1}), ("sub empty", {"sub": ""}), ("sub long", {"sub": "a" * 65}), ("sub with a line end", {"sub": "a\nb"}),
            ("sub with NUL", {"sub": "a\0b"}), ("jti short", {"jti": "a"}), ("jti in capitals", {"jti": "ABCDEFGHJKMN"}),
            ("jti with SQL", {"jti": "'; DROP --xx"}), ("scope as a list", {"scope": ["read"]}), ("scope unknown", {"scope": "root"}),
            ("scope read:*", {"scope": "read:*"}), ("scope blank", {"scope": " "}), ("a claim more", {"admin": True}),
            ("crit as a claim", {"crit": ["exp"]}), ("datasets empty", {"datasets": []}), ("datasets a text", {"datasets": "vlille-realtime"}),
            ("origins a star", {"origins": ["*"]}), ("bbox of texts", {"bbox": ["1", "2", "3", "4"]}), ("bbox of infinity", {"bbox": [1, 2, 3, 1e999]}),
            ("rate 0", {"rate": 0}), ("plan a path", {"plan": "../x"}), ("parent short", {"parent": "x"})):
        yield name, forge.sign(forge.claims(**changes))
    for missing in ("iss", "aud", "sub", "jti", "scope", "iat", "nbf", "exp"):
        yield f"without {missing}", forge.sign(forge.claims(**{missing: None}))
    text = json.dumps(forge.claims(), separators=(",", ":"))
    for name, payload in (
            ("exp twice", text[:-1] + ',"exp":9999999999}'), ("scope twice", text[:-1] + ',"scope":"admin"}'),
            ("nested deep", text[:-1] + ',"x":' + "[" * 150 + "]" * 150 + "}"), ("only brackets", "[" * 300), ("a list", "[]"), ("a text", '"x"'),
            ("nothing", ""), ("null", "null"), ("two objects", text + text), ("something behind", text + "x"), ("a comment", text + "//"),
            ("a byte order mark", "\ufeff" + text), ("NaN", text[:-1] + ',"rate":NaN}'), ("1e400", text[:-1] + ',"rate":1e400}')):
        yield f"payload: {name}", forge.sign(payload)
    yield "payload: not UTF-8", forge.sign(text.encode().replace(b"forge", b"\xff\xfe"))
    yield "payload: NUL", forge.sign(text.encode() + b"\0")


def sizes(forge):
    yield "1,025 bytes", "a" * 1025
    yield "a good one with a long partner", forge.sign(forge.claims(sub="é" * 400))
    yield "a good one with many scopes", forge.sign(forge.claims(scope=" ".join(f"push:dataset-{n}" for n in range(33))))
    yield "7,000 dots", "." * 7000
    yield "7,000 letters in the signature", f"{b64(forge.header)}.AAAA.{'A' * 6000}"
    yield "one letter", "a"
    yield "a signature alone", hashlib.sha256(b"x").hexdigest()


KINDS = [algorithms, headers, signatures, segments, spellings, claims, sizes]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_it_is_refused_with_the_same_words(stack, forge, kind):
    tries = list(kind(forge))
    assert len(tries) >= 7 and len({name for name, _ in tries}) == len(tries)
    answers = {}
    for name, token in tries:
        if not token:
            continue
        answer = stack.get(RECORDS, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status, answer.json()) == (401, REFUSED), (name, token)
        told = {field.lower(): value for field, value in answer.headers.items()}
        for changing in ("date", "x-request-id", "ratelimit", "connection"):
            told.pop(changing, None)
        answers[name] = (answer.body, tuple(sorted(told.items())))
        if name.startswith(("alg", "exp", "of ")):  # elsewhere, too
            assert stack.get(RECORDS, {"apikey": token}).status == 401, name
            pushed = stack.push("vlille-realtime", [], key=token)
            assert (pushed.status, pushed.json()["detail"]) == (401, REFUSED["message"]), name
    assert len(set(answers.values())) == 1, "one and the same answer"


def test_there_are_enough_of_them(forge):
    assert sum(1 for kind in KINDS for _ in kind(forge)) >= 150


def test_the_forge_can_make_good_ones(stack, forge):
    """Else everything above would be refused for another reason."""
    for changes in ({}, {"scope": "read push:* admin"}, {"plan": "partner", "rate": 1000, "datasets": ["vlille-realtime"]},
                    {"bbox": [-180, -90, 180, 90.0]}, {"parent": "0123456789ab"}):
        token = forge.issue(**changes)
        assert stack.get(RECORDS, headers={"Authorization": f"Bearer {token}"}).status == 200, changes


def test_no_worker_was_lost(stack):
    """Nothing of the above costs more than its own answer."""
    before = {worker["pid"] for pool in stack.status()["pools"] for worker in pool["workers"]}
    forge = Forge(stack)
    for kind in (sizes, segments):
        for _, token in kind(forge):
            if token:
                stack.get(RECORDS, headers={"Authorization": f"Apikey {token}"})
    assert {worker["pid"] for pool in stack.status()["pools"] for worker in pool["workers"]} == before
