#!/usr/bin/env python3
"""@NAME@: an adapter for Dragoman. mint() makes a credential that whoever shares the target's secret can check; change it to
make yours. What stands below mint() is the adapter protocol, version 1, and needs no change. One file, standard library."""
import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
import threading
import time

TYPE = "urn:dragoman:token-type:@NAME@"
MANIFEST = {
    "name": "@NAME@", "version": "0.1.0", "credentials": [{"type": TYPE, "token_type": "N_A"}],
    "settings_schema": {"type": "object", "properties": {"secret": {"type": "string", "minLength": 32}}, "required": ["secret"]},
    "outside_effects": False, "network": "none", "concurrency": 8, "renews": False, "connects": "none"}


class Failure(Exception):
    """(code, message): -32001 refused, -32002 unavailable, -32003 misconfigured. No secret in the message."""


def mistakes(settings):
    """What is wrong with a target's settings: JSON pointers and sentences. Looks at nothing else."""
    found = [{"path": "/" + name.replace("~", "~0").replace("/", "~1"), "message": "is not known; there is secret"}
             for name in settings if name != "secret"]
    if not isinstance(settings.get("secret"), str) or len(settings["secret"]) < 32:
        found.append({"path": "/secret", "message": "expected a text of at least 32 characters"})
    return found


def mint(call, order):
    """The credential. May narrow what was ordered (expires_at, scopes), never widen it. Where it waits, it asks call.check()."""
    if mistakes(order["target"].get("settings", {})):
        raise Failure(-32003, "the settings of the target have mistakes")
    if order["expires_at"] <= time.time():
        raise Failure(-32001, "it would have ended already")
    claims = {"sub": order["subject"]["subject"], "scopes": order["scopes"], "exp": order["expires_at"], "nonce": secrets.token_urlsafe(9)}
    payload = encode(json.dumps(claims).encode())
    key = order["target"]["settings"]["secret"].encode()
    credential = f"{payload}.{encode(hmac.digest(key, payload.encode(), 'sha256'))}"
    return {"credential": credential, "type": TYPE, "expires_at": order["expires_at"], "scopes": order["scopes"],
            "fingerprint": hashlib.sha256(credential.encode()).hexdigest(), "presentation": {"in": "header", "name": "x-@NAME@"}}


def health(call, params):
    return {"status": "good"}


def encode(value):
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


# -- the protocol

class Call:
    def __init__(self, params):
        deadline_ms = params.get("deadline_ms", 10000)
        self.is_cancelled, self.until = False, time.monotonic() + (deadline_ms if isinstance(deadline_ms, int) else 0) / 1000

    def check(self):
        """Ends the work when nobody waits any more."""
        if self.is_cancelled or time.monotonic() >= self.until:
            raise Failure(-32800, "nobody waits any more")


def checked_mint(call, order):
    kinds = {"lease": str, "target": dict, "subject": dict, "actors": list, "scopes": list, "expires_at": int}
    for name, kind in kinds.items():
        if type(order.get(name)) is not kind:
            raise Failure(-32602, f"{name} is missing or has the wrong type")
    if not isinstance(order["subject"].get("subject"), str) or not 0 <= order["expires_at"] < 2**53:
        raise Failure(-32602, "subject or expires_at is none")
    return mint(call, order)


def validate(call, params):
    if not isinstance(params.get("target"), dict):
        raise Failure(-32602, "target is missing")
    return {"mistakes": mistakes(params["target"].get("settings", {}))}


METHODS = {"initialize": lambda call, params: {"protocol": 1, "manifest": MANIFEST}, "validate": validate, "mint": checked_mint,
           "health": health, "shutdown": lambda call, params: {}}


def outcome(call, method, params):
    try:
        if method not in METHODS:
            raise Failure(-32601, "there is no such method")
        if not isinstance(params, dict):
            raise Failure(-32602, "params are an object")
        call.check()
        return {"result": METHODS[method](call, params)}
    except Failure as failure:
        return {"error": {"code": failure.args[0], "message": failure.args[1]}}
    except Exception as mistake:  # its message may have a secret in it
        return {"error": {"code": -32603, "message": type(mistake).__name__}}


class Server:
    def __init__(self, gateway):
        self.gateway, self.lock, self.calls = gateway, threading.Lock(), {}

    def work(self, identifier, call, method, params):
        line = json.dumps({"jsonrpc": "2.0", "id": identifier, **outcome(call, method, params)}) + "\n"
        with self.lock:
            self.calls.pop(identifier, None)
            self.gateway.sendall(line.encode())

    def take(self, message):
        identifier, method, params = message.get("id"), message.get("method"), message.get("params")
        if type(identifier) is int and isinstance(method, str):
            call = self.calls[identifier] = Call(params if isinstance(params, dict) else {})
            if method == "shutdown":
                self.work(identifier, call, method, params)
                os._exit(0)
            threading.Thread(target=self.work, args=(identifier, call, method, params), daemon=True).start()
        elif method == "cancel" and isinstance(params, dict):
            call = self.calls.get(params.get("id"))
            if call is not None:
                call.is_cancelled = True

    def run(self):
        with self.gateway.makefile("rb") as lines:
            for line in lines:
                message = json.loads(line)
                if isinstance(message, dict):
                    self.take(message)
        os._exit(0)  # the gateway has gone


if __name__ == "__main__":
    Server(socket.socket(fileno=3)).run()
