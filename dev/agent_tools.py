"""The last two scenes of the tour: an agent and the tools of an MCP server. What it may not use it does not see, what it could have
is told, and one kill ends its streams and sessions while they are open. Scenes of dev/tour.py, which shows and checks."""
import json
import os
import re
import subprocess
import threading
import time

from files_server import META, NEW, OLD, TOOLS, FilesServer

GIVE_UP_S = 10
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AGENT = "system:serviceaccount:agents:billing"
DOCUMENTS = """\
# An MCP server. Agents reach it at the first of the audiences; the server itself is the upstream, and its tokens name it alone.
kind: Target
metadata: {{name: files, team: payments}}
spec:
  domain: partner
  audiences: ["{endpoint}"]
  scopes: ["files:read", "files:write"]
  maximumLifetime: 5m
  accepts: {{issuers: [cluster], clients: [billing-agents]}}
  egress: {{upstream: "{upstream}", adapter: jwt}}
  mcp:
    tools:
      - {{names: ["read_*"], scopes: ["files:read"]}}
      - {{names: [write_file], scopes: ["files:write"]}}
---
kind: Policy
metadata: {{name: tools}}
spec:
  policies: |
    permit (principal is Agent, action in Action::"mcp", resource in Server::"files");
"""


class OpenStream(threading.Thread):
    """curl, on a stream that stays open; notes when it ended."""

    def __init__(self, words):
        super().__init__(daemon=True)
        self.program = subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.lines, self.ended_at = [], None
        self.start()

    def run(self):
        for line in self.program.stdout:
            self.lines.append(line.rstrip("\n"))
        self.ended_at = time.perf_counter()
        self.program.wait()

    def wait_for(self, text):
        end = time.monotonic() + GIVE_UP_S
        while time.monotonic() < end and self.ended_at is None:
            if any(text in line for line in self.lines):
                return True
            time.sleep(0.01)
        return False

    def close(self):
        if self.program.poll() is None:
            self.program.terminate()
        self.join(GIVE_UP_S)


