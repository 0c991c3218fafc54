"""Drives the Kerberos adapter's program over its protocol (adapters/PROTOCOL.md), in the gateway's place: for loads and
measurements that are about the program alone. What the gateway does with it is the end-to-end tests' business.

    with KerberosAdapter([program], realm) as adapter:
        adapter.mint_many((adapter.order(user) for user in users), in_flight=8, on_answer=print)
"""

import base64
import fcntl
import json
import os
import socket
import subprocess
import time

import kdc

SPNEGO, CCACHE = (f"urn:dragoman:token-type:kerberos-{name}" for name in ("spnego", "ccache"))
SERVICE = "HTTP/app.mit.example"
PRINCIPAL = "gw/gateway.mit.example"
ISSUER = "https://idp.example"
CHANNEL, KEYTAB, LISTENER = 3, 4, 5  # descriptors of the program
DEADLINE_MS = 10_000


def realm_settings(realm, issuers=(ISSUER,), **more):
    """Of the Adapter document: the subject is the account."""
    return {"realm": kdc.REALM, "kdcs": [f"127.0.0.1:{realm.port}"], "principal": PRINCIPAL,
            "subjects": [{"issuer": issuer, "name": "sub"} for issuer in issuers],
            "services": [{"service": SERVICE, "outputs": ["spnego", "ccache"]}], **more}


def target_settings(lifetime=300):
    return {"service": SERVICE, "outputs": ["spnego", "ccache"], "lifetime": lifetime}


def must_be_made(order, answer):
    if "result" not in answer:
        raise RuntimeError(f"nothing was made for {order['subject']['subject']}: {answer['error']}")


class KerberosAdapter:
    def __init__(self, command, realm, environment=None, **settings):
        keytab = realm.folder / "gw.keytab"
        keytab.chmod(0o600)
        ours, theirs = socket.socketpair()
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        with open(keytab, "rb") as key:
            given = [theirs.fileno(), key.fileno(), listener.fileno()]
            self.process = subprocess.Popen(command, cwd="/", preexec_fn=lambda: self.place(given), close_fds=False,
                                            env={"PATH": os.environ["PATH"], "LANG": "C", **(environment or {})})
        self.pid = self.process.pid
        theirs.close()
        listener.close()
        self.channel, self.count = ours.makefile("rwb"), 0
        self.send({"method": "start", "params": {
            "adapter": "kerberos", "sealing_key": base64.urlsafe_b64encode(bytes(32)).decode().rstrip("="),
            "files": {"keytab": KEYTAB}, "listener": LISTENER, "allow_addresses": ["127.0.0.1/32"],
            "settings": realm_settings(realm, **settings)}})
        self.ask("initialize", {"protocol": {"lowest": 1, "highest": 1}, "gateway": "0", "adapter": "kerberos",
                                "in_parallel": 64, "deadline_ms": DEADLINE_MS})

    @staticmethod
    def place(given):
        """In the child: first above all of them, so that none is overwritten before it was moved."""
        above = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 64) for descriptor in given]
        for number, descriptor in zip((CHANNEL, KEYTAB, LISTENER), above):
            os.dup2(descriptor, number)
        os.closerange(LISTENER + 1, 1024)

    def send(self, message):
        self.channel.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.channel.flush()

    def answer(self):
        """The next one; what it logs is passed over."""
        while True:
            line = self.channel.readline()
            if not line:
                raise RuntimeError(f"the adapter has ended: {self.process.wait()}")
            message = json.loads(line)
            if "method" not in message:
                return message

    def ask(self, method, params):
        self.count += 1
        self.send({"id": self.count, "method": method, "params": {"deadline_ms": DEADLINE_MS, **params}})
        answer = self.answer()
        if "result" not in answer:
            raise RuntimeError(f"{method}: {answer}")
        return answer["result"]

    @staticmethod
    def order(user, type=SPNEGO, fresh=False, lifetime=300):
        now = int(time.time())
        return {"deadline_ms": DEADLINE_MS, "lease": "06F3ZQ1N8R5T7V9X1B3D5F7H9K", "root": "root", "fresh": fresh,
                "target": {"name": "orders", "domain": "partner", "audience": "https://orders.example",
                           "settings": target_settings(lifetime)},
                "subject": {"issuer": ISSUER, "subject": user}, "actors": [], "client": "planner", "scopes": [],
                "issued_at": now, "expires_at": now + 3600, "documents": "1", "type": type}

    def mint_many(self, orders, in_flight, on_answer=must_be_made):
        """As many as there are, so many at a time; each with what was answered."""
        waiting, orders = {}, iter(orders)
        while True:
            while len(waiting) < in_flight and (order := next(orders, None)) is not None:
                self.count += 1
                waiting[self.count] = order
                self.channel.write(json.dumps({"jsonrpc": "2.0", "id": self.count, "method": "mint", "params": order}).encode() + b"\n")
            self.channel.flush()
            if not waiting:
                return
            answer = self.answer()
            on_answer(waiting.pop(answer["id"]), answer)

    def close(self):
        """The exit status: 0 where it ended as it should and no checker of memory found anything."""
        if self.process.poll() is None:
            self.ask("shutdown", {})
            self.channel.close()
        return self.process.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.process.kill()
            self.process.wait()
        elif self.close() != 0:
            raise RuntimeError(f"the adapter ended with {self.process.returncode}")
