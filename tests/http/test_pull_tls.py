"""Sources over HTTPS: whose certificate is believed, and what is said of the others."""

import contextlib

import pytest

from harness.authority import DAY, Authority
from harness.faults import wait_until
from harness.publisher import Publisher, run, shown, source, stations

NO_TLS = "The server and this one did not come to terms about TLS."
UNKNOWN = "The server's certificate comes from no authority that is believed here (setting pull_authorities)."


@pytest.fixture(scope="module")
def authority(stack):
    """In the folder of the stack: the server's account reads it."""
    return Authority(stack.folder, "authority")


@contextlib.contextmanager
def believed(stack, file):
    """While the block runs, the configuration names the file; each run reads it anew."""
    conf = stack.run / "beffroi.conf"
    before = conf.read_text(encoding="utf-8")
    conf.write_text(f"{before}\npull_authorities = {file}\n", encoding="utf-8")
    try:
        yield
    finally:
        conf.write_text(before, encoding="utf-8")


def test_an_authority_of_ones_own(stack, authority, tmp_path):
    with Publisher(authority.server()) as publisher:
        publisher.gives(stations(3))
        source(stack, tmp_path, publisher, "tls-unknown")
        now = shown(stack, "tls-unknown")
        assert (now["state"], now["reason"], publisher.requests) == ("failing", UNKNOWN, [])
        with believed(stack, authority.file):
            source(stack, tmp_path, publisher, "tls-known")
            now = shown(stack, "tls-known")
            assert (now["state"], now["reason"], now["records"]) == ("good", None, 3)
            assert run(stack, "tls-unknown")[0] == 0
        assert run(stack, "tls-known") == (1, f"tls-known: failed: {UNKNOWN}\n")
    told = {"where": 'jeu_de_donnees="tls-known"', "order_by": "passage", "limit": 9}
    address = "/api/explore/v2.1/catalog/datasets/ingestions/records"
    wait_until(lambda: stack.get(address, told).json()["total_count"] == 2)
    assert [(row["resultat"], row["motif"]) for row in stack.get(address, told).json()["results"]] == [
        ("modifie", None), ("echec", UNKNOWN)]


@pytest.mark.parametrize("certificate, why", [
    ({"host": "elsewhere.example"}, "The server's certificate is for another host name."),
    ({"host": "127.0.0.2"}, "The server's certificate is for another host name."),
    ({"until": -DAY / 2}, "The server's certificate has expired."),
    ({"since": DAY / 2}, "The server's certificate is not valid yet."),
])
def test_a_certificate_that_does_not_hold(stack, authority, tmp_path, certificate, why):
    with Publisher(authority.server(**certificate)) as publisher, believed(stack, authority.file):
        publisher.gives(stations(1))
        source(stack, tmp_path, publisher, "tls-wrong")
        assert run(stack, "tls-wrong") == (1, f"tls-wrong: failed: {why}\n")
        assert publisher.requests == []
        assert why in stack.beffroi("source", check=False).stdout


def test_another_authority_of_the_same_name(stack, authority, tmp_path):
    other = Authority(tmp_path, "authority")
    with Publisher(other.server()) as publisher, believed(stack, authority.file):
        source(stack, tmp_path, publisher, "tls-other")
        assert run(stack, "tls-other")[0] == 1
        assert shown(stack, "tls-other")["reason"] == NO_TLS  # OpenSSL tells of a signature, not of a certificate
        assert publisher.requests == []


@pytest.mark.parametrize("file", ["missing.pem", "beffroi.conf"])
def test_a_file_of_authorities_that_is_none(stack, authority, tmp_path, file):
    with Publisher(authority.server()) as publisher, believed(stack, stack.run / file):
        source(stack, tmp_path, publisher, "tls-no-file")
        assert run(stack, "tls-no-file") == (1, "tls-no-file: failed: The file of the setting pull_authorities cannot be read.\n")


def test_who_speaks_no_tls(stack, authority, tmp_path):
    with Publisher() as publisher, believed(stack, authority.file):
        publisher.url = publisher.url.replace("http:", "https:")
        source(stack, tmp_path, publisher, "tls-none")
        assert run(stack, "tls-none") == (1, f"tls-none: failed: {NO_TLS}\n")


def test_redirections_between_the_two(stack, authority, tmp_path):
    """To TLS they are followed when the certificate there holds; from it never."""
    with Publisher() as plain, Publisher(authority.server()) as secure:
        plain.gives_by_path({"/data": (301, {"Location": secure.url + "/moved"}, b""), "/back": stations(2)})
        secure.gives_by_path({"/moved": stations(4), "/data": (302, {"Location": plain.url + "/back"}, b"")})
        source(stack, tmp_path, plain, "tls-moved")
        assert shown(stack, "tls-moved")["reason"] == UNKNOWN
        with believed(stack, authority.file):
            assert run(stack, "tls-moved")[0] == 0 and shown(stack, "tls-moved")["records"] == 4
            source(stack, tmp_path, secure, "tls-back")
            assert run(stack, "tls-back") == (1, "tls-back: failed: A redirection leads from HTTPS to HTTP.\n")
        assert [path for path, _ in plain.requests if path == "/back"] == []
