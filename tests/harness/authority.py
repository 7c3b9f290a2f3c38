"""An authority of a test's own, and what it certifies: contexts for servers that speak TLS."""

import datetime
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class Authority:
    """`file` is its certificate; `server` a context for a server at that address (or host name)."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, _name(name)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(_pem(self._sign(self.name, self.key, -DAY, 30 * DAY, x509.BasicConstraints(ca=True, path_length=0))))

    def _sign(self, subject, key, since, until, *extensions):
        now = datetime.datetime.utcnow()
        builder = x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number(), now + since, now + until)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(self.key, hashes.SHA256())

    def server(self, host="127.0.0.1", since=-DAY, until=DAY):
        try:
            at = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            at = x509.DNSName(host)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(_name("server"), key, since, until, x509.SubjectAlternativeName([at]))
        file = self.folder / "server.pem"
        file.write_bytes(_pem(certificate) + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context
