"""Tokens made by hand, right and wrong ones, with the signing key that a stack of the tests holds."""

import base64
import hashlib
import json
import secrets
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils


def b64(data):
    """base64url without padding, of bytes or text."""
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else data.encode()).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def spoilt(token):
    """The same with a bit of its signature turned: never the same by chance."""
    text, _, signature = token.rpartition(".")
    raw = unb64(signature)
    return f"{text}.{b64(raw[:-1] + bytes([raw[-1] ^ 1]))}"


class Forge:
    """What whoever holds the private key of a stack can sign; and what somebody without it can try."""

    def __init__(self, stack):
        self.stack = stack
        stack.key("push:essai")  # the first key that is issued makes the signing key
        self.path = sorted((stack.run / "keys").glob("*.pem"))[-1]
        self.kid = self.path.stem
        self.private = serialization.load_pem_private_key(self.path.read_bytes(), None)
        self.public_pem = self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.header = json.dumps({"alg": "ES256", "kid": self.kid, "typ": "JWT"}, separators=(",", ":"))

    def claims(self, **changes):
        """The claims of a good key; a change to None leaves one out."""
        now = int(time.time())
        good = {"iss": "beffroi", "aud": "beffroi-api", "sub": "forge",
                "jti": "".join(secrets.choice("0123456789abcdefghjkmnpqrstvwxyz") for _ in range(12)),
                "scope": "read", "iat": now, "nbf": now, "exp": now + 3600}
        return {name: value for name, value in {**good, **changes}.items() if value is not None}

    @staticmethod
    def raw_signature(text, key):
        r, s = utils.decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        size = (key.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def sign(self, payload, header=None, key=None):
        """header.payload.signature, whatever stands in them; payload: a mapping or its text."""
        payload = payload if isinstance(payload, (str, bytes)) else json.dumps(payload, separators=(",", ":"))
        text = f"{b64(header or self.header)}.{b64(payload)}"
        return f"{text}.{b64(self.raw_signature(text, key or self.private))}"

    def issue(self, **changes):
        """A good key with these claims, as the server keeps it."""
        claims = self.claims(**changes)
        token = self.sign(claims)
        digest = hashlib.sha256(token.encode()).hexdigest()
        scope = claims["scope"].replace("'", "")
        self.stack.sql("INSERT INTO catalog.api_key (jti, kid, sub, scope, issued, expires, digest) VALUES "
                       f"('{claims['jti']}', '{self.kid}', 'forge', '{scope}', to_timestamp({claims['iat']}), "
                       f"to_timestamp({claims['exp']}), decode('{digest}', 'hex'))")
        return token
