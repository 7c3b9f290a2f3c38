"""The public keys, for whoever gets a key of ours from somebody (RFC 7517)."""

import base64

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives import hashes

from harness.tokens import Forge, unb64

JWKS = "/.well-known/jwks.json"


def point_of(key):
    return ec.EllipticCurvePublicNumbers(int.from_bytes(unb64(key["x"]), "big"), int.from_bytes(unb64(key["y"]), "big"),
                                         ec.SECP256R1()).public_key()


def test_a_key_verifies_by_what_is_published(stack):
    forge = Forge(stack)
    answer = stack.get(JWKS)
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/jwk-set+json"
    assert list(answer.json()) == ["keys"]
    keys = {key["kid"]: key for key in answer.json()["keys"]}
    assert len(keys) == len(answer.json()["keys"])
    for key in keys.values():
        assert list(key) == ["kty", "use", "alg", "kid", "crv", "x", "y"]
        assert (key["kty"], key["use"], key["alg"], key["crv"]) == ("EC", "sig", "ES256", "P-256")
        assert len(unb64(key["x"])) == len(unb64(key["y"])) == 32
    header, payload, signature = stack.key("push:essai").split(".")
    raw = unb64(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    point_of(keys[forge.kid]).verify(der, f"{header}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))


def test_it_may_be_kept_and_is_confirmed(stack):
    Forge(stack)
    answer = stack.get(JWKS)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*" and answer.headers["Referrer-Policy"] == "no-referrer"
    same = stack.get(JWKS, headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status == 304 and same.body == b"" and same.headers["ETag"] == answer.headers["ETag"]
    head = stack.request("HEAD", JWKS)
    assert head.status == 200 and head.body == b"" and int(head.headers["Content-Length"]) == len(answer.content)
    assert stack.request("POST", JWKS, b"x").status == 405
    assert stack.get(JWKS + "/x").status == 404


def test_no_private_part_is_in_it(stack):
    forge = Forge(stack)
    text = stack.get(JWKS).text
    secret = forge.private.private_numbers().private_value.to_bytes(32, "big")
    assert base64.urlsafe_b64encode(secret).decode().rstrip("=") not in text and '"d"' not in text
