"""Two scenes of the tour: a service that gives agents nothing unless a person agreed and connected their account there. Alice does
it once, in a browser; from then on her agent has the right token by exchange, and through egress without having it at all. One kill
makes it worthless at the service. Scenes of dev/tour.py, which shows and checks."""
import hashlib
import http.client
import json
import os
import re
import ssl
import subprocess
import textwrap
import time
import urllib.parse

from people import Browser, Calendar, IdentityProvider

GIVE_UP_S = 20
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
JWT, KEY = "urn:ietf:params:oauth:token-type:jwt", "urn:dragoman:token-type:api-key"
AUDIENCE = "https://calendar.example"
ADAPTER = """\
kind: Adapter
metadata: {{name: saas-oauth}}
spec: {{program: saas_oauth, sha256: {sha256}, network: any}}
"""
DOCUMENTS = """\
# Where people log in: to give consent, they must be there in person.
kind: Issuer
metadata: {{name: acme-people, team: identity}}
spec:
  domain: corp
  issuer: {people}
  audiences: ["{gateway}"]
  algorithms: [ES256]
  tokenTypes: [jwt]
  login: {{clientId: dragoman-pages, secretFile: {state}/login.secret}}
---
# The service. Each person connects an account of their own; a consent holds for a month, for one program, whether it asks for
# the service's token or has its calls made through egress.
kind: Target
metadata: {{name: calendar, team: payments}}
spec:
  domain: partner
  audiences: [https://calendar.example]
  adapter: saas-oauth
  scopes: ["events:read"]
  maximumLifetime: 5m
  accepts: {{issuers: [acme-people], clients: [billing-agents]}}
  connection: {{lifetime: 30d}}
  settings: {settings}
  egress: {{upstream: "{calendar}/api", adapter: saas-oauth}}
"""


