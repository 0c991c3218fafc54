#!/usr/bin/env python3
"""Signed links: EXPIRES.SCOPES.SUBJECT.NONCE.SIGNATURE (HMAC-SHA-256), checked by whoever shares the target's secret.
They end by themselves and are known nowhere else, so there is nothing to revoke. README.md says more."""
import base64, hashlib, hmac, json, secrets, socket, time

TYPE = "urn:dragoman:token-type:signed-link"
SCHEMA = {"type": "object", "properties": {"secret": {"type": "string", "minLength": 32}}, "required": ["secret"]}
MANIFEST = {"name": "signed-link", "version": "1.0.0", "credentials": [{"type": TYPE, "token_type": "N_A"}],
            "settings_schema": SCHEMA, "outside_effects": False, "network": "none", "concurrency": 16, "renews": False, "connects": "none"}

class Failure(Exception):
    """(code, message): what is answered instead of a result."""

def encode(value):
    return base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).decode().rstrip("=")

def mistakes(settings):
    found = [{"path": "/" + name.replace("~", "~0").replace("/", "~1"), "message": "is not known; there is secret"}
             for name in settings if name != "secret"]
    if not isinstance(settings.get("secret"), str) or len(settings["secret"]) < 32:
        found.append({"path": "/secret", "message": "expected a text of 32 characters or more, shared with the resource"})
    return found

def mint(order):
    settings, (subject, scopes, ends) = order["target"].get("settings", {}), map(order.get, ("subject", "scopes", "expires_at"))
    if not (isinstance(order.get("lease"), str) and isinstance(subject, dict) and isinstance(scopes, list) and type(ends) is int):
        raise Failure(-32602, "mint needs lease, subject, scopes and expires_at")
    if mistakes(settings):
        raise Failure(-32003, "the settings of the target have mistakes")
    if not time.time() < ends < 2**53:
        raise Failure(-32001, "it would have ended already, or never end")
    signed = f"{ends}.{encode(scopes)}.{encode(subject)}.{secrets.token_urlsafe(9)}"
    credential = f"{signed}.{encode(hmac.digest(settings['secret'].encode(), signed.encode(), 'sha256'))}"
    return {"credential": credential, "type": TYPE, "expires_at": ends, "scopes": scopes,
            "fingerprint": hashlib.sha256(credential.encode()).hexdigest(), "presentation": {"in": "header", "name": "x-signed-link"}}

METHODS = {"initialize": lambda params: {"protocol": 1, "manifest": MANIFEST}, "shutdown": lambda params: {}, "mint": mint,
           "health": lambda params: {"status": "good"}, "validate": lambda params: {"mistakes": mistakes(params["target"].get("settings", {}))}}

def answer(method, params):
    if method not in METHODS:
        raise Failure(-32601, "there is no such method")
    if not isinstance(params, dict) or (method in ("validate", "mint") and not isinstance(params.get("target"), dict)):
        raise Failure(-32602, "params are an object, with a target where one is meant")
    if params.get("deadline_ms", 1) <= 0:
        raise Failure(-32800, "the time is over")
    return {"result": METHODS[method](params)}

gateway = socket.socket(fileno=3).makefile("rwb")
for request in map(json.loads, gateway):  # until the gateway closes it; nothing here takes long enough to be cancelled
    if isinstance(request, dict) and type(request.get("id")) is int and isinstance(request.get("method"), str):
        try:
            outcome = answer(request["method"], request.get("params"))
        except Failure as failure:
            outcome = {"error": {"code": failure.args[0], "message": failure.args[1]}}
        gateway.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], **outcome}).encode() + b"\n")
        gateway.flush()
        if request["method"] == "shutdown":
            break
