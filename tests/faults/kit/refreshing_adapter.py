"""An adapter that gives out one credential a target, kept in its state, and refreshes it claim-first where it has ended:
with what may be used once, at the address that the target's settings name."""
import base64, itertools, json, os, queue, socket, threading, time, urllib.request

TYPE = "urn:example:token"
MANIFEST = {"name": "refreshing", "version": "1", "credentials": [{"type": TYPE, "token_type": "N_A"}], "settings_schema": {"type": "object"},
            "outside_effects": False, "network": "any", "concurrency": 64, "renews": False, "connects": "none"}
CONFLICT, CLAIMED = -32010, -32011

wire = socket.socket(fileno=3)
sending = threading.Lock()
identifiers = itertools.count(1)
waiting = {}


class Failure(Exception):
    pass


def send(**message):
    with sending:
        wire.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


def ask(method, **params):
    identifier, answers = next(identifiers), queue.Queue()
    waiting[identifier] = answers
    send(id=identifier, method=method, params=params)
    answer = answers.get()
    if "error" in answer:
        raise Failure(answer["error"]["code"])
    return answer["result"]


def kept(key):
    """Version and value; nothing is version 0."""
    state = ask("state.get", key=key)
    value = state.get("value")
    return state["version"], json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))) if value else None


def is_good(value):
    return value is not None and value["ends"] > time.time()


def refresh(settings, value):
    body = json.dumps({"refresh": value["refresh"] if value else "first"}).encode()
    with urllib.request.urlopen(urllib.request.Request(settings["url"], data=body), timeout=8) as answer:
        return json.loads(answer.read())


def refresh_claimed(settings, key, fence):
    version, value = kept(key)
    if not is_good(value):  # nobody has done it between our look and our claim
        fresh = refresh(settings, value)
        encoded = base64.urlsafe_b64encode(json.dumps(fresh).encode()).decode().rstrip("=")
        ask("state.put", key=key, value=encoded, expected_version=version, fence=fence)
    ask("state.claim", key=key, for_ms=0, fence=fence)


def current(target):
    key = "token/" + target["name"]
    while True:
        value = kept(key)[1]
        if is_good(value):
            return value
        try:
            fence = ask("state.claim", key=key, for_ms=target["settings"]["claim_ms"])["fence"]
            refresh_claimed(target["settings"], key, fence)
        except Failure as failure:
            if failure.args[0] not in (CONFLICT, CLAIMED):
                raise
            time.sleep(0.05)


def mint(identifier, params):
    try:
        value = current(params["target"])
        send(id=identifier, result={"credential": value["access"], "type": TYPE, "expires_at": params["expires_at"], "scopes": params["scopes"],
                                    "presentation": {"in": "header", "name": "x-token"}})
    except Exception as failure:
        send(id=identifier, error={"code": -32002, "message": type(failure).__name__ + str(failure)[:200]})


METHODS = {"initialize": lambda params: {"protocol": 1, "manifest": MANIFEST}, "health": lambda params: {"status": "good"},
           "validate": lambda params: {"mistakes": []}, "shutdown": lambda params: {}}

for line in wire.makefile("rb"):
    message = json.loads(line)
    if "method" not in message:
        waiting.pop(message["id"]).put(message)
    elif message["method"] == "mint":
        threading.Thread(target=mint, args=(message["id"], message["params"]), daemon=True).start()
    elif "id" in message:
        send(id=message["id"], result=METHODS[message["method"]](message["params"]))
        if message["method"] == "shutdown":
            os._exit(0)
