"""What the tour's four credentials are used at: a vendor over TLS that checks all it is sent, and a small service behind a real
nginx that asks the gateway about every call. Not part of any gateway; started and stopped by dev/four_credentials.py, on
127.0.0.1 alone, files in one private directory. Standard library only."""
import http.server
import json
import os
import secrets
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

NGINX = "/usr/sbin/nginx"
START_WAIT_S = 10


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def read_body(self):
        return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 1 << 20))

    def answer(self, status, body=None):
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format, *arguments):
        """The tour shows what matters."""


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler, owner, tls=None):
        super().__init__(("127.0.0.1", 0), handler)
        self.owner, self.tls = owner, tls
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        request.settimeout(30)
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        with self.tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request, client_address):
        """A connection that ends early is the other side's affair."""


class VendorRequests(Handler):
    """POST, GET and DELETE /v1/keys with the management secret; everything else under /v1/ with a key that is good now."""

    def serve(self):
        vendor, body = self.server.owner, self.read_body()
        path = urllib.parse.urlsplit(self.path)
        if path.path == "/v1/keys" or path.path.startswith("/v1/keys/"):
            self.answer(*vendor.manage(self.command, path, self.headers, body))
        else:
            self.answer(*vendor.use(self.command, path.path, self.headers))

    do_GET = do_POST = do_DELETE = serve


class Vendor:
    """Keys are made, listed and deleted with the secret, used without it. What does not look as documented is refused and kept
    as a complaint."""

    def __init__(self, certificate, key):
        self.secret = "mgmt-" + secrets.token_hex(12)
        self.static_key = "sk-static-" + secrets.token_hex(16)
        self.keys, self.complaints, self.seen = {}, [], []
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        self.listener = Listener(VendorRequests, self, tls)
        self.url = f"https://127.0.0.1:{self.listener.server_port}"

    def complain(self, status, what):
        self.complaints.append(what)
        return status, {"error": what}

    def manage(self, method, path, headers, body):
        if headers.get("x-admin-key") != self.secret:
            return self.complain(401, "the management secret is missing or wrong")
        if method == "POST" and path.path == "/v1/keys":
            return self.create(headers, body)
        if method == "GET" and path.path == "/v1/keys":
            name = urllib.parse.parse_qs(path.query).get("name", [""])[0]
            return 200, {"keys": [{"id": made["id"], "name": made["name"]} for made in list(self.keys.values())
                                  if made["name"] == name], "next": None}
        if method == "DELETE":
            return (204, None) if self.keys.pop(path.path.rpartition("/")[2], None) else (404, {"error": "no such key"})
        return self.complain(404, f"{method} {path.path}")

    def create(self, headers, body):
        order = json.loads(body)
        if sorted(order) != ["expires", "name", "permissions"] or not isinstance(order["permissions"], list):
            return self.complain(422, f"members {sorted(order)}")
        if order["expires"] <= time.time() or not headers.get("idempotency-key"):
            return self.complain(422, "no end, or no idempotency-key")
        made = {"id": "key-" + secrets.token_hex(6), "key": "vk_" + secrets.token_hex(24), **order}
        self.keys[made["id"]] = made
        return 201, {"data": {"secret": made["key"], "key_id": made["id"], "expires": made["expires"]}}

    def use(self, method, path, headers):
        shown = headers.get("x-api-key", "")
        self.seen.append({"method": method, "path": path, "headers": dict(headers)})
        if shown == self.static_key:
            return 200, {"model": "small-1", "answer": "Good morning."}
        if any(made["key"] == shown and made["expires"] > time.time() for made in list(self.keys.values())):
            return 200, {"charges": [{"id": 17, "amount": "12.00"}]}
        return 401, {"error": "this key is not, or no longer, one of ours"}

    def stop(self):
        self.listener.shutdown()
        self.listener.server_close()


class ShopRequests(Handler):
    """It knows nothing of tokens and keys: it believes the header that nginx sets after the gateway said yes."""

    def do_GET(self):
        self.answer(200, {"orders": [4711], "called_by": self.headers.get("dragoman-subject"),
                          "scope": self.headers.get("dragoman-scope")})


NGINX_CONFIGURATION = """\
daemon off; master_process off; pid {folder}/pid; error_log stderr;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      auth_request /dragoman;
      auth_request_set $dragoman_subject $upstream_http_dragoman_subject;
      auth_request_set $dragoman_scope $upstream_http_dragoman_scope;
      proxy_set_header dragoman-subject $dragoman_subject;
      proxy_set_header dragoman-scope $dragoman_scope;
      proxy_set_header Authorization "";
      proxy_pass http://127.0.0.1:{shop};
    }}
    location = /dragoman {{
      internal;
      proxy_pass {gateway}/forward-auth/shop;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header X-Original-Method $request_method;
      proxy_set_header X-Original-URI $request_uri;
      proxy_set_header X-Original-URL "";
      proxy_set_header X-Forwarded-Method "";
      proxy_set_header X-Forwarded-Uri "";
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate {authority};
      proxy_ssl_name localhost;
    }}
  }}
}}
"""


def free_port():
    """Below those that the kernel gives to every connection that is made."""
    while True:
        port = 10000 + secrets.randbelow(22000)
        with socket.socket() as found:
            if found.connect_ex(("127.0.0.1", port)) != 0:
                return port


class ProtectedShop:
    """The service and the nginx before it, as whoever runs the tour, which needs no right that others have not."""

    def __init__(self, folder, gateway, authority):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self.listener = Listener(ShopRequests, self)
        self.port = free_port()
        configuration = os.path.join(folder, "nginx.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(NGINX_CONFIGURATION.format(folder=folder, port=self.port, shop=self.listener.server_port,
                                                  gateway=gateway, authority=authority))
        self.log = os.path.join(folder, "log")
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([NGINX, "-p", folder, "-c", configuration, "-e", "stderr"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.url = f"http://127.0.0.1:{self.port}"
        self.wait()

    def wait(self):
        end = time.monotonic() + START_WAIT_S
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        with open(self.log, encoding="utf-8") as log:
            said = log.read()
        self.stop()
        raise RuntimeError(f"nginx does not answer: {said}")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.listener.shutdown()
        self.listener.server_close()
