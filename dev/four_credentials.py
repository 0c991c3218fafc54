"""Three scenes of the tour: one agent token becomes four kinds of credentials, each is traced from nothing but what it is
recognised by, and one kill ends them all, timed where each of them is used. Scenes of dev/tour.py, which shows and checks."""
import base64
import hashlib
import http.client
import json
import os
import re
import secrets
import ssl
import subprocess
import threading
import time
import urllib.parse

from neighbours import ProtectedShop, Vendor

GIVE_UP_S = 20
DOCUMENTS = """\
kind: Policy
metadata: {{name: calls}}
spec:
  policies: |
    permit (principal is Agent, action == Action::"call", resource);
---
# Who may ask about tokens for the reports service: the service itself.
kind: Client
metadata: {{name: reports-service}}
spec: {{authentication: {{methods: [client_secret_basic], secretFile: {state}/reports-service.secret}}}}
---
# a: a token, a JWT as in the scenes before.
kind: Target
metadata: {{name: reports, team: payments}}
spec:
  domain: partner
  audiences: [https://reports.partner.example]
  maximumLifetime: 5m
  resourceServer: reports-service
  accepts: {{issuers: [cluster], clients: [billing-agents]}}
---
# b: a key of the gateway's own, for a service behind nginx.
kind: Target
metadata: {{name: shop, team: payments}}
spec:
  domain: partner
  audiences: [https://shop.partner.example]
  adapter: api-key
  maximumLifetime: 5m
  accepts: {{issuers: [cluster], clients: [billing-agents]}}
  calls: {{rules: [{{methods: [GET], paths: [/orders]}}]}}
---
# c: a key that a vendor gave out once. It is kept sealed here and put into calls; no agent ever has it.
kind: Target
metadata: {{name: model, team: payments}}
spec:
  domain: partner
  audiences: [https://model.vendor.example]
  adapter: api-key
  maximumLifetime: 5m
  accepts: {{issuers: [cluster], clients: [billing-agents]}}
  egress: {{upstream: "{vendor}/v1", adapter: vault, settings: {{header: x-api-key}}}}
  calls: {{rules: [{{methods: [GET], paths: [/chat]}}]}}
"""
ADAPTER = """\
# A program that makes credentials: confined, and no other than the one with this hash.
kind: Adapter
metadata: {{name: vendor-key}}
spec: {{program: vendor_key, sha256: {sha256}, network: any}}
"""
VENDOR_TARGET = """\
# d: a key made at the vendor for each lease, and deleted there when the lease ends. The settings say how that is asked for.
kind: Target
metadata: {{name: charges, team: payments}}
spec:
  domain: partner
  audiences: [https://charges.vendor.example]
  adapter: vendor-key
  maximumLifetime: 5m
  accepts: {{issuers: [cluster], clients: [billing-agents]}}
  settings:
    create:
      method: POST
      url: {vendor}/v1/keys
      headers: {{x-admin-key: "{{secret}}", idempotency-key: "{{lease}}"}}
      body: {{name: "dragoman {{lease}}", permissions: "{{scopes}}", expires: "{{expires_at}}"}}
    delete: {{method: DELETE, url: "{vendor}/v1/keys/{{id}}", headers: {{x-admin-key: "{{secret}}"}}}}
    find:
      method: GET
      url: "{vendor}/v1/keys?name=dragoman%20{{lease}}"
      headers: {{x-admin-key: "{{secret}}"}}
      list: /keys
      id: /id
      label: /name
      equals: "dragoman {{lease}}"
    answer: {{key: /data/secret, id: /data/key_id, expires_at: /data/expires}}
    presentation: {{header: x-api-key}}
"""


