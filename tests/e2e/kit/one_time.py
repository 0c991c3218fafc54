"""An adapter whose credentials are good for one call, as Kerberos' are: bound to the server's certificate, and what the server answers
to them is confirmed. PAYLOAD.SIGNATURE (HMAC-SHA-256 with the target's secret); the server's proof is an HMAC of the payload's nonce."""
import base64, hashlib, hmac, json, secrets, socket, time

TYPE = "urn:example:one-time"
MANIFEST = {"name": "one-time", "version": "1.0.0", "credentials": [{"type": TYPE, "token_type": "N_A"}],
            "settings_schema": {"type": "object"}, "outside_effects": False, "network": "none", "concurrency": 16,
            "renews": False, "confirms": True, "connects": "none"}
KEPT_MAX = 1024
kept = {}  # nonces of what was made for a call and not confirmed yet, by the confirmation; the oldest first
minted = []  # the accounts of what was made, where the target has some


class Failure(Exception):
    """(code, message)"""


def encode(value):
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def mint(order):
    if order["target"]["settings"].get("refuses"):
        raise Failure(-32001, "the target says so")
    secret, nonce = order["target"]["settings"]["secret"].encode(), secrets.token_hex(12)
    payload = encode(json.dumps({"subject": order["subject"]["subject"], "nonce": nonce, "ends": order["expires_at"], "fresh": order["fresh"],
                                 "binding": order.get("channel_binding")}).encode())
    made = {"credential": f"{payload}.{encode(hmac.digest(secret, payload.encode(), 'sha256'))}", "type": TYPE, "scopes": order["scopes"],
            "expires_at": order["expires_at"], "presentation": {"in": "header", "name": "authorization", "scheme": "OneTime"}}
    if accounts := order["target"]["settings"].get("accounts"):  # another each time
        made["account"] = accounts[len(minted) % len(accounts)]
        minted.append(made["account"])
    if order.get("for_call"):
        made["confirmation"] = secrets.token_hex(12)
        while len(kept) >= KEPT_MAX:
            del kept[next(iter(kept))]
        kept[made["confirmation"]] = nonce
    return made


def confirm(params):
    if "Slow" in params["challenges"]:
        time.sleep(2.5)
    nonce = kept.pop(params["confirmation"], None)
    proof = encode(hmac.digest(params["target"]["settings"]["secret"].encode(), f"proof {nonce}".encode(), "sha256"))
    if nonce is None or not any(hmac.compare_digest(challenge, f"OneTime {proof}") for challenge in params["challenges"] if challenge.isascii()):
        raise Failure(-32001, "no challenge of the answer proves anything")
    return {}


METHODS = {"initialize": lambda params: {"protocol": 1, "manifest": MANIFEST}, "shutdown": lambda params: {}, "mint": mint, "confirm": confirm,
           "revoke": lambda params: {}, "health": lambda params: {"status": "good"}, "validate": lambda params: {"mistakes": []}}

gateway = socket.socket(fileno=3).makefile("rwb")
for request in map(json.loads, gateway):
    if "id" not in request:
        continue
    try:
        outcome = {"result": METHODS[request["method"]](request["params"])} if request["method"] in METHODS else {"error": {"code": -32601, "message": "no such method"}}
    except Failure as failure:
        outcome = {"error": {"code": failure.args[0], "message": failure.args[1]}}
    gateway.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], **outcome}).encode() + b"\n")
    gateway.flush()
    if request["method"] == "shutdown":
        break
