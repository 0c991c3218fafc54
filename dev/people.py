"""Two servers of the tour that people log in at, and the browser they do it with: their company's identity provider (OpenID
Connect: code, PKCE, nonce), and a service's own authorization server (OAuth: consent, code, PKCE, rotating refresh tokens of which
each is good once, revocation). Both check what they are sent. Not part of any gateway; on 127.0.0.1 alone. Standard library, PyJWT
and cryptography only."""
import base64
import hashlib
import html
import html.parser
import http.client
import secrets
import ssl
import threading
import time
import urllib.parse

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from neighbours import Handler, Listener

ACCESS_TOKEN_S = 3600


class Requests(Handler):
    """Hands a request to its server, with query and form as dictionaries, and writes what that answers."""

    def serve(self):
        path = urllib.parse.urlsplit(self.path)
        form = dict(urllib.parse.parse_qsl(self.read_body().decode()))
        status, answer, location = self.server.owner.serve(self.command, path.path, dict(urllib.parse.parse_qsl(path.query)), form,
                                                           self.headers)
        if isinstance(answer, dict):
            self.answer(status, answer)
            return
        content = (answer or "").encode()
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = serve


def page(title, text, hidden, button):
    fields = "".join(f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in hidden.items())
    return (f"<!doctype html><title>{html.escape(title)}</title><h1>{html.escape(title)}</h1><p>{html.escape(text)}</p>"
            f'<form method="post">{fields}<button>{html.escape(button)}</button></form>')


def base64url(content):
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def encode_coordinate(number):
    return base64url(number.to_bytes(32, "big"))


def challenge_of(verifier):
    return base64url(hashlib.sha256(verifier.encode()).digest())


class CodeServer:
    """What both have in common: authorization codes, good once, for one client, redirect URI and PKCE challenge."""

    def __init__(self, certificate, key, client, secret):
        self.client, self.secret = client, secret
        self.codes, self.complaints, self.lock = {}, [], threading.Lock()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        self.listener = Listener(Requests, self, tls)
        self.url = f"https://127.0.0.1:{self.listener.server_port}"

    def stop(self):
        self.listener.shutdown()
        self.listener.server_close()

    def complain(self, status, error, what):
        self.complaints.append(what)
        return status, {"error": error, "error_description": what}, None

    def is_client(self, headers):
        kind, _, value = headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return False
        name, _, secret = base64.b64decode(value).decode().partition(":")
        return (urllib.parse.unquote_plus(name), urllib.parse.unquote_plus(secret)) == (self.client, self.secret)

    def begin(self, query):
        """What is wrong with an authorization request, or nothing."""
        if query.get("response_type") != "code" or query.get("client_id") != self.client:
            return "no such client"
        if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
            return "without PKCE (S256)"
        return None if query.get("state") else "without state"

    def finish(self, query, **what):
        code = secrets.token_urlsafe(24)
        self.codes[code] = {"query": query, **what}
        back = {"code": code, "state": query["state"], "iss": self.url}
        return 302, "", query["redirect_uri"] + "?" + urllib.parse.urlencode(back)

    def redeem(self, form):
        """What the code was given for, or None."""
        given = self.codes.pop(form.get("code"), None)
        if given is None or given["query"]["redirect_uri"] != form.get("redirect_uri"):
            return None
        return given if challenge_of(form.get("code_verifier", "")) == given["query"]["code_challenge"] else None


