"""An MCP server of the tour: a company's files, as tools. It speaks both generations of the protocol (2025-11-25 with sessions and
2026-07-28 without) as far as the tour uses them, and believes a caller as resource_server.py does, after checking the gateway's
signature, issuer, audience, type and time. Not part of any gateway; on 127.0.0.1 alone. Standard library and PyJWT only."""
import json
import queue
import secrets
import ssl
import threading

from neighbours import Handler, Listener
from resource_server import Keys, Refusal, verify

OLD, NEW = "2025-11-25", "2026-07-28"
META = "io.modelcontextprotocol/"
INFO = {"name": "acme-files", "version": "1.0.0"}
CAPABILITIES = {"tools": {"listChanged": True}}
PATH = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
TEXT = {"type": "object", "properties": {"path": {"type": "string"}, "text": {"type": "string"}}, "required": ["path", "text"]}
TOOLS = [{"name": "read_file", "description": "Reads a file.", "inputSchema": PATH},
         {"name": "write_file", "description": "Writes a file.", "inputSchema": TEXT},
         {"name": "delete_all", "description": "Deletes every file there is.", "inputSchema": {"type": "object", "properties": {}}}]


class Wrong(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


class Requests(Handler):
    def reply(self, status, body=None, headers=()):
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def stream(self, first):
        """Events until the other side leaves: what it is asked to say, and a comment now and then, by which that is noticed."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        stream = self.server.owner.open_stream(self.headers.get("mcp-session-id"))
        try:
            for message in first:
                self.event(message)
            while True:
                try:
                    said = stream.said.get(timeout=0.2)
                except queue.Empty:
                    self.wfile.write(b": still here\n\n")
                    continue
                if said is None:
                    return
                self.event(said)
        except OSError:
            """It left."""
        finally:
            self.server.owner.close_stream(stream)

    def event(self, message):
        self.wfile.write(b"event: message\ndata: " + json.dumps(message).encode() + b"\n\n")

    def serve(self):
        files, body = self.server.owner, self.read_body()
        message = {}
        try:
            claims = files.believe(self.headers)
            message = json.loads(body) if body else {}
            self.answer_message(files, claims, message)
        except Refusal as refusal:
            files.refused.append(str(refusal))
            self.reply(refusal.status, {"error": refusal.error, "error_description": str(refusal)},
                       [("WWW-Authenticate", f'Bearer error="{refusal.error}"')])
        except Wrong as wrong:
            files.refused.append(str(wrong))
            self.reply(wrong.status, {"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": wrong.code, "message": str(wrong)}})

    def answer_message(self, files, claims, message):
        params = message.get("params", {})
        meta = params.get("_meta", {})
        if META + "protocolVersion" in meta:
            files.check_headers(self.headers, message, meta)
            self.answer_new(files, claims, message, params)
        else:
            self.answer_old(files, claims, message, params)

    def answer_new(self, files, claims, message, params):
        if message["method"] == "subscriptions/listen":
            told = {"_meta": {META + "subscriptionId": message["id"]}, "notifications": params.get("notifications", {})}
            self.stream([{"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": told}])
            return
        result = files.answer(message["method"], params, claims)
        result.update(resultType="complete", _meta={META + "serverInfo": INFO})
        if message["method"] != "tools/call":
            result.update(ttlMs=60000, cacheScope="private")
        self.reply(200, {"jsonrpc": "2.0", "id": message["id"], "result": result})

    def answer_old(self, files, claims, message, params):
        if message.get("method") == "initialize":
            session = files.begin(claims)
            result = {"protocolVersion": OLD, "capabilities": CAPABILITIES, "serverInfo": INFO}
            self.reply(200, {"jsonrpc": "2.0", "id": message["id"], "result": result}, [("Mcp-Session-Id", session)])
            return
        session = files.find(self.headers.get("mcp-session-id"), claims)
        if self.command == "GET":
            self.stream([])
        elif self.command == "DELETE":
            files.end(session)
            self.reply(200)
        elif "id" not in message:
            files.noted.append(message["method"])
            self.reply(202)
        else:
            result = {} if message["method"] == "ping" else files.answer(message["method"], params, claims)
            self.reply(200, {"jsonrpc": "2.0", "id": message["id"], "result": result})

    do_GET = do_POST = do_DELETE = serve


class Stream:
    def __init__(self, session):
        self.session, self.said = session, queue.Queue()


class FilesServer:
    """Keeps what it has seen, for the tour to look at: who called which tool with what, and which streams are open."""

    def __init__(self, certificate, key, issuer, authority):
        self.issuer, self.keys = issuer, Keys(issuer, authority)
        self.files = {"/reports/november.txt": "Sales: 4711"}
        self.sessions, self.ended, self.streams, self.calls, self.noted, self.refused = {}, [], [], [], [], []
        self.lock = threading.Lock()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        self.listener = Listener(Requests, self, tls)
        self.url = f"https://127.0.0.1:{self.listener.server_port}/mcp"

    def believe(self, headers):
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Refusal(401, "invalid_request", "send the token as Authorization: Bearer")
        self.last_token = token
        return verify(token, self.keys, self.issuer, self.url)

    @staticmethod
    def check_headers(headers, message, meta):
        """2026-07-28, Streamable HTTP: what headers say again has to be what the message says."""
        named = message["params"].get("name") if message["method"] == "tools/call" else None
        said = [headers.get("mcp-protocol-version"), headers.get("mcp-method"), headers.get("mcp-name")]
        if said != [meta[META + "protocolVersion"], message["method"], named]:
            raise Wrong(400, -32020, "The headers say something else than the message")
        if said[0] != NEW:
            raise Wrong(400, -32022, f"Unsupported protocol version: {said[0]}")

    def answer(self, method, params, claims):
        if method == "server/discover":
            return {"supportedVersions": [NEW], "capabilities": CAPABILITIES}
        if method == "tools/list":
            return {"tools": TOOLS}
        if method == "tools/call":
            return {"content": [{"type": "text", "text": self.call(params["name"], params.get("arguments", {}), claims)}]}
        raise Wrong(404, -32601, "Method not found")

    def call(self, name, arguments, claims):
        self.calls.append({"tool": name, "sub": claims["sub"], "act": claims.get("act"), "scope": claims.get("scope", "")})
        if name == "read_file":
            return self.files.get(arguments["path"], "There is no such file.")
        if name == "write_file":
            self.files[arguments["path"]] = arguments["text"]
            return "written"
        if name == "delete_all":
            self.files.clear()
            return "deleted"
        raise Wrong(200, -32602, f"Tool {name} not found")

    # -- sessions, each of its subject alone

    def begin(self, claims):
        session = secrets.token_hex(16)
        self.sessions[session] = claims["sub"]
        return session

    def find(self, session, claims):
        if session is None:
            raise Wrong(400, -32000, "Bad Request: Server not initialized")
        if self.sessions.get(session) != claims["sub"]:
            raise Wrong(404, -32001, "Session not found")
        return session

    def end(self, session):
        del self.sessions[session]
        self.ended.append(session)
        self.close_streams(session)

    # -- streams

    def open_stream(self, session):
        with self.lock:
            self.streams.append(Stream(session))
            return self.streams[-1]

    def close_stream(self, stream):
        with self.lock:
            self.streams.remove(stream)

    def close_streams(self, session):
        with self.lock:
            for stream in self.streams:
                if stream.session == session:
                    stream.said.put(None)

    def announce(self, method):
        with self.lock:
            for stream in self.streams:
                stream.said.put({"jsonrpc": "2.0", "method": method})

    def stop(self):
        with self.lock:
            for stream in self.streams:
                stream.said.put(None)
        self.listener.shutdown()
        self.listener.server_close()