class ConnectedAccount:
    def __init__(self, tour):
        self.tour = tour
        self.egress, self.adapters = os.environ["DRAGOMAN_DEV_EGRESS"], os.environ.get("DRAGOMAN_DEV_ADAPTERS", "")
        self.people = self.calendar = None
        self.root = "-"

    def scenes(self):
        return (self.connected, self.used)

    def open(self):
        certificate, key = self.tour.path("server.crt"), self.tour.path("server.key")
        self.people = IdentityProvider(certificate, key, self.tour.gateway)
        self.calendar = Calendar(certificate, key)

    def close(self):
        for server in (self.people, self.calendar):
            if server is not None:
                server.stop()

    def write(self, name, text):
        with open(os.open(self.tour.path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        return self.tour.path(name)

    # -- what operators and teams write

    def apply(self, name, text):
        done = self.tour.run("apply", "-f", self.write(name, text))
        self.tour.check(f"{name} is in force", done.returncode == 0 and "created" in done.stdout)

    def wait_for_adapter(self):
        end = time.monotonic() + GIVE_UP_S
        while time.monotonic() < end:
            done = subprocess.run([self.tour.dragoman, "adapter", "list", "-o", "json"], text=True, capture_output=True, timeout=30,
                                  check=False)
            adapters = json.loads(done.stdout or "{}")
            adapters = adapters.get("adapters", adapters) if isinstance(adapters, dict) else adapters
            if any(one["name"] == "saas-oauth" and one["state"] == "running" for one in adapters):
                return
            time.sleep(0.05)
        self.tour.check("the adapter saas-oauth runs", False)

    def configure(self):
        url = self.calendar.url
        settings = {"grant": "connected", "clientId": self.calendar.client, "issuer": url, "authorizationEndpoint": url + "/authorize",
                    "tokenEndpoint": url + "/token", "revocationEndpoint": url + "/revoke"}
        self.write("login.secret", self.people.secret)
        with open(os.path.join(self.adapters, "saas_oauth"), "rb") as program:
            self.apply("saas.yaml", ADAPTER.format(sha256=hashlib.sha256(program.read()).hexdigest()))
        self.wait_for_adapter()
        self.apply("calendar.yaml", DOCUMENTS.format(people=self.people.url, gateway=self.tour.gateway, state=self.tour.state, calendar=url,
                                                     settings=json.dumps(settings)))
        secret = self.write("calendar.secret", self.calendar.secret)
        done = self.tour.run("connection", "add", "calendar", "--name", "client_secret", "--secret-file", secret)
        self.tour.check("the gateway's secret at the service is kept sealed", done.returncode == 0)
        os.unlink(secret)

    # -- the first scene

    def exchange(self, file=None, token_type=None):
        tour = self.tour
        form = [("grant_type", EXCHANGE), ("client_assertion_type", ASSERTION), ("client_assertion", "@" + tour.path("agent3.jwt")),
                ("subject_token_type", JWT), ("subject_token", "@" + tour.path("alice3.jwt")), ("audience", AUDIENCE),
                ("scope", "events:read"), ("dragoman_purpose", "find a slot for the review")]
        if token_type is not None:
            form.append(("requested_token_type", token_type))
        status, answer = tour.curl("POST", tour.gateway + "/token", form, names={"access_token": file} if file else {})
        if file and "access_token" in answer:
            tour.save(file, answer["access_token"])
        return status, answer

    def walk_pages(self, person, link):
        """Opens the link as somebody would: presses Go on, logs in, agrees, and allows it at the service."""
        browser = Browser(self.tour.authority)
        browser.open(link)
        browser.press("Go on")
        if browser.page.title == "Acme: log in":
            browser.press("Log in", user=person)
        if browser.page.title == "Do you agree?":
            self.tour.say("What the consent page says:", 2)
            for line in browser.page.words:
                self.tour.say(textwrap.fill(line, 90, initial_indent="    | ", subsequent_indent="    |   "))
            browser.press("Agree")
        if browser.page.title.startswith("Calendar"):
            browser.press("Allow", user=person)
        self.tour.say(f"{person}'s browser showed: " + " > ".join(browser.seen), 2)
        if browser.status != 200:
            self.tour.say("and there: " + " · ".join(browser.page.words), 2)
        return browser

    def ask_for_link(self, what):
        """Asked without a connection."""
        tour = self.tour
        status, answer = self.exchange()
        link = answer.get("dragoman_interaction_uri", "")
        tour.check(f"{what}: the agent is told that alice has to connect, with a link for her", status == 400 and
                   answer.get("error") == "interaction_required" and link.startswith(tour.gateway + "/connect/"))
        tour.check("the link says nothing of anybody", not any(word in link for word in ("alice", "calendar", "billing")))
        return link

    def connected(self):
        tour = self.tour
        tour.scene("A service that wants the person: connected once",
                   "The calendar gives an agent nothing unless its owner allowed it. Alice does that once, in her browser, and\n"
                   "the link is hers alone. What operators and teams write first:")
        self.open()
        self.configure()
        tour.scene_extra("The agent's token from its cluster, and alice's from her identity provider. It asks:")
        _, answer = tour.curl("POST", tour.issuers + "/cluster/token?serviceaccount=billing", names={"access_token": "agent3.jwt"})
        tour.save("agent3.jwt", answer.get("access_token", ""))
        tour.save("alice3.jwt", self.people.token("alice"))
        link = self.ask_for_link("no connection yet")
        tour.scene_extra("Mallory got hold of that link, and tries to have her own calendar connected as alice's:")
        browser = self.walk_pages("mallory", link)
        tour.check("she is not alice, so she sees no consent page and nothing is connected",
                   "Do you agree?" not in browser.seen and not self.calendar.grants)
        tour.scene_extra("That link is used up. The agent asks again, and alice opens the next one:")
        browser = self.walk_pages("alice", self.ask_for_link("still none"))
        tour.check("alice's account is connected", browser.status == 200 and len(self.calendar.grants) == 1)

    # -- the second

    def is_good(self, token):
        address = urllib.parse.urlsplit(self.calendar.url)
        context = ssl.create_default_context(cafile=self.tour.authority)
        connection = http.client.HTTPSConnection(address.netloc, timeout=10, context=context)
        connection.request("GET", "/api/events", headers={"Authorization": "Bearer " + token})
        status = connection.getresponse().status
        connection.close()
        return status == 200

    def used(self):
        tour = self.tour
        tour.scene("The right token ever after, and gone with one kill",
                   "The same exchange now answers with the service's own token.")
        status, answer = self.exchange(file="calendar.token")
        token = answer.get("access_token", "")
        tour.check("it is the calendar's own token", status == 200 and token in self.calendar.access)
        status, again = self.exchange(file="calendar.again")
        tour.check("asked twice, it is the same one: a lease more, and nothing asked of the calendar",
                   again.get("access_token") == token and again.get("dragoman_exchange") != answer.get("dragoman_exchange"))
        status, events = tour.curl("GET", self.calendar.url + "/api/events", bearer="calendar.token")
        tour.check("it opens alice's calendar", status == 200 and events.get("calendar_of") == "alice")
        tour.scene_extra("Through egress the agent never has it: it asks the same target for a key of the gateway's own, good for calls\n"
                         "through it and nowhere else. Alice has agreed to that already.")
        status, answer = self.exchange(file="calendar.key", token_type=KEY)
        tour.check("it is a key of the gateway's", status == 200 and answer.get("issued_token_type") == KEY)
        status, events = tour.curl("GET", self.egress + "/egress/calendar/events", bearer="calendar.key")
        tour.check("the calendar answers through the gateway", status == 200 and events.get("calendar_of") == "alice")
        tour.check("alice connected her account once", len(self.calendar.grants) == 1)
        tour.scene_extra("Somebody finds the token. Its fingerprint is enough:")
        done = tour.run("trace", hashlib.sha256(token.encode()).hexdigest())
        self.root = re.search(r"root (\S+)", done.stdout)[1] if done.returncode == 0 else "-"
        tour.check("it leads to alice, to her consent and to the billing agent", done.returncode == 0 and
                   "Triggered by alice" in done.stdout and "agreed for billing-agents" in done.stdout and
                   "system:serviceaccount:agents:billing" in done.stdout)
        self.end(token)

    def end(self, token):
        tour = self.tour
        tour.scene_extra("And the end: what the agent did for alice is killed, by its root.")
        began = time.perf_counter()
        done = tour.run("kill", "root", self.root, "--reason", "alice's laptop was stolen")
        while self.is_good(token) and time.perf_counter() < began + GIVE_UP_S:
            time.sleep(0.01)
        took_ms = 1000 * (time.perf_counter() - began)
        tour.check("the command says what it ended", done.returncode == 0 and "credentials dead" in done.stdout)
        tour.check(f"the calendar refuses the token {took_ms:.0f} ms after the kill was typed: it was revoked there", not self.is_good(token))
        tour.check("no refresh token ever came twice, and neither server has complaints",
                   self.calendar.reused == 0 and not self.calendar.complaints and not self.people.complaints)