class IdentityProvider(CodeServer):
    """Where alice and mallory work. A login gives an ID Token to the client; what an agent shows for a person is token()."""

    def __init__(self, certificate, key, audience):
        super().__init__(certificate, key, "dragoman-pages", "login-" + secrets.token_hex(20))
        self.audience = audience
        self.key = ec.generate_private_key(ec.SECP256R1())

    def sign(self, claims):
        now = int(time.time())
        return jwt.encode({"iss": self.url, "iat": now, "exp": now + 600, "jti": secrets.token_hex(8), **claims}, self.key, algorithm="ES256",
                          headers={"kid": "people-1"})

    def token(self, user):
        return self.sign({"sub": user, "aud": self.audience})

    def serve(self, method, path, query, form, headers):
        if path == "/.well-known/openid-configuration":
            return 200, {"issuer": self.url, "authorization_endpoint": self.url + "/authorize", "token_endpoint": self.url + "/token",
                         "jwks_uri": self.url + "/keys", "response_types_supported": ["code"], "subject_types_supported": ["public"],
                         "id_token_signing_alg_values_supported": ["ES256"], "code_challenge_methods_supported": ["S256"],
                         "authorization_response_iss_parameter_supported": True}, None
        if path == "/keys":
            point = self.key.public_key().public_numbers()
            return 200, {"keys": [{"kty": "EC", "crv": "P-256", "x": encode_coordinate(point.x), "y": encode_coordinate(point.y),
                                   "kid": "people-1", "alg": "ES256", "use": "sig"}]}, None
        if path == "/authorize":
            wrong = self.begin(query) or (None if "nonce" in query else "without nonce")
            if wrong:
                return self.complain(400, "invalid_request", wrong)
            if method == "GET":
                return 200, page("Acme: log in", "Who are you?", {"user": ""}, "Log in"), None
            return self.finish(query, user=form["user"])
        if path == "/token" and method == "POST":
            given = self.redeem(form) if self.is_client(headers) else None
            if given is None:
                return self.complain(400, "invalid_grant", "a code or a client that is not good")
            return 200, {"access_token": secrets.token_urlsafe(24), "token_type": "Bearer", "expires_in": 300,
                         "id_token": self.sign({"sub": given["user"], "aud": self.client, "nonce": given["query"]["nonce"]})}, None
        return self.complain(404, "not_found", f"{method} {path}")


class Calendar(CodeServer):
    """A service in the cloud with an authorization server of its own. Refresh tokens rotate; one that comes a second time ends
    the whole grant, as RFC 9700 section 4.14.2 has it."""

    def __init__(self, certificate, key):
        super().__init__(certificate, key, "acme-gateway", "calendar-" + secrets.token_hex(20))
        self.grants, self.refreshes, self.access, self.used, self.reused = {}, {}, {}, set(), 0

    def serve(self, method, path, query, form, headers):
        if path == "/authorize":
            wrong = self.begin(query)
            if wrong:
                return self.complain(400, "invalid_request", wrong)
            if method == "GET":
                return 200, page("Calendar: allow access?", "Acme's gateway asks for " + query.get("scope", ""), {"user": ""}, "Allow"), None
            return self.finish(query, user=form["user"], scope=query.get("scope", ""))
        if path in ("/token", "/revoke") and method == "POST":
            if not self.is_client(headers):
                return self.complain(401, "invalid_client", "not the client's secret")
            with self.lock:
                return self.revoke(form) if path == "/revoke" else self.issue(form)
        if path == "/api/events":
            who = self.who(headers)
            return (401, {"error": "invalid_token"}, None) if who is None else (200, {"calendar_of": who, "events": ["09:30 stand-up"]}, None)
        return self.complain(404, "not_found", f"{method} {path}")

    def who(self, headers):
        made = self.access.get(headers.get("Authorization", "").removeprefix("Bearer "))
        return made["user"] if made and made["until"] > time.time() else None

    def issue(self, form):
        if form.get("grant_type") == "authorization_code":
            given = self.redeem(form)
            if given is None:
                return self.complain(400, "invalid_grant", "a code that is not good")
            grant = secrets.token_hex(8)
            self.grants[grant] = {"user": given["user"], "scope": given["scope"]}
            return self.tokens(grant)
        if form.get("grant_type") == "refresh_token":
            token = form.get("refresh_token")
            if token in self.used:
                self.reused += 1
                self.end(self.refreshes[token])
            grant = self.refreshes.get(token)
            if grant not in self.grants:
                return self.complain(400, "invalid_grant", "a refresh token that is not good")
            self.used.add(token)
            return self.tokens(grant)
        return self.complain(400, "unsupported_grant_type", form.get("grant_type", ""))

    def tokens(self, grant):
        access, refresh = "cal_" + secrets.token_urlsafe(24), "ref_" + secrets.token_urlsafe(24)
        self.refreshes[refresh] = grant
        self.access[access] = {"grant": grant, "user": self.grants[grant]["user"], "until": time.time() + ACCESS_TOKEN_S}
        return 200, {"access_token": access, "token_type": "Bearer", "expires_in": ACCESS_TOKEN_S, "refresh_token": refresh,
                     "scope": self.grants[grant]["scope"]}, None

    def end(self, grant):
        self.grants.pop(grant, None)
        self.access = {token: made for token, made in self.access.items() if made["grant"] != grant}

    def revoke(self, form):
        token = form.get("token")
        if token in self.refreshes:
            self.end(self.refreshes[token])
        self.access.pop(token, None)
        return 200, {}, None