class Watch(threading.Thread):
    """Asks over one connection, as fast as is answered, until the credential is dead; notes when that was."""

    def __init__(self, url, is_dead, method="GET", headers=None, body=None, authority=None):
        super().__init__(daemon=True)
        address = urllib.parse.urlsplit(url)
        self.path, self.is_dead, self.method, self.headers, self.body = address.path, is_dead, method, headers or {}, body
        if address.scheme == "https":
            context = ssl.create_default_context(cafile=authority)
            self.connection = http.client.HTTPSConnection(address.netloc, timeout=10, context=context)
        else:
            self.connection = http.client.HTTPConnection(address.netloc, timeout=10)
        self.was_alive, self.dead_at, self.calls, self.problem = not self.ask(), None, 0, None

    def ask(self):
        self.connection.request(self.method, self.path, body=self.body, headers=self.headers)
        answer = self.connection.getresponse()
        return self.is_dead(answer.status, answer.read())

    def run(self):
        end = time.perf_counter() + GIVE_UP_S
        try:
            while time.perf_counter() < end:
                self.calls += 1
                if self.ask():
                    self.dead_at = time.perf_counter()
                    return
        except (OSError, http.client.HTTPException) as problem:
            self.problem = problem


def asked_alone(tree):
    """Of a tree that has been shown, what is different this time: who triggered it, and what was asked about."""
    lines = tree.split("\n")
    asked = [number for number, line in enumerate(lines) if "asked" in line and line.rstrip().endswith("asked")]
    return "\n".join([lines[0], "(the same tree, but for)"] + [line for number in asked for line in lines[number - 1:number + 1]])


