"""An adapter that does, when it mints, what the settings of the target say: nothing wrong, or one thing that no adapter
may do. What it makes is an entry of its state, made/LEASE, which outlives it: that is its world outside."""
import base64, collections, json, os, socket, sys, threading, time

TYPE = "urn:example:key"
MANIFEST = {"name": "bad", "version": "1", "credentials": [{"type": TYPE, "token_type": "N_A"}], "settings_schema": {"type": "object"},
            "outside_effects": True, "network": "none", "concurrency": 8, "renews": False, "connects": "none"}


class Wire:
    def __init__(self):
        self.socket = socket.socket(fileno=3)
        self.file = self.socket.makefile("rb")
        self.later = collections.deque()
        self.asked = 0

    def send(self, **message):
        self.socket.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def read(self):
        line = self.file.readline()
        return json.loads(line) if line else os._exit(0)

    def next(self):
        return self.later.popleft() if self.later else self.read()

    def ask(self, method, **params):
        """Blocks for the answer; what comes meanwhile waits."""
        self.asked += 1
        self.send(id=self.asked, method=method, params=params)
        while True:
            message = self.read()
            if "method" in message:
                self.later.append(message)
            elif message["id"] == self.asked:
                return message.get("result")


wire = Wire()
hoard = []


def for_ever(action):
    while True:
        action()


def flood_with_log():
    line = b'{"jsonrpc":"2.0","method":"log","params":{"level":"info","message":"and on and on"}}\n' * 500
    for_ever(lambda: wire.socket.sendall(line))


def flood_with_requests():
    def drain():
        for_ever(lambda: wire.socket.recv(65536))
    threading.Thread(target=drain, daemon=True).start()
    lines = b"".join(b'{"jsonrpc":"2.0","id":%d,"method":"state.list","params":{}}\n' % (10**6 + i) for i in range(500))
    for_ever(lambda: wire.socket.sendall(lines))


def flood_with_large_lines():
    line = b'{"jsonrpc":"2.0","method":"log","params":{"level":"info","message":"' + b"x" * 1000000 + b'"}}\n'
    for_ever(lambda: wire.socket.sendall(line))


def lingering_child():
    if os.fork() == 0:
        try:
            os.setsid()
        except OSError:
            pass
        time.sleep(600)
    os._exit(0)


def fill_descriptors():
    try:
        for_ever(lambda: hoard.append(os.dup(1)))
    except OSError:
        pass


def fill_memory():
    for_ever(lambda: hoard.append(bytearray(b"x") * (1 << 24)))


def fork_on_and_on():
    try:
        while os.fork() != 0:
            pass
        time.sleep(600)
    except OSError:
        pass


def close_socket():
    wire.socket.shutdown(socket.SHUT_RDWR)
    time.sleep(600)


def print_on_and_on():
    threading.Thread(target=lambda: for_ever(lambda: print("line after line", flush=True)), daemon=True).start()


def attempt(action):
    try:
        action()
        return "could"
    except OSError:
        return "could not"


def reach(settings):
    return attempt(lambda: socket.create_connection(("127.0.0.1", settings["port"]), 2))


def read_files(settings):
    return " ".join(attempt(lambda: open(path, "rb").read(1)) for path in settings["paths"])


ACTIONS = {
    "crash": os.abort, "exit": lambda: os._exit(3), "hang": lambda: time.sleep(600), "spin": lambda: for_ever(lambda: None),
    "flood": flood_with_log, "flood_requests": flood_with_requests, "flood_large": flood_with_large_lines,
    "garbage": lambda: wire.socket.sendall(b"\x00\xff{not json\n"), "long_line": lambda: wire.socket.sendall(b"x" * 2000000),
    "unasked": lambda: wire.send(id=987654321, result={}), "linger": lingering_child, "close": close_socket,
    "leak_descriptors": fill_descriptors, "leak_memory": fill_memory, "fork": fork_on_and_on,
    "print": lambda: print("a line for people", flush=True), "print_flood": print_on_and_on,
}
CHANGES = {"lifetime": {"expires_at": 4102444800}, "scopes": {"scopes": ["orders:read", "orders:write", "orders:all"]}, "type": {"type": "urn:example:other"}}
ASKS = {"network": reach, "files": read_files}


def mint(identifier, params):
    settings = params["target"]["settings"]
    does, key = settings["does"], "made/" + params["lease"]
    wire.ask("state.put", key=key, value=base64.urlsafe_b64encode(b"made").decode().rstrip("="), expected_version=-1)
    credential = "key-" + params["lease"]
    if does in ASKS:
        credential = ASKS[does](settings).replace(" ", "-") + "-" + params["lease"]
    ACTIONS.get(does, lambda: None)()
    result = {"credential": credential, "type": TYPE, "expires_at": params["expires_at"], "scopes": params["scopes"], "handle": key,
              "presentation": {"in": "header", "name": "x-key"}, **CHANGES.get(does, {})}
    for _ in range(2 if does == "twice" else 1):
        wire.send(id=identifier, result=result)


def revoke(params):
    wire.ask("state.put", key="made/" + params["lease"], value=None, expected_version=-1)
    return {}


def validate(params):
    does = params["target"].get("settings", {}).get("does")
    known = ["good", "twice", *ACTIONS, *CHANGES, *ASKS]
    return {"mistakes": [] if does in known else [{"path": "/does", "message": f"there is no {does}"}]}


def main():
    while True:
        message = wire.next()
        method, identifier = message.get("method"), message.get("id")
        if identifier is None:
            continue
        if method == "mint":
            mint(identifier, message["params"])
            continue
        answers = {"initialize": lambda params: {"protocol": 1, "manifest": MANIFEST}, "validate": validate, "revoke": revoke,
                   "health": lambda params: {"status": "good"}, "shutdown": lambda params: {}}
        wire.send(id=identifier, result=answers[method](message["params"]))
        if method == "shutdown":
            sys.exit(0)


main()
