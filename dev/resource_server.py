"""The partner's order service: the other side of an exchange, on purpose in another language and with other libraries
than the gateway. It believes a token only after checking it against the keys the gateway publishes: signature, iss,
aud, typ, exp and scope (RFC 9068 section 4). Started by dragoman-dev; prints its port, ends when standard input closes."""
import argparse
import http.server
import json
import os
import ssl
import sys
import threading
import time
import urllib.request

import jwt

ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA"]
KEY_FETCH_INTERVAL_S = 5


class Refusal(Exception):
    def __init__(self, status, error, sentence):
        super().__init__(sentence)
        self.status, self.error = status, error


class Keys:
    """The gateway's public keys: found through its metadata, fetched again when a token names one not seen before."""

    def __init__(self, issuer, authority):
        self.issuer, self.context = issuer, ssl.create_default_context(cafile=authority)
        self.keys, self.fetched_at, self.lock = {}, 0.0, threading.Lock()

    def get(self, url):
        with urllib.request.urlopen(url, timeout=5, context=self.context) as answer:
            return json.loads(answer.read(1 << 20))

    def fetch(self):
        metadata = self.get(self.issuer + "/.well-known/oauth-authorization-server")
        if metadata["issuer"] != self.issuer:
            raise Refusal(503, "temporarily_unavailable", "the metadata names another issuer")
        published = self.get(metadata["jwks_uri"])["keys"]
        self.keys = {key["kid"]: (jwt.PyJWK(key).key, key["alg"]) for key in published if key["alg"] in ALGORITHMS}
        self.fetched_at = time.monotonic()

    def find(self, kid):
        with self.lock:
            if kid not in self.keys and time.monotonic() - self.fetched_at > KEY_FETCH_INTERVAL_S:
                self.fetch()
            return self.keys.get(kid, (None, None))


def verify(token, keys, issuer, audience):
    try:
        header = jwt.get_unverified_header(token)
        if header.get("typ", "").lower() not in ("at+jwt", "application/at+jwt"):
            raise Refusal(401, "invalid_token", "the token is not an access token (typ at+jwt)")
        key, algorithm = keys.find(header.get("kid"))
        if key is None:
            raise Refusal(401, "invalid_token", "the token's key is not one the gateway publishes")
        return jwt.decode(token, key, algorithms=[algorithm], issuer=issuer, audience=audience,
                          options={"require": ["exp", "iat", "iss", "aud", "sub", "jti", "client_id"]})
    except jwt.PyJWTError as error:
        raise Refusal(401, "invalid_token", str(error)) from error
    except OSError as error:
        raise Refusal(503, "temporarily_unavailable", f"the gateway's keys cannot be fetched: {error}") from error


class Orders(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def claims(self, scope):
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refusal(401, "invalid_request", "send the token as Authorization: Bearer")
        claims = verify(token.strip(), self.server.keys, self.server.issuer, self.server.audience)
        if scope not in claims.get("scope", "").split():
            raise Refusal(403, "insufficient_scope", f"this needs the scope {scope}")
        return claims

    def answer(self, status, body, headers=()):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def serve(self, scope, work):
        try:
            if self.path != "/orders":
                raise Refusal(404, "not_found", "there is nothing here but /orders")
            claims = self.claims(scope)
            self.answer(200, {"hello": claims["sub"], "email": claims.get("email"),
                              "via": claims.get("act", {}).get("sub"), "scope": claims.get("scope"),
                              "exchange": claims["jti"], **work})
        except Refusal as refusal:
            challenge = f'Bearer error="{refusal.error}"'
            self.answer(refusal.status, {"error": refusal.error, "error_description": str(refusal)},
                        [("WWW-Authenticate", challenge)] if refusal.status in (401, 403) else ())

    def do_GET(self):
        self.serve("orders:read", {"orders": [{"id": 4711, "item": "translation memory", "state": "shipped"}]})

    def do_POST(self):
        self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 1 << 16))
        self.serve("orders:write", {"created": {"id": 4712}})


class Server(http.server.ThreadingHTTPServer):
    """TLS is shaken in the connection's own thread: a client that says nothing holds up nobody else."""

    daemon_threads = True

    def __init__(self, options):
        super().__init__(("127.0.0.1", 0), Orders)
        self.issuer, self.audience = options.issuer, options.audience
        self.keys = Keys(options.issuer, options.authority)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(options.certificate, options.key)

    def finish_request(self, request, client_address):
        request.settimeout(10)
        with self.tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request, client_address):
        print("connection ended:", sys.exc_info()[1], file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("certificate", "key", "authority", "issuer", "audience"):
        parser.add_argument("--" + name, required=True)
    server = Server(parser.parse_args())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    while os.read(sys.stdin.fileno(), 4096):
        pass


if __name__ == "__main__":
    main()