class FourCredentials:
    def __init__(self, tour):
        self.tour = tour
        self.egress = os.environ["DRAGOMAN_DEV_EGRESS"]
        self.adapters = os.environ.get("DRAGOMAN_DEV_ADAPTERS", "")
        self.vendor = self.shop = None
        self.root = ""
        self.found = {}  # what it is called -> what it is recognised by

    def scenes(self):
        return (self.exchanged, self.traced, self.ended)

    def open(self):
        tour = self.tour
        self.vendor = Vendor(tour.path("server.crt"), tour.path("server.key"))
        self.shop = ProtectedShop(tour.path("nginx"), tour.gateway, tour.authority)

    def close(self):
        for neighbour in (self.shop, self.vendor):
            if neighbour is not None:
                neighbour.stop()

    # -- the first scene

    def write(self, name, text):
        path = self.tour.path(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        return path

    def apply(self, name, template, **values):
        path = self.write(name, template.format(**values))
        done = self.tour.run("apply", "-f", path)
        self.tour.check(f"{name} is in force", done.returncode == 0 and "created" in done.stdout)

    def wait_for_adapter(self):
        """It is started when its document is applied; a target that needs it can be checked once it runs."""
        end = time.monotonic() + GIVE_UP_S
        while time.monotonic() < end:
            done = subprocess.run([self.tour.dragoman, "adapter", "list", "-o", "json"], text=True, capture_output=True, timeout=30,
                                  check=False)
            if '"running"' in done.stdout:
                break
            time.sleep(0.05)
        done = self.tour.run("adapter", "list")
        self.tour.check("the adapter runs", done.returncode == 0 and "running" in done.stdout)

    def configure(self):
        tour = self.tour
        self.service_secret = secrets.token_hex(24)
        self.write("reports-service.secret", self.service_secret)
        self.write("static.key", self.vendor.static_key)
        self.write("management.key", self.vendor.secret)
        self.apply("four.yaml", DOCUMENTS, state=tour.state, vendor=self.vendor.url)
        with open(os.path.join(self.adapters, "vendor_key"), "rb") as program:
            sha256 = hashlib.sha256(program.read()).hexdigest()
        self.apply("adapter.yaml", ADAPTER, sha256=sha256)
        self.wait_for_adapter()
        self.apply("charges.yaml", VENDOR_TARGET, vendor=self.vendor.url)
        for target, file in (("model", "static.key"), ("charges", "management.key")):
            done = tour.run("connection", "add", target, "--secret-file", tour.path(file))
            tour.check(f"what {target} needs is handed over and kept sealed, and a record says who did it",
                       done.returncode == 0 and "(record 0" in done.stdout)
            os.unlink(tour.path(file))

    def exchange(self, audience, file):
        tour = self.tour
        done = tour.run("exchange", "--client-assertion-file", tour.path("one.jwt"), "--subject-token-file",
                        tour.path("one.jwt"), "--subject-token-type", "jwt", "--audience", audience, stdout_file=file,
                        shows_output=False)
        credential = done.stdout.strip()
        tour.check(f"{file} is there", done.returncode == 0 and credential != "")
        tour.save(file, credential)
        return credential

    def exchanged(self):
        tour = self.tour
        tour.scene("One token, four credentials",
                   "What the agent needs next speaks four dialects. The agent has its one token, and asks as before.\n"
                   "First what operators and teams write once (every file is in the sandbox's directory):")
        self.open()
        self.configure()
        tour.scene_extra("Now the agent. Its token, from its cluster:")
        status, answer = tour.curl("POST", tour.issuers + "/cluster/token?serviceaccount=billing",
                                   names={"access_token": "one.jwt"})
        tour.check("the cluster hands out a token", status == 200)
        tour.save("one.jwt", answer.get("access_token", ""))
        self.use_token()
        self.use_own_key()
        self.use_vaulted_key()
        self.use_vendor_key()

    def use_token(self):
        tour = self.tour
        tour.scene_extra("a) A JWT, for a service that asks the gateway about it (RFC 7662):")
        token = self.exchange("https://reports.partner.example", "reports.jwt")
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "===")) if token.count(".") == 2 else {}
        self.root, self.found["a) JWT"] = claims.get("txn", ""), claims.get("jti", "")
        basic = base64.b64encode(f"reports-service:{self.service_secret}".encode()).decode()
        self.at_reports = Watch(tour.gateway + "/introspect", lambda status, body: json.loads(body).get("active") is False,
                                "POST", {"Authorization": "Basic " + basic, "Content-Type": "application/x-www-form-urlencoded"},
                                urllib.parse.urlencode({"token": token}), tour.authority)
        tour.check("introspection says that it is active", self.at_reports.was_alive)

    def use_own_key(self):
        tour = self.tour
        tour.scene_extra("b) A key of the gateway's own, for a service that knows nothing but nginx before it:")
        key = self.exchange("https://shop.partner.example", "shop.key")
        tour.check("it is a key that scanners recognise", re.fullmatch("drg_[0-9A-Za-z]{46}", key) is not None)
        status, answer = tour.curl("GET", self.shop.url + "/orders", bearer="shop.key")
        tour.check("nginx lets it through and tells the service who calls",
                   status == 200 and "billing" in str(answer.get("called_by")))
        status, _ = tour.curl("GET", self.shop.url + "/admin", bearer="shop.key")
        tour.check("and no further than the target's rules say", status == 403)
        self.at_nginx = Watch(self.shop.url + "/orders", lambda status, body: status == 401,
                              headers={"Authorization": "Bearer " + key})

    def use_vaulted_key(self):
        tour = self.tour
        tour.scene_extra("c) The vendor's static key: the agent calls through egress, with its own token, and never has the key:")
        status, answer = tour.curl("GET", self.egress + "/egress/model/chat", bearer="one.jwt")
        tour.check("the vendor answers", status == 200 and "answer" in answer)
        seen = str(self.vendor.seen[-1]) if self.vendor.seen else ""
        tour.check("the vendor saw its own key, and nothing of the agent's token",
                   self.vendor.static_key in seen and self.token("one.jwt") not in seen)
        tour.check("the agent's answer has no trace of the key", self.vendor.static_key not in json.dumps(answer))
        self.at_egress = Watch(self.egress + "/egress/model/chat", lambda status, body: status in (401, 403),
                               headers={"Authorization": "Bearer " + self.token("one.jwt")}, authority=tour.authority)

    def use_vendor_key(self):
        tour = self.tour
        tour.scene_extra("d) A key that a program, the adapter vendor-key, makes at the vendor for this one lease:")
        key = self.exchange("https://charges.vendor.example", "charges.key")
        tour.check("the vendor has made exactly this key, and has no complaints",
                   [made["key"] for made in self.vendor.keys.values()] == [key] and not self.vendor.complaints)
        self.write("charges.key.header", f"x-api-key: {key}\n")
        status, _ = tour.curl("GET", self.vendor.url + "/v1/charges", bearer="charges.key")
        tour.check("it is good at the vendor", status == 200)
        self.found["d) vendor's key"] = hashlib.sha256(key.encode()).hexdigest()
        self.at_vendor = Watch(self.vendor.url + "/v1/charges", lambda status, body: status == 401, headers={"x-api-key": key},
                               authority=tour.authority)

    def token(self, name):
        with open(self.tour.path(name), encoding="utf-8") as file:
            return file.read()

    # -- the second and the third

    def ask(self, *words):
        done = subprocess.run([self.tour.dragoman, *words, "-o", "json"], text=True, capture_output=True, timeout=30, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def traced(self):
        tour = self.tour
        tour.scene("Four credentials found somewhere: whose?",
                   "Somebody finds one in a log. What it is recognised by is enough: a token's own id, and of keys the\n"
                   "fingerprint, a hash, that lists show in their place.")
        leases = {lease.get("target"): lease for lease in self.ask("lease", "list") or []}
        self.found["b) key of ours"] = leases.get("shop", {}).get("fingerprint", "")
        kept = self.ask("connection", "show", "model").get("asks", {}).get("kept", [{}])
        self.found["c) vaulted key"] = kept[0].get("fingerprint", "")
        for name, target in (("a) JWT", "reports"), ("b) key of ours", "shop"), ("c) vaulted key", "model"),
                             ("d) vendor's key", "charges")):
            tour.scene_extra(f"{name}:")
            done = tour.run("trace", self.found[name] or "-", shows_only=None if name.startswith("a") else asked_alone)
            tour.check(f"it leads to the billing agent and to {target}",
                       done.returncode == 0 and "system:serviceaccount:agents:billing" in done.stdout and target in done.stdout)
        tour.check("none of these keys is in what the gateway keeps or logs", not self.is_kept_anywhere())

    def is_kept_anywhere(self):
        keys = [self.token("shop.key"), self.token("charges.key"), self.vendor.static_key, self.vendor.secret]
        names = [name for name in os.listdir(self.tour.state) if name.endswith(".log")]
        for name in names + ["store/" + name for name in os.listdir(self.tour.path("store"))]:
            with open(self.tour.path(name), "rb") as file:
                content = file.read()
            if any(key.encode() in content for key in keys):
                return True
        return False

    def ended(self):
        tour = self.tour
        tour.scene("One kill, four deaths, by the clock",
                   "All four hang on one root: the token that the agent showed. Each is asked about where it is used, over\n"
                   "and over, while the root is killed.")
        watches = {"a) JWT": ("at introspection", self.at_reports), "b) key of ours": ("at nginx", self.at_nginx),
                   "c) vaulted key": ("through egress", self.at_egress), "d) vendor's key": ("at the vendor", self.at_vendor)}
        for _, watch in watches.values():
            watch.start()
        began = time.perf_counter()
        done = tour.run("kill", "root", self.root, "--reason", "the agent misbehaves")
        printed = time.perf_counter()
        for _, watch in watches.values():
            watch.join(GIVE_UP_S)
        tour.check("the command says what it ended", done.returncode == 0 and "credentials dead" in done.stdout)
        tour.say(f"{'credential':<18}{'where it is used':<20}{'dead after':>12}{'answers until then':>22}", 2)
        for name, (where, watch) in watches.items():
            took = f"{(watch.dead_at - began) * 1000:.1f} ms" if watch.dead_at else str(watch.problem or "never")
            tour.say(f"{name:<18}{where:<20}{took:>12}{watch.calls:>22}", 2)
        tour.say(f"{'dragoman kill':<18}{'has printed':<20}{(printed - began) * 1000:>9.1f} ms", 2)
        for name, (where, watch) in watches.items():
            tour.check(f"{name[3:]}: good before, dead {where} now", watch.was_alive and watch.dead_at is not None)
        tour.check("the vendor's list of keys is empty, and it has no complaints",
                   not self.vendor.keys and not self.vendor.complaints)
        done = tour.run("exchange", "--client-assertion-file", tour.path("one.jwt"), "--subject-token-file",
                        tour.path("one.jwt"), "--subject-token-type", "jwt", "--audience", "https://shop.partner.example",
                        shows_output=False)
        tour.check("nothing new comes of that token", done.returncode != 0 and "drg_" not in done.stdout)