class AgentTools:
    def __init__(self, tour):
        self.tour, self.server, self.streams = tour, None, {}
        self.endpoint = os.environ["DRAGOMAN_DEV_EGRESS"] + "/mcp/files"
        self.asked, self.session, self.first_call = 0, None, "-"

    def scenes(self):
        return (self.used, self.ended)

    def close(self):
        for stream in self.streams.values():
            stream.close()
        if self.server is not None:
            self.server.stop()

    def write(self, name, text):
        with open(os.open(self.tour.path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        return self.tour.path(name)

    # -- messages

    def message(self, method, params, is_new=True):
        """The file for curl's -d, and the one with the headers that say the same again (2026-07-28)."""
        self.asked += 1
        params = dict(params)
        headers = ["content-type: application/json", "accept: application/json, text/event-stream"]
        if is_new:
            headers += [f"mcp-protocol-version: {NEW}", f"mcp-method: {method}"] + ([f"mcp-name: {params['name']}"] if "name" in params else [])
            params["_meta"] = {META + "protocolVersion": NEW, META + "clientCapabilities": {}, META + "clientInfo": {"name": "tour", "version": "1"}}
        elif self.session:
            headers += [f"mcp-protocol-version: {OLD}", f"mcp-session-id: {self.session}"]
        message = {"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params}
        if method.startswith("notifications/"):
            del message["id"]
        name = re.sub(r"\W", "-", method) + (f"-{params['name']}" if "name" in params else "")
        return self.write(name + ".json", json.dumps(message)), self.write(name + ".header", "\n".join(headers) + "\n")

    def words(self, bearer, files, *more):
        body = ["-d", "@" + files[0]] if files[0] else []
        return ["curl", "-s", *more, "--cacert", self.tour.authority, *(["-H", "@" + self.tour.path(bearer + ".header")] if bearer else []),
                "-H", "@" + files[1], *body, self.endpoint]

    def send(self, bearer, method, params=None, is_new=True, shows=True):
        """The status, the answer, and the headers by their names."""
        tour, files = self.tour, self.message(method, params or {}, is_new)
        words = self.words(bearer, files)
        if shows:
            said = " ".join(f"{name}={json.dumps(value)}" for name, value in (params or {}).items())
            tour.say(f"{method} {said}".rstrip(), 2)
            tour.show_command(words)
        done = subprocess.run([*words, "-D", tour.path("answer.headers"), "-w", "\n%{http_code}"], text=True, capture_output=True, timeout=30,
                              check=False)
        body, _, status = done.stdout.rpartition("\n")
        with open(tour.path("answer.headers"), encoding="utf-8") as file:
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in file)}
        answer = json.loads(body) if body else {}
        if shows:
            self.show_answer(int(status), answer, headers)
        return int(status), answer, headers

    def show_answer(self, status, answer, headers):
        tour = self.tour
        if "www-authenticate" in headers:
            tour.say(f"{status}  WWW-Authenticate:", 2)
            for name, value in re.findall(r'(\w+)="([^"]*)"', headers["www-authenticate"]):
                tour.say(f"{name}  {value}", 6)
        else:
            result = answer.get("result", {})
            shown = [tool["name"] for tool in result["tools"]] if "tools" in result else result.get("content") or answer.get("error") or result
            tour.say(f"{status}  {json.dumps(shown)}", 2)
        tour.gap()

    def ask_token(self, scope, file):
        form = [("grant_type", GRANT), ("assertion", "@" + self.tour.path("tools.jwt")), ("resource", self.endpoint), ("scope", scope)]
        status, answer = self.tour.curl("POST", self.tour.gateway + "/token", form, names={"access_token": file})
        self.tour.check(f"it has a token for {scope}", status == 200 and answer.get("scope") == scope)
        self.tour.save(file, answer.get("access_token", ""))

    def explain(self, headers, expected):
        done = self.tour.run("explain", headers.get("dragoman-exchange", "-"))
        self.tour.check(f"explain says so: {expected}", done.returncode == 0 and expected in done.stdout)

    # -- the first scene

    def open(self):
        tour = self.tour
        self.server = FilesServer(tour.path("server.crt"), tour.path("server.key"), tour.gateway, tour.authority)
        path = self.write("files.yaml", DOCUMENTS.format(endpoint=self.endpoint, upstream=self.server.url))
        done = tour.run("apply", "-f", path)
        tour.check("files.yaml is in force", done.returncode == 0 and done.stdout.count("created") == 2)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        tour.say("what it says of tools:", 2)
        tour.say(text[text.index("  mcp:"):text.index("---\nkind: Policy")].rstrip("\n"), 4)

    def used(self):
        tour = self.tour
        tour.scene("Tools: seen, not seen, and to be had",
                   f"A server with tools (MCP) lists {', '.join(tool['name'] for tool in TOOLS)} to whoever asks it. The team lets agents\n"
                   "have two of them, each for a scope of its own:")
        self.open()
        tour.scene_extra("The agent knows an address and nothing else. It is told where to go on:")
        status, _, headers = self.send(None, "tools/list")
        challenge = headers.get("www-authenticate", "")
        tour.check("401 names the metadata, and the least scope with which something can be done",
                   status == 401 and "resource_metadata=" in challenge and 'scope="files:read"' in challenge)
        tour.scene_extra("Its one token, from its cluster, becomes one for this server:")
        status, answer = tour.curl("POST", tour.issuers + "/cluster/token?serviceaccount=billing", names={"access_token": "tools.jwt"})
        tour.save("tools.jwt", answer.get("access_token", ""))
        self.ask_token("files:read", "files.jwt")
        status, answer, _ = self.send("files.jwt", "tools/list")
        names = [tool["name"] for tool in answer.get("result", {}).get("tools", [])]
        tour.check("it sees what it can use or obtain, and no delete_all", status == 200 and names == ["read_file", "write_file"])
        self.call_allowed()
        self.call_hidden()
        self.call_wider()

    def call_allowed(self):
        tour = self.tour
        tour.scene_extra("One that it may use:")
        status, answer, headers = self.send("files.jwt", "tools/call", {"name": "read_file", "arguments": {"path": "/reports/november.txt"}})
        self.first_call = headers.get("dragoman-exchange", "-")
        tour.check("the file is read", status == 200 and answer["result"]["content"][0]["text"] == "Sales: 4711")
        tour.check("the server was shown a token that is for itself, about the agent", self.server.calls[-1]["sub"] == AGENT)
        self.try_elsewhere()
        self.explain(headers, "mcp_rules")

    def try_elsewhere(self):
        """Each side's token at the other's door."""
        tour = self.tour
        tour.save("server.jwt", self.server.last_token)
        status, _, _ = self.send("server.jwt", "tools/list", shows=False)
        tour.check("shown to the gateway, that token is good for nothing", status == 401)
        done = subprocess.run(["curl", "-s", "--cacert", tour.authority, "-H", "@" + tour.path("files.jwt.header"), "-X", "POST", "-o", os.devnull,
                               "-w", "%{http_code}", self.server.url], text=True, capture_output=True, timeout=30, check=False)
        tour.check("and so is the agent's at the server", done.stdout == "401")

    def call_hidden(self):
        tour = self.tour
        tour.scene_extra("The one that is hidden, called all the same; and one that there never was:")
        answers = []
        for name in ("delete_all", "delete_ill"):
            status, answer, headers = self.send("files.jwt", "tools/call", {"name": name, "arguments": {}})
            answers.append((status, json.dumps({**answer, "id": 0}).replace(name, "NAME")))
            hidden = headers if name == "delete_all" else hidden
        tour.check("the same answer, and the server heard of neither",
                   answers[0] == answers[1] and "Unknown tool" in answers[0][1] and len(self.server.calls) == 1)
        self.explain(hidden, "no rule of spec.mcp fits")

    def call_wider(self):
        tour = self.tour
        tour.scene_extra("One that takes more than the token has:")
        write = {"name": "write_file", "arguments": {"path": "/reports/december.txt", "text": "Sales: 17"}}
        status, _, headers = self.send("files.jwt", "tools/call", write)
        wanted = re.search(r'scope="([^"]*)"', headers.get("www-authenticate", ""))
        tour.check("403, with all scopes to ask for at once", status == 403 and wanted is not None and
                   sorted(wanted[1].split()) == ["files:read", "files:write"])
        tour.scene_extra("So it asks for them, with the same token of its cluster:")
        self.ask_token("files:read files:write", "files.jwt")
        status, answer, _ = self.send("files.jwt", "tools/call", write)
        tour.check("written", status == 200 and self.server.files.get("/reports/december.txt") == "Sales: 17")

    # -- the second

    def open_session(self):
        """Of the older protocol."""
        tour = self.tour
        begun = {"protocolVersion": OLD, "capabilities": {}, "clientInfo": {"name": "tour", "version": "1"}}
        _, answer, headers = self.send("files.jwt", "initialize", begun, is_new=False, shows=False)
        self.session = headers.get("mcp-session-id")
        status, _, _ = self.send("files.jwt", "notifications/initialized", is_new=False, shows=False)
        tour.check("a session of 2025-11-25 is begun, and its id is the gateway's own", status == 202 and
                   answer.get("result", {}).get("protocolVersion") == OLD and self.session not in self.server.sessions)

    def listen(self, name, files, shown):
        words = self.words("files.jwt", files, "-N")
        self.tour.say(shown, 2)
        self.tour.show_command(words)
        self.streams[name] = OpenStream(words)

    def wait_for_streams(self, count):
        end = time.monotonic() + GIVE_UP_S
        while len(self.server.streams) != count and time.monotonic() < end:
            time.sleep(0.01)
        return len(self.server.streams) == count

    def open_streams(self):
        tour = self.tour
        self.open_session()
        header = self.write("GET.header", f"accept: text/event-stream\nmcp-protocol-version: {OLD}\nmcp-session-id: {self.session}\n")
        self.listen("2025-11-25", (None, header), "the stream of that session:")
        self.listen("2026-07-28", self.message("subscriptions/listen", {"notifications": {"toolsListChanged": True}}),
                    "and one of 2026-07-28, subscriptions/listen:")
        is_acknowledged = self.streams["2026-07-28"].wait_for("notifications/subscriptions/acknowledged")
        tour.check("both are open, here and at the server", is_acknowledged and self.wait_for_streams(2))
        self.server.announce("notifications/tools/list_changed")
        tour.check("what the server says reaches both",
                   all(stream.wait_for("notifications/tools/list_changed") for stream in self.streams.values()))

    def ended(self):
        tour = self.tour
        tour.scene("The agent is killed while it listens",
                   "Two streams are open, one of each generation of the protocol. Then the agent is ended, whatever it has.")
        self.open_streams()
        issuer = tour.issuers + "/cluster"
        began = time.perf_counter()
        done = tour.run("kill", "agent", issuer, AGENT, "--reason", "it wrote what nobody asked for")
        printed = time.perf_counter()
        for stream in self.streams.values():
            stream.join(GIVE_UP_S)
        tour.check("the command says what it ended", done.returncode == 0 and "killed agent" in done.stdout)
        tour.say(f"{'stream':<18}{'ended after':>12}", 2)
        for name, stream in self.streams.items():
            took = f"{(stream.ended_at - began) * 1000:.1f} ms" if stream.ended_at else "never"
            tour.say(f"{name:<18}{took:>12}", 2)
        tour.say(f"{'kill has printed':<18}{(printed - began) * 1000:>9.1f} ms", 2)
        tour.check("both have ended", all(stream.ended_at is not None for stream in self.streams.values()))
        tour.check("and at the server, which was told that the session is over", self.wait_for_streams(0) and not self.server.sessions)
        status, _, _ = self.send("files.jwt", "tools/call", {"name": "read_file", "arguments": {"path": "/reports/november.txt"}})
        tour.check("the next call is 401", status == 401)
        status, _ = tour.curl("POST", tour.gateway + "/token", [("grant_type", GRANT), ("assertion", "@" + tour.path("tools.jwt")),
                                                                ("resource", self.endpoint)])
        tour.check("and its cluster's token gets nothing new", status in (400, 401))
        tour.scene_extra("All of it, from the first call's id:")
        done = tour.run("trace", self.first_call)
        tour.check("the tree has the calls, the refusals and the kill", done.returncode == 0 and "tools/call" in done.stdout)
        done = tour.run("lift", "agent", issuer, AGENT)
        tour.check("lifted, for whoever goes on trying: what is dead stays dead", done.returncode == 0)