class Page(html.parser.HTMLParser):
    """What a person sees of a page: its title, its words, its forms with their buttons, and where it goes on to by itself."""

    def __init__(self, text):
        super().__init__()
        self.title, self.words, self.forms, self.refresh, self.inside, self.is_value = "", [], [], None, None, False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append({"action": attributes.get("action"), "fields": {}, "button": ""})
        elif tag == "input" and self.forms:
            self.forms[-1]["fields"][attributes.get("name")] = attributes.get("value", "")
        elif tag == "meta" and attributes.get("http-equiv") == "refresh":
            self.refresh = attributes["content"].partition("url=")[2]
        if tag not in ("input", "meta", "br"):
            self.inside = tag
        self.is_value |= tag == "dd"

    def handle_data(self, data):
        if self.inside == "title":
            self.title += data
        elif self.inside == "button" and self.forms and not self.forms[-1]["button"]:
            self.forms[-1]["button"] = data
        elif self.inside != "style" and data.strip():
            self.words[len(self.words) - self.is_value:] = [": ".join(self.words[len(self.words) - self.is_value:] + [data.strip()])]
            self.is_value = False

    def handle_endtag(self, tag):
        self.inside = None


class Browser:
    """One person's browser: cookies by host and port, redirects, pages that go on by themselves, and buttons that are pressed."""

    def __init__(self, authority):
        self.tls, self.cookies, self.seen = ssl.create_default_context(cafile=authority), {}, []

    def request(self, method, url, body=None):
        address = urllib.parse.urlsplit(url)
        jar = self.cookies.setdefault(address.netloc, {})
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())} if jar else {}
        if body is not None:
            origin = f"{address.scheme}://{address.netloc}"
            headers.update({"Content-Type": "application/x-www-form-urlencoded", "Origin": origin, "Sec-Fetch-Site": "same-origin"})
        connection = http.client.HTTPSConnection(address.netloc, timeout=20, context=self.tls)
        connection.request(method, address.path + ("?" + address.query if address.query else ""), body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            jar[name] = value
        connection.close()
        return answer.status, text, answer.headers.get("Location")

    def open(self, url, body=None):
        method = "GET" if body is None else "POST"
        for _ in range(20):
            status, text, location = self.request(method, url, body)
            self.url, self.page, self.status = url, Page(text), status
            onward = location or self.page.refresh
            if onward is None:
                self.seen.append(self.page.title)
                return self.page
            url, method, body = urllib.parse.urljoin(url, onward), "GET", None
        raise RuntimeError("the pages do not come to an end")

    def press(self, button, **fields):
        for form in self.page.forms:
            if form["button"] == button:
                action = urllib.parse.urljoin(self.url, form["action"] or self.url)
                return self.open(action, urllib.parse.urlencode({**form["fields"], **fields}))
        raise RuntimeError(f"there is no button {button!r} on the page {self.page.title!r}: {' '.join(self.page.words)}")
