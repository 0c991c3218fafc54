"""An adapter that keeps to the whole protocol, except for one flaw that is chosen by its name: the proof that each check of
the kit can fail. A wrapper sets FLAW and executes this file; flaws.json says which checks each flaw fails. With the flaw
"none" it is good, and the largest adapter there is: it has outside effects, renews, shares, binds, keeps secrets, and people connect to
it in a browser. With "confirms" it is good as well, and confirms answers instead of having effects and sharing."""
import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

FLAW = globals().get("FLAW", "none")
TYPES = ["urn:dragoman:token-type:kit-key", "urn:dragoman:token-type:kit-pass"]
MEMBERS = {"deadline_ms", "lease", "root", "fresh", "target", "subject", "actors", "client", "type", "scopes",
           "authorization_details", "issued_at", "expires_at", "task", "purpose", "assertion", "subject_token",
           "documents", "channel_binding", "for_call"}
CONFIRMS = FLAW in ("confirms", "confirms_always", "long_confirmation", "one_for_all_calls", "any_challenge_proves", "confirms_for_strangers")


def flaw(name):
    return FLAW == name


class Failure(Exception):
    """(code, message)"""


class Cancelled(Exception):
    pass


def encode(value):
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def decode(value):
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


class Sealer:
    """A keystream and a tag by HMAC-SHA-256: enough for what lives as long as a test."""

    def __init__(self, key):
        self.key = key

    def stream(self, nonce, length):
        blocks = (hmac.digest(self.key, nonce + bytes([i // 256, i % 256]), "sha256") for i in range(length // 32 + 1))
        return b"".join(blocks)[:length]

    def seal(self, plain):
        nonce = secrets.token_bytes(16)
        sealed = bytes(a ^ b for a, b in zip(plain, self.stream(nonce, len(plain))))
        return nonce + hmac.digest(self.key, nonce + sealed, "sha256") + sealed

    def open(self, whole):
        """None for what was not sealed here."""
        nonce, tag, sealed = whole[:16], whole[16:48], whole[48:]
        if not hmac.compare_digest(tag, hmac.digest(self.key, nonce + sealed, "sha256")):
            return None
        return bytes(a ^ b for a, b in zip(sealed, self.stream(nonce, len(sealed))))


class Call:
    def __init__(self, identifier, params):
        self.id, self.is_cancelled = identifier, False
        deadline_ms = params.get("deadline_ms", 10000)
        self.until = time.monotonic() + (10000 if flaw("works_for_nobody") and deadline_ms == 0 else deadline_ms) / 1000

    def is_over(self):
        return not flaw("waits_for_ever") and (self.is_cancelled or time.monotonic() >= self.until)


class Gateway:
    """Descriptor 3: whole messages out, requests with their answers."""

    def __init__(self):
        self.socket, self.write_lock = socket.socket(fileno=3), threading.Lock()
        self.changed, self.answers, self.last = threading.Condition(), {}, 0

    def send(self, message):
        line = json.dumps({"jsonrpc": "2.0", **message}) + "\n"
        if flaw("prints_protocol"):
            print(line, end="", flush=True)
        with self.write_lock:
            self.socket.sendall(line.encode())

    def log(self, message, level="info"):
        self.send({"method": "log", "params": {"level": level, "message": message}})

    def ask(self, call, method, **params):
        with self.changed:
            self.last += 1
            identifier = self.last
            self.answers[identifier] = None
        self.send({"id": identifier, "method": method, "params": params})
        with self.changed:
            while self.answers[identifier] is None:
                if call.is_over():
                    raise Cancelled
                self.changed.wait(0.02)
            answer = self.answers.pop(identifier)
        if "error" in answer:
            raise Failure(answer["error"]["code"], "the gateway's state says no")
        if flaw("strict_answers") and set(answer["result"]) - {"value", "version", "fence", "claimed_for_ms"}:
            raise Failure(-32603, "members that are not known")
        return answer["result"]

    def answered(self, message):
        with self.changed:
            if flaw("answers_are_trusted") and message["id"] not in self.answers:
                os._exit(3)
            if message["id"] in self.answers:
                self.answers[message["id"]] = message
                self.changed.notify_all()


class Adapter:
    def __init__(self):
        self.gateway, self.sealer, self.is_initialized, self.secrets = Gateway(), None, False, []
        self.calls, self.calls_lock, self.known = {}, threading.Lock(), set()
        self.is_told = False
        self.remembered, self.minted_leases, self.hoard, self.last_order, self.minting = {}, set(), [], None, 0
        self.unconfirmed = set()

    # -- what it says of itself

    def manifest(self):
        manifest = {"name": "kit-key", "version": "1.0.0", "credentials": [{"type": t, "token_type": "N_A"} for t in TYPES],
                    "settings_schema": {"type": "object"}, "outside_effects": True, "network": "none", "concurrency": 8,
                    "renews": True, "shares": True, "binds": True, "connects": "browser"}
        changes = {"no_name": {"name": ""}, "no_kinds": {"credentials": []}, "no_schema": {"settings_schema": "any"},
                   "network_maybe": {"network": "maybe"}, "concurrency_zero": {"concurrency": 0},
                   "changing_manifest": {"version": secrets.token_hex(4)}, "renews_unasked": {"renews": False},
                   "connects_unasked": {"connects": "none"}, "shares_maybe": {"shares": "maybe"}, "binds_maybe": {"binds": "maybe"},
                   "shares_unsaid": {"shares": False}, "only_where_told": {"network": "any"}, "confirms_maybe": {"confirms": "maybe"},
                   "confirms_what_is_shared": {"confirms": True}}
        if CONFIRMS:
            manifest.update(outside_effects=False, shares=False, confirms=True)
        return {**manifest, **changes.get(FLAW, {})}

    def initialize(self, call, params):
        if flaw("no_initialize"):
            raise Failure(-32603, "out of order")
        if flaw("strict_initialize") and set(params) - {"protocol", "gateway", "adapter", "in_parallel", "deadline_ms"}:
            raise Failure(-32602, "members that are not known")
        self.is_initialized = True
        if flaw("prints_on_socket"):
            self.gateway.socket.sendall(b"welcome\n")
        protocol = {"wrong_protocol": 2, "echoes_highest": params["protocol"]["highest"]}.get(FLAW, 1)
        return {"protocol": protocol, "manifest": self.manifest()}

    # -- settings

    def mistakes(self, settings):
        if flaw("finds_no_mistakes"):
            return []
        found = [] if isinstance(settings.get("region"), str) and settings["region"] in ("eu", "us") else \
            [{"path": "/region", "message": "expected eu or us"}]
        found += [{"path": "/" + name.replace("~", "~0").replace("/", "~1"), "message": "is not known; there is region"}
                  for name in settings if name != "region"]
        if flaw("dotted_paths"):
            found = [{**mistake, "path": mistake["path"].replace("/", ".")} for mistake in found]
        if flaw("wordless_mistakes"):
            found = [{**mistake, "message": ""} for mistake in found]
        return found

    def lacks(self, target):
        """Of three that have no flaw, and work only with what they need: of the target, or of their own document."""
        is_missing = FLAW == "only_where_told" and not self.is_told or FLAW == "only_for_accounts" and not target.get("connects") or \
            FLAW == "only_with_an_assertion" and "assertion" not in target.get("hands_over", {})
        return [{"path": "", "message": "the target lacks what this works with"}] if is_missing else []

    def validate(self, call, params):
        settings = params["target"].get("settings", {})
        broken = (flaw("validate_fears_unknown") and set(settings) - {"region"}
                  or flaw("validate_trusts_types") and not isinstance(settings.get("region", ""), str)
                  or flaw("validate_trusts_members") and "region" not in settings
                  or flaw("validate_recurses") and "[[[[[[[[" in json.dumps(settings).replace(" ", ""))
        if broken:
            raise Failure(-32603, "this was not foreseen")
        return {"mistakes": [{"path": "", "message": "no"}] if flaw("mistakes_everywhere") else self.mistakes(settings) + self.lacks(params["target"])}

    def health(self, call, params):
        if flaw("no_health_of_target") and "target" in params or flaw("no_health_while_minting") and self.minting:
            raise Failure(-32603, "not at this moment")
        return {"status": "fine" if flaw("health_is_fine") else "good"}

    # -- credentials

    def check_order(self, params):
        kinds = {"lease": str, "target": dict, "subject": dict, "scopes": list, "expires_at": int, "actors": list}
        for name, kind in kinds.items():
            if flaw("floats_as_times") and name == "expires_at" and isinstance(params.get(name), float):
                continue
            if name not in params:
                raise Failure(-32603 if flaw("members_are_trusted") else -32602, "a member is missing")
            if type(params[name]) is not kind:
                raise Failure(-32603 if flaw("types_are_trusted") else -32602, params["expires_at"] if flaw("repeats_values") else "a member has the wrong type")
        if params["expires_at"] >= 2**53 and not flaw("floats_as_times"):
            raise Failure(-32602, "expires_at is no time")
        subject, broken = params["subject"]["subject"], None
        if flaw("strict_mint") and set(params) - MEMBERS or flaw("needs_task") and "task" not in params:
            raise Failure(-32602, "members that are not known, or missing")
        binding = params.get("channel_binding")
        if binding is not None and not flaw("binding_is_trusted") and \
                not (isinstance(binding, str) and re.fullmatch(r"[A-Za-z0-9_-]{27,86}", binding)):
            raise Failure(-32602, "channel_binding is no digest")
        broken = (flaw("few_actors") and len(params["actors"]) > 8 or flaw("needs_actors") and not params["actors"]
                  or flaw("fears_attributes") and "attributes" in params["subject"]
                  or flaw("subject_as_path") and "/" in subject or flaw("fears_details") and params.get("authorization_details")
                  or flaw("lease_once") and params["lease"] in self.minted_leases)
        if broken:
            raise Failure(-32603, "this was not foreseen")
        if flaw("nul_is_fatal") and "\0" in subject or flaw("fears_short_deadlines") and params["deadline_ms"] == 1:
            os.abort()  # on this thread and at once: a signal to the process may come after the answer
        if params["expires_at"] <= time.time() and not flaw("lives_a_minute") and not isinstance(params["expires_at"], float):
            raise Failure(-32001, "it would have ended already")
        if not flaw("mints_with_bad_settings") and self.mistakes(params["target"].get("settings", {})):
            raise Failure(-32003, "the settings have mistakes")

    def check_account(self, call, params):
        if params["target"].get("connects") and not flaw("mints_for_strangers") and \
                "value" not in self.gateway.ask(call, "state.get", key=self.connection_key(params)):
            raise Failure(-32004, "nobody has connected an account")

    def keep(self, call, lease, value):
        """Claims the lease's key, puts under the claim, gives it up."""
        key = "lease/" + lease
        try:
            fence = self.gateway.ask(call, "state.claim", key=key, for_ms=5000)["fence"]
            for _ in range(4):
                version = self.gateway.ask(call, "state.get", key=key)["version"]
                try:
                    self.gateway.ask(call, "state.put", key=key, value=value, expected_version=version, fence=fence)
                    break
                except Failure as failure:
                    if flaw("conflict_is_fatal"):
                        os._exit(3)
                    while flaw("retries_for_ever"):
                        time.sleep(0.1)
                    if failure.args[0] != -32010:
                        raise
            else:
                raise Failure(-32010, "always overtaken")
            self.gateway.ask(call, "state.claim", key=key, for_ms=0, fence=fence)
        except Failure as failure:
            if flaw("state_failure_is_fatal") and failure.args[0] == -32603:
                os._exit(3)
            raise Failure(-32603 if flaw("claim_is_failure") and failure.args[0] == -32011 else -32002, "the state cannot be used") from failure

    def make(self, params):
        subject = params["subject"]["subject"]
        remembers = flaw("remembers") or flaw("binds_to_the_first") and "channel_binding" in params or flaw("one_for_all_calls") and \
            params.get("for_call") or flaw("shares") and not params.get("fresh")
        if remembers and subject in self.remembered:
            return self.remembered[subject]
        credential = "kit-" + secrets.token_urlsafe(24) + ("\n" if flaw("two_lines") else "")
        self.remembered[subject] = credential
        return credential

    def misbehave(self, call, credential):
        """What is wrong beside the answer."""
        actions = {
            "odd_log_level": lambda: self.gateway.log("minting", "shout"),
            "unknown_request": lambda: self.gateway.send({"id": 900000, "method": "state.list", "params": {}}),
            "puts_without_version": lambda: self.gateway.send({"id": 900001, "method": "state.put", "params": {"key": "x", "value": "AA"}}),
            "logs_credential": lambda: self.gateway.log("made " + credential),
            "prints_credential": lambda: print("made", credential, flush=True),
            "logs_sealing_key": lambda: self.gateway.log("key " + encode(self.sealer.key)),
            "prints_sealing_key": lambda: print(self.sealer.key.hex(), file=sys.stderr, flush=True),
            "logs_secret": lambda: self.gateway.log("with " + " ".join(self.secrets)),
            "leaks_descriptors": lambda: os.dup(1),
            "leaks_memory": lambda: self.hoard.append(secrets.token_bytes(200 * 1024)),
            "opens_network": lambda: self.hoard or self.hoard.append(socket.create_server(("127.0.0.1", 0))),
            "leaves_child": lambda: self.hoard.append(subprocess.Popen(["sleep", "5"])),
        }
        actions.get(FLAW, lambda: None)()

    def mint(self, call, params):
        self.minting += 1
        try:
            return self.mint_one(call, params)
        finally:
            self.minting -= 1

    def mint_one(self, call, params):
        if flaw("mints_nothing"):
            raise Failure(-32603, "out of order")
        if FLAW in ("mixes_answers", "drops_cancelled", "cancels_everything", "no_health_while_minting", "claims_too_much"):
            self.last_order = params
            time.sleep(0.1)
            if flaw("mixes_answers") and "expires_at" in params:
                params = {**params, "expires_at": self.last_order.get("expires_at", 1)}
        if call.is_cancelled:
            raise Cancelled
        self.check_order(params)
        self.check_account(call, params)
        if FLAW == "only_with_an_assertion" and "assertion" not in params:
            raise Failure(-32003, "no assertion was handed over")
        if flaw("logs_what_is_handed_over") and "assertion" in params:
            self.gateway.log("with " + params["assertion"] + " of " + params["subject_token"]["token"])
        credential = self.make(params)
        self.misbehave(call, credential)
        self.gateway.log("minting")
        self.gateway.send({"method": "progress", "params": {"id": call.id, "message": "half done"}})
        record = json.dumps({"credential": credential}).encode()
        self.keep(call, params["lease"], encode(record if flaw("credential_in_state") else self.sealer.seal(record)))
        self.minted_leases.add(params["lease"])
        ends = max(params["expires_at"], int(time.time()) + 60) if flaw("lives_a_minute") else params["expires_at"]
        kind = TYPES[1] if flaw("chooses_last_type") and "type" not in params else params.get("type", TYPES[0])
        kind = TYPES[0] if flaw("knows_one_type") else kind
        made = {"credential": credential, "type": kind, "expires_at": ends, "scopes": params["scopes"],
                "presentation": {"in": "header", "name": "x-kit-key"}, "handle": encode(self.sealer.seal(b"key")),
                "fingerprint": hashlib.sha256(credential.encode()).hexdigest(), "lives_until": ends + 600,
                "account": "kit-account"}
        changes = {"unheard_type": {"type": "urn:unheard:of"}, "ends_in_words": {"expires_at": "soon"},
                   "scopes_as_text": {"scopes": " ".join(params["scopes"])}, "all_scopes": {"scopes": ["kit:read", "kit:write"]},
                   "scope_by_default": {"scopes": params["scopes"] or ["kit:read"]}, "in_query": {"presentation": {"in": "query", "name": "key"}},
                   "long_handle": {"handle": "h" * 5000}, "account_in_lines": {"account": "alice\nbob"}, "short_fingerprint": {"fingerprint": "abcdef"},
                   "one_fingerprint": {"fingerprint": "0" * 64}, "credential_in_handle": {"handle": "id:" + credential},
                   "lives_no_longer_than_before": {"lives_until": ends - 1}, "made_for_anybody": {"made_for": "anybody"},
                   "shares_unsaid": {"made_for": params["lease"]}}
        if CONFIRMS:
            del made["lives_until"]
        if CONFIRMS and params.get("for_call") or FLAW in ("confirms_always", "confirmation_unsaid"):
            made["confirmation"] = secrets.token_hex(70 if flaw("long_confirmation") else 8)
            self.unconfirmed.add(made["confirmation"])
        return {**made, **changes.get(FLAW, {})}

    def confirm(self, call, params):
        is_known = params["confirmation"] in self.unconfirmed
        self.unconfirmed.discard(params["confirmation"])
        proof = "Kit " + params["confirmation"]
        if not is_known and not flaw("confirms_for_strangers") or proof not in params["challenges"] and FLAW not in ("any_challenge_proves", "confirms_for_strangers"):
            raise Failure(-32001, "nothing is proved")
        return {}

    def revoke(self, call, params):
        settings, lease, handle = params["target"].get("settings"), params["lease"], params.get("handle")
        key = "lease/" + lease
        if flaw("handle_is_trusted") and handle is not None and not re.fullmatch(r"[\w-]+", handle):
            os._exit(3)
        there = "value" in self.gateway.ask(call, "state.get", key=key)
        broken = (flaw("revoke_fails") or flaw("revoke_once") and not there or flaw("revoke_needs_handle") and handle is None
                  or flaw("revoke_needs_settings") and settings is None or flaw("revoke_needs_region") and settings is not None and "region" not in settings
                  or flaw("leases_in_memory") and lease not in self.minted_leases)
        if broken:
            raise Failure(-32603, "this was not foreseen")
        self.gateway.ask(call, "state.put", key=key, value=None, expected_version=-1)
        return {}

    def renew(self, call, params):
        if flaw("renew_fails"):
            raise Failure(-32603, "out of order")
        return {"expires_at": params["expires_at"] + (86400 if flaw("renews_for_ever") else 0)}

    # -- what it is given to keep

    def connection_key(self, params):
        return "connection/" + params["target"]["name"] + "/" + params.get("subject", {}).get("subject", "")

    def go_to(self, params):
        """Where somebody is sent, and what is kept until they are back."""
        verifier = "v" * 43 if flaw("one_verifier") else secrets.token_urlsafe(32)
        challenge = encode(hashlib.sha256(verifier.encode()).digest())
        query = {"response_type": "code", "client_id": "kit", "redirect_uri": params["redirect_uri"], "state": params["state"],
                 "scope": params["scope"], "code_challenge": challenge, "code_challenge_method": "S256"}
        query.update({"plain_challenge": {"code_challenge": verifier, "code_challenge_method": "plain"},
                      "state_of_its_own": {"state": secrets.token_hex(8)}, "redirects_to_itself": {"redirect_uri": "https://kit.example/"}}.get(FLAW, {}))
        keep = verifier if flaw("keeps_verifier") else encode(self.sealer.seal(verifier.encode()))
        keep += "A" * 5000 if flaw("keeps_much") else ""
        scheme = "http" if flaw("goes_in_plain") else "https"
        return {"go_to": f"{scheme}://kit.example/authorize?{urllib.parse.urlencode(query)}", "keep": keep}

    def come_back(self, call, params):
        answers, keep = params.get("answers", {}), params.get("keep", "")
        if "code" not in answers and not flaw("finishes_when_denied"):
            raise Failure(-32001, "the other side says no")
        try:
            verifier = self.sealer.open(decode(keep))
        except ValueError:
            verifier = None
        if verifier is None and not flaw("trusts_whatever_was_kept"):
            raise Failure(-32001, "this is not what was kept")
        self.gateway.ask(call, "state.put", key=self.connection_key(params), value=encode(self.sealer.seal(b"token")), expected_version=-1)
        return {"account": "bell\a" if flaw("account_of_bells") else params["subject"]["subject"] + "@kit.example"}

    def connect_begin(self, call, params):
        if "redirect_uri" in params:
            return self.go_to(params)
        ask = {"name": "api_key", "label": "Key of the kit", "secret": True}
        if flaw("asks_without_label"):
            del ask["label"]
        return {"ask": [ask]}

    def connect_finish(self, call, params):
        if "redirect_uri" in params:
            return self.come_back(call, params)
        answer = params.get("answers", {}).get("api_key")
        if not isinstance(answer, str) and not flaw("keeps_whatever"):
            raise Failure(-32602, "api_key is missing")
        self.secrets = [str(answer)]
        plain = str(answer).encode()
        value = encode(plain if flaw("keeps_in_plain") else self.sealer.seal(plain))
        if not flaw("keeps_nothing"):
            self.gateway.ask(call, "state.put", key=self.connection_key(params), value=value, expected_version=-1)
        return {}

    def disconnect(self, call, params):
        key = self.connection_key(params)
        if flaw("disconnects_once") and "value" not in self.gateway.ask(call, "state.get", key=key):
            raise Failure(-32603, "there is nothing")
        self.gateway.ask(call, "state.put", key=key, value=None, expected_version=-1)
        return {}

    # -- requests

    def methods(self):
        methods = {"initialize": self.initialize, "validate": self.validate, "mint": self.mint, "revoke": self.revoke,
                   "health": self.health, "renew": self.renew, "connect_begin": self.connect_begin,
                   "connect_finish": self.connect_finish, "disconnect": self.disconnect, "shutdown": lambda call, params: {}}
        if CONFIRMS or flaw("confirms_unsaid"):
            methods["confirm"] = self.confirm
        return methods

    def outcome(self, call, method, params):
        try:
            if method not in self.methods():
                text = "there is no " + method if flaw("repeats_methods") else "there is no such method"
                raise Failure(-32603 if flaw("unknown_method_fails") else -32601, text)
            if not isinstance(params, dict):
                raise Failure(-32603 if flaw("params_are_trusted") else -32602, "params are an object")
            if params.get("deadline_ms", 1) <= 0 and not flaw("works_for_nobody"):
                raise Cancelled
            return {"result": self.methods()[method](call, params)}
        except Failure as failure:
            data = {"data": {"about": "anybody"}} if flaw("refuses_anybody") else {"data": {"about": "subject"}} if failure.args[0] == -32001 else {}
            return {"error": {"code": failure.args[0], "message": str(failure.args[1]), **data}}
        except Cancelled:
            return {"error": {"code": -32800, "message": "nobody waits any more"}}

    def work(self, call, method, params):
        outcome = self.outcome(call, method, params)
        with self.calls_lock:
            self.calls.pop(call.id, None)
        if flaw("drops_cancelled") and call.is_cancelled or flaw("shutdown_unanswered") and method == "shutdown":
            return
        identifier = call.id & 0xffffffff if flaw("ids_of_32_bits") else call.id
        for _ in range(2 if flaw("answers_twice") else 1):
            self.gateway.send({"id": identifier, **outcome})

    def cancel(self, identifier):
        with self.calls_lock:
            found = list(self.calls.values()) if flaw("cancels_everything") else [self.calls[identifier]] if identifier in self.calls else []
            for call in found:
                call.is_cancelled = True
        if flaw("answers_cancel") and identifier not in self.known or flaw("answers_late_cancel") and not found and identifier in self.known:
            self.gateway.send({"id": identifier, "error": {"code": -32800, "message": "cancelled"}})

    def notification(self, message):
        method, params = message.get("method"), message.get("params")
        if method == "start":
            self.sealer = Sealer(decode(params["sealing_key"]))
            if FLAW == "only_where_told" and "listener" in params:
                listener = socket.socket(fileno=params["listener"])
                listens = listener.getsockname()[0] == "127.0.0.1" and listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
                self.is_told = bool(listens) and params.get("settings") == {"realm": "KIT.EXAMPLE"}
                self.hoard.append(listener)
        elif method == "cancel":
            self.cancel(params["id"])
        elif flaw("answers_notifications"):
            self.gateway.send({"id": None, "error": {"code": -32601, "message": "there is no such method"}})

    def request(self, message):
        identifier, method, params = message["id"], message["method"], message.get("params")
        call = Call(identifier, params if isinstance(params, dict) else {})
        self.known.add(identifier)
        if flaw("early_mint_hangs") and not self.is_initialized and method == "mint":
            time.sleep(60)
        if flaw("claims_too_much") and method == "mint" and len(self.calls) >= 4:
            return
        with self.calls_lock:
            self.calls[identifier] = call
        if method in ("initialize", "health", "validate", "shutdown"):
            self.work(call, method, params)
        else:
            threading.Thread(target=self.work, args=(call, method, params), daemon=True).start()
        if method == "shutdown":
            self.end()

    def end(self, status=0):
        if flaw("waits_for_work") and self.calls:
            time.sleep(30)
        os._exit(1 if flaw("ends_with_one") else status)

    def read_message(self, line):
        """None for what is no message."""
        crashes = {"crashes_on_nesting": RecursionError, "crashes_on_no_json": json.JSONDecodeError, "crashes_on_no_utf8": UnicodeDecodeError}
        try:
            if flaw("crashes_on_doubled_names"):
                json.loads(line, object_pairs_hook=lambda pairs: len(dict(pairs)) == len(pairs) or os.abort())
            if flaw("greps"):
                method = re.search(rb'"method":"([\w.]+)"', line)
                if b'"method"' in line and not method:
                    return None
                if not method and not line.startswith((b'{"jsonrpc":"2.0","id"', b"{\"jsonrpc\":\"2.0\",\"method\":\"cancel")):
                    return None
            message = json.loads(line.decode())
        except (ValueError, RecursionError) as mistake:
            if isinstance(mistake, crashes.get(FLAW, ())):
                os.abort()
            os._exit(2)
        if isinstance(message, list) and flaw("hangs_on_batches"):
            time.sleep(60)
        return message if isinstance(message, dict) else os._exit(2)

    def handle(self, line):
        if flaw("short_lines") and len(line) > 65536:
            return
        if flaw("short_start") and self.sealer is None and len(line) > 16384:
            os._exit(2)
        message = self.read_message(line)
        if message is None:
            return
        if "id" in message and (type(message["id"]) is not int or "method" in message and not isinstance(message["method"], str)):
            if flaw("hangs_on_odd_ids"):
                time.sleep(60)
            os._exit(2)
        if "method" not in message:
            self.gateway.answered(message)
        elif "id" not in message:
            self.notification(message)
        else:
            self.request(message)

    def ended(self, rest):
        """The gateway has gone."""
        late = (flaw("outlives_socket") or flaw("needs_start") and self.sealer is None or flaw("waits_for_the_line") and rest
                or flaw("outlives_while_busy") and self.calls)
        if late:
            time.sleep(30)
        os._exit(0)

    def run(self):
        if flaw("reads_standard_input"):
            threading.Thread(target=sys.stdin.read, daemon=True).start()
        if flaw("ignores_sigterm"):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if flaw("greets"):
            self.gateway.log("good morning")
        rest = b""
        while piece := self.gateway.socket.recv(65536):
            if flaw("decodes_pieces"):
                piece.decode()
            if flaw("one_line_a_read") and self.is_initialized:
                self.handle(piece.split(b"\n")[0])
                continue
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                self.handle(line)
        self.ended(rest)


Adapter().run()
