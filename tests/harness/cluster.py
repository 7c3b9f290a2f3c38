"""A PostgreSQL alone, without nginx and workers: for what only needs a database."""

import os
import pathlib
import pwd
import re
import shutil
import subprocess
import tempfile

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")


SQL = pathlib.Path(__file__).resolve().parents[2] / "sql"


def migrations(first=1, last=9999):
    """The server's own schema as texts for Cluster.sql, with roles that the first of them makes."""
    for path in sorted(SQL.glob("[0-9]*.sql")):
        number = int(path.name[:4])
        if first == number == 1:
            yield "CREATE EXTENSION postgis; CREATE ROLE writer; CREATE ROLE reader; CREATE ROLE owner; CREATE ROLE accountant;"
        if first <= number <= last:
            yield re.sub("@(writer|reader|owner|accountant)@", r"\1", path.read_text(encoding="utf-8"))


class Cluster:
    """`with Cluster() as cluster:` is a private server on a unix socket, gone at the end. PostgreSQL refuses to run as root."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="beffroi-db-", dir="/tmp"))
        self.prefix = []
        if os.getuid() == 0:
            owner = pwd.getpwnam("postgres")
            self.prefix = ["runuser", "-u", "postgres", "--"]
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)

    @property
    def options(self):
        return f"-c listen_addresses= -k {self.folder} -c fsync=off -c shared_buffers=16MB"

    def tool(self, name, *words):
        command = [*self.prefix, BIN / name, "-D", f"{self.folder}/data", *words]
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        self.tool("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        self.tool("pg_ctl", "-w", "-l", f"{self.folder}/log", "-o", self.options, "start")
        return self

    def __exit__(self, *_):
        self.tool("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)

    @property
    def conninfo(self):
        return f"host={self.folder} dbname=postgres"

    def sql(self, text):
        command = [BIN / "psql", "-h", self.folder, "-U", "postgres", "-XqAt", "-v", "ON_ERROR_STOP=1"]
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
