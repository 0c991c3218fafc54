"""The tour of scripts/demo: the scenes of Tour.walk against a running dragoman-dev, each shown as the request a person can read, the
curl or dragoman line they can paste, and the answer. Every scene checks what it expects; the exit status is 1 if any
expectation failed. Standard library only; requests are made by curl itself, so that what is shown is what was run."""
import argparse
import base64
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap

from agent_tools import AgentTools
from connected_account import ConnectedAccount
from four_credentials import FourCredentials

WIDTH = 92
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
AUDIENCE = "https://orders.partner.example"

HAS_COLOURS = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
IS_UTF8 = any("utf" in os.environ.get(name, "").lower() for name in ("LC_ALL", "LC_CTYPE", "LANG"))


def ink(code, text):
    return f"\033[{code}m{text}\033[0m" if HAS_COLOURS else text


def bold(text):
    return ink("1", text)


def dim(text):
    return ink("2", text)


def sign(utf8, plain):
    return utf8 if IS_UTF8 else plain


def say(text, indent=0):
    for line in text.split("\n"):
        print((" " * indent + line).rstrip())
    say.is_at_gap = False


def gap():
    """One empty line, never two."""
    if not say.is_at_gap:
        print(flush=True)
    say.is_at_gap = True


say.is_at_gap = False


def decode(token):
    def part(segment):
        return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))

    header, claims, _ = token.split(".")
    return part(header), part(claims)


def pretty(value, names, indent=2, room=WIDTH):
    """JSON as people read it: short lists on one line, long sentences wrapped, tokens cut short (names says which file
    they are in)."""
    pad = " " * indent
    if isinstance(value, dict):
        lines = []
        for key, member in value.items():
            if isinstance(member, str) and (key in names or member.startswith("eyJ")):
                where = f", in {names[key]}" if key in names else ""
                member = f"{member[:min(12, len(member) // 3)]}... ({len(member)} characters{where})"
            shown = pretty(member, names, indent + 2, WIDTH - len(pad) - len(key) - 5)
            if len(pad) + len(key) + 4 + len(shown) > WIDTH and isinstance(member, str):
                hanging = " " * (len(pad) + len(key) + 5)
                shown = textwrap.fill(shown, WIDTH, initial_indent=hanging, subsequent_indent=hanging).lstrip()
            lines.append(f'{pad}"{key}": {shown}')
        return "{\n" + ",\n".join(lines) + "\n" + pad[2:] + "}" if lines else "{}"
    if isinstance(value, list):
        members = [pretty(member, names, indent + 2) for member in value]
        line = "[" + ", ".join(members) + "]"
        if len(line) <= room and "\n" not in line:
            return line
        if any(isinstance(member, (dict, list)) for member in value):
            return "[\n" + ",\n".join(pad + member for member in members) + "\n" + pad[2:] + "]"
        wrapped = textwrap.fill(", ".join(members), WIDTH, initial_indent=pad, subsequent_indent=pad)
        return "[\n" + wrapped + "\n" + pad[2:] + "]"
    return json.dumps(value, ensure_ascii=not IS_UTF8)


POLICIES = """\
@id("delegated")
@max_lifetime("1m")
permit(principal is Agent, action == Action::"exchange", resource);

@id("no-newsletters")
@reason("Orders are not read for newsletters.")
forbid(principal, action == Action::"exchange", resource == Target::"partner-orders")
when { context has purpose && context.purpose like "*newsletter*" };
"""


class Tour:
    def __init__(self, options):
        self.gateway = os.environ["DRAGOMAN_GATEWAY"]
        self.authority = os.environ["DRAGOMAN_CA_FILE"]
        self.issuers = os.environ["DRAGOMAN_DEV_ISSUERS"]
        self.partner = os.environ["DRAGOMAN_DEV_PARTNER"]
        self.state = os.environ["DRAGOMAN_DEV_STATE"]
        self.dragoman = options.dragoman
        self.scene_number = 0
        self.failures = []

    # -- showing

    @staticmethod
    def say(text, indent=0):
        say(text, indent)

    @staticmethod
    def gap():
        gap()

    def scene(self, title, why):
        self.scene_number += 1
        rule = sign("─", "-")
        heading = f"{rule * 2} {self.scene_number}  {title} "
        gap()
        say(bold(heading + rule * (WIDTH - len(heading))))
        say(why)
        gap()

    def check(self, expectation, is_met):
        mark = ink("32", sign("✓", "ok")) if is_met else ink("31", sign("✗", "FAILED"))
        say(f"{mark} {expectation}", 2)
        if not is_met:
            self.failures.append(f"scene {self.scene_number}: {expectation}")

    def show_request(self, method, url, form, bearer):
        gap()
        say(f"{bold(method)} {url}", 2)
        if bearer:
            with open(self.path(bearer + ".header")) as file:
                shown = re.sub(r"\S+\n?$", f"(what is in {bearer})", file.read())
            say(shown, 4)
        width = max((len(name) for name, _ in form), default=0)
        for name, value in form:
            shown = f"(the token in {os.path.basename(value[1:])})" if value.startswith("@") else value
            say(f"{name:<{width}}  {shown}", 4)
        gap()

    def show_command(self, words, tail=()):
        """A command as a line to paste, an option kept with its value, broken with backslashes where it is too long."""
        pieces = []
        for word in words:
            belongs_to_option = pieces and pieces[-1].startswith("-") and " " not in pieces[-1] and pieces[-1] != "-s"
            if belongs_to_option and not word.startswith("--"):
                pieces[-1] += " " + shlex.quote(word)
            else:
                pieces.append(shlex.quote(word))
        gap()
        lines, line = [], "$ " + pieces[0]
        for piece in pieces[1:] + list(tail):
            if len(line) + 1 + len(piece) > WIDTH - 4 or piece.startswith(("-d ", "--data-urlencode")):
                lines.append(line + " \\")
                line = "    " + piece
            else:
                line += " " + piece
        say(dim("\n".join(lines + [line])), 2)
        gap()

    def path(self, name):
        return os.path.join(self.state, name)

    def save(self, name, token):
        """The token for forms, and the header for curl's -H @FILE, so that no token is on a command line."""
        for path, content in ((name, token), (name + ".header", "Authorization: Bearer " + token + "\n")):
            with open(os.open(self.path(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(content)

    # -- doing

    def curl(self, method, url, form=(), bearer=None, names=None):
        words = ["curl", "-s", "--cacert", self.authority]
        if method == "POST" and not form:
            words += ["-X", "POST"]
        for name, value in form:
            if value.startswith("@"):
                words += ["--data-urlencode", name + value]
            else:
                words += ["-d" if re.fullmatch(r"[\w:/.-]+", value) else "--data-urlencode", f"{name}={value}"]
        if bearer:
            words += ["-H", "@" + self.path(bearer + ".header")]
        words.append(url)
        self.show_request(method, url, form, bearer)
        self.show_command(words)
        done = subprocess.run(words + ["-w", "\n%{http_code} %{http_version}"], text=True, capture_output=True,
                              timeout=30, check=False)
        body, _, trailer = done.stdout.rpartition("\n")
        status, version = (trailer.split() + ["000", "?"])[:2]
        try:
            answer = json.loads(body)
        except ValueError:
            title = re.search(r"<title>([^<]*)</title>", body)
            answer = {"a page": title[1]} if title else {"not JSON": body, "curl": done.stderr}
        good = status.startswith("2")
        say(f"{ink('32' if good else '31', status)} {dim('HTTP/' + version)}", 2)
        say(pretty(answer, names or {}), 2)
        gap()
        return int(status), answer

    def run(self, *words, stdin_file=None, stdout_file=None, shows_output=True, shows_only=None):
        tail = [f"< {self.path(stdin_file)}"] if stdin_file else []
        tail += [f"> {self.path(stdout_file)}"] if stdout_file else []
        self.show_command(["dragoman", *words], tail)
        with open(self.path(stdin_file) if stdin_file else os.devnull) as source:
            done = subprocess.run([self.dragoman, *words], stdin=source, text=True, capture_output=True, timeout=30,
                                  check=False)
        if stdout_file:
            with open(self.path(stdout_file), "w") as file:
                file.write(done.stdout)
        if stdout_file and shows_output:
            say(dim(f"what is in {stdout_file} now:"), 2)
        output = done.stdout if shows_output else ""
        if shows_only and done.returncode == 0:
            output = shows_only(output)
        say((output + done.stderr).rstrip("\n"), 2)
        gap()
        return done

    def exchange(self, user_token, scope, audience=AUDIENCE, file=None, purpose=None):
        form = [("grant_type", EXCHANGE), ("client_assertion_type", ASSERTION),
                ("client_assertion", "@" + self.path("agent.jwt")), ("subject_token_type", ACCESS_TOKEN),
                ("subject_token", "@" + self.path(user_token)), ("audience", audience), ("scope", scope)]
        if purpose:
            form.append(("dragoman_purpose", purpose))
        names = {"access_token": file} if file else {}
        status, answer = self.curl("POST", self.gateway + "/token", form, names=names)
        if file and "access_token" in answer:
            self.save(file, answer["access_token"])
        return status, answer

    # -- the scenes

    def metadata(self):
        self.scene("What the gateway says about itself",
                   "Clients find everything from one URL (RFC 8414), so nothing but that URL is configured.")
        status, answer = self.curl("GET", self.gateway + "/.well-known/oauth-authorization-server")
        self.check("the metadata is served over HTTP and names this gateway",
                   status == 200 and answer.get("issuer") == self.gateway)
        self.check("token exchange is among its grants", EXCHANGE in answer.get("grant_types_supported", []))

    def agent_token(self):
        self.scene("The agent gets a token from the platform it runs on",
                   "It has no secret and is registered nowhere: the cluster vouches for it, as Kubernetes does for a\n"
                   "pod. (Here a fixture plays the cluster.)")
        status, answer = self.curl("POST", self.issuers + "/cluster/token?serviceaccount=billing",
                                   names={"access_token": "agent.jwt"})
        self.check("the cluster hands out a token", status == 200)
        self.save("agent.jwt", answer.get("access_token", ""))
        self.run("token", "inspect", stdin_file="agent.jwt")

    def user_token(self):
        self.scene("Alice logs in",
                   "Her token is from her company's identity provider and meant for the gateway. It allows her to read\n"
                   "orders, and nothing else.")
        status, answer = self.curl("POST", self.issuers + "/corp/login", [("user", "alice")],
                                   names={"access_token": "alice.jwt"})
        self.check("the identity provider hands out a token", status == 200)
        self.save("alice.jwt", answer.get("access_token", ""))

    def translation(self):
        self.scene("The exchange: one token in, another domain's token out",
                   "The agent shows who it is and for whom it acts, and names the partner's order service.")
        status, answer = self.exchange("alice.jwt", "orders:read", file="partner.jwt")
        self.check("the exchange is granted", status == 200)
        if status != 200:
            return
        header, claims = decode(answer["access_token"])
        self.exchange_id = answer.get("dragoman_exchange", "")
        self.root = claims.get("txn", "")
        say("What is in the new token:", 2)
        actor = claims.get("act", {})
        for name, value, meaning in (("typ", header.get("typ"), "an access token, RFC 9068"),
                                     ("iss", claims.get("iss"), "the gateway, whom the partner trusts"),
                                     ("sub", claims.get("sub"), "for whom"),
                                     ("act", actor.get("sub"), "through whom"),
                                     ("aud", claims.get("aud"), "for what"),
                                     ("scope", claims.get("scope"), "to do what"),
                                     ("txn", claims.get("txn"), "the root of the tree it belongs to")):
            shown = str(value)
            say(f"{name:<6}{shown if len(shown) < 45 else shown[:42] + '...':<46}{dim(meaning)}", 4)
        gap()
        audiences = claims.get("aud")
        self.check("it is about alice", claims.get("sub") == "alice")
        self.check("it names the agent as the one who acts", "billing" in str(actor.get("sub")))
        self.check("it is for the partner's service and nobody else", audiences in (AUDIENCE, [AUDIENCE]))
        self.check("it may read orders and nothing else", claims.get("scope") == "orders:read")
        self.check("it knows where it came from", bool(claims.get("txn")) and claims.get("jti") == self.exchange_id)

    def resource(self):
        self.scene("The partner's service believes it, after looking for itself",
                   "It is independent code in another language: it fetches the gateway's keys and checks signature,\n"
                   "issuer, audience, type, time and scope.")
        status, answer = self.curl("GET", self.partner + "/orders", bearer="partner.jwt")
        self.check("the service answers", status == 200)
        self.check("it greets alice and knows who is calling for her",
                   answer.get("hello") == "alice" and "billing" in str(answer.get("via")))
        self.scene_extra("Alice's own token gets nobody in there: it is meant for somebody else.")
        status, answer = self.curl("GET", self.partner + "/orders", bearer="alice.jwt")
        self.check("alice's own token is refused", status == 401)

    def scene_extra(self, text):
        gap()
        say(text)
        gap()

    def widening(self):
        self.scene("Asking for more than alice has",
                   "She may read orders. The agent asks to write them too: authority never grows along a chain.")
        status, answer = self.exchange("alice.jwt", "orders:read orders:write")
        self.check("the gateway refuses with invalid_scope", status == 400 and answer.get("error") == "invalid_scope")
        refused = answer.get("dragoman_exchange", "")
        self.scene_extra("Which check said no, and which document decided:")
        done = self.run("explain", refused)
        self.check("explain shows the check that failed", done.returncode == 0 and "scope_wider" in done.stdout)

    def trace(self):
        self.scene("Who triggered this?",
                   "Every answer was recorded before it left. From any credential the way goes back to a person.")
        done = self.run("trace", self.exchange_id)
        first = done.stdout.split("\n", 1)[0]
        self.check("the first line names alice", done.returncode == 0 and "alice" in first)
        self.check("the tree shows the credential and the refused attempt",
                   self.exchange_id in done.stdout and "scope_wider" in done.stdout)

    def policy(self):
        self.scene("One policy for every domain",
                   "Whatever the documents allow, policies decide at every exchange: on who acts for whom, for what, at\n"
                   "what risk. They are Cedar, checked before they are in force.")
        with open(self.path("agents.cedar"), "w") as file:
            file.write(POLICIES)
        say(dim("agents.cedar:"), 2)
        say(POLICIES.rstrip("\n"), 4)
        gap()
        done = self.run("policy", "validate", self.path("agents.cedar"))
        self.check("they fit the model", done.returncode == 0)
        done = self.run("apply", "-f", self.path("agents.cedar"))
        self.check("they are in force", done.returncode == 0 and "created" in done.stdout)
        status, answer = self.exchange("alice.jwt", "orders:read")
        self.check("the same exchange now lives a minute at most", status == 200 and answer.get("expires_in", 999) <= 60)
        status, answer = self.exchange("alice.jwt", "orders:read", purpose="collect names for the newsletter")
        self.check("for a newsletter it is refused, with the reason that the policy gives",
                   status == 400 and "not read for newsletters" in answer.get("error_description", ""))
        self.scene_extra("Which policy, which condition, and what it looked at:")
        done = self.run("explain", answer.get("dragoman_exchange", ""))
        self.check("explain names the condition", done.returncode == 0 and "agents/no-newsletters" in done.stdout)

    def taking_back(self):
        self.scene("Taking it back",
                   "Alice's job was a mistake. One kill of its root ends every credential of the tree and the login it\n"
                   "came from, in one row of the store, before the command prints.")
        done = self.run("kill", "root", self.root, "--reason", "wrong job")
        self.check("both credentials are dead, and the table says so",
                   done.returncode == 0 and "2 credentials dead" in done.stdout and self.exchange_id in done.stdout)
        status, answer = self.exchange("alice.jwt", "orders:read")
        self.check("nothing new comes of that login", status == 400 and "revoked" in answer.get("error_description", ""))
        self.scene_extra("Whoever asks later finds who ended what, and why, in the same tree:")
        done = self.run("trace", self.exchange_id)
        self.check("the tree shows the kill and what it ended",
                   "granted, killed" in done.stdout and "done kill: wrong job" in done.stdout)

    def now_yours(self):
        self.scene("Now yours",
                   "One URL and one token are enough to write the documents for an identity provider. Here it is acme,\n"
                   "which the gateway has never heard of; take your own instead.")
        status, answer = self.curl("POST", self.issuers + "/acme/login", [("user", "alice")],
                                   names={"access_token": "acme.jwt"})
        self.check("acme hands out a token", status == 200)
        self.save("acme.jwt", answer.get("access_token", ""))
        done = self.run("issuer", "add", self.issuers + "/acme", "--name", "acme", "--client", "billing-agents",
                        "--sample-token", "-", stdin_file="acme.jwt", stdout_file="acme.yaml")
        self.check("the documents are written", done.returncode == 0 and "kind: Issuer" in done.stdout)
        done = self.run("apply", "-f", self.path("acme.yaml"))
        self.check("the gateway takes them", done.returncode == 0 and "created" in done.stdout)
        done = self.run("exchange", "--client-assertion-file", self.path("agent.jwt"), "--subject-token-file",
                        self.path("acme.jwt"), "--audience", "https://api.example", stdout_file="api.jwt",
                        shows_output=False)
        self.check("and acme's alice is exchanged like anybody else",
                   done.returncode == 0 and decode(done.stdout.strip())[1]["aud"] in ("https://api.example",
                                                                                      ["https://api.example"]))

    def walk(self):
        self.exchange_id = self.root = ""
        four, connected, tools = FourCredentials(self), ConnectedAccount(self), AgentTools(self)
        try:
            for scene in (self.metadata, self.agent_token, self.user_token, self.translation, self.resource, self.widening,
                          self.trace, self.policy, self.taking_back, *four.scenes(), *connected.scenes(), self.now_yours,
                          *tools.scenes()):
                scene()
        finally:
            four.close()
            connected.close()
            tools.close()
        gap()
        if self.failures:
            say(ink("31", f"{len(self.failures)} expectations were not met:"))
            for failure in self.failures:
                say(failure, 2)
        else:
            say(ink("32", f"All {self.scene_number} scenes went as expected."))
        return 1 if self.failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dragoman", required=True, help="the command line program to run")
    sys.exit(Tour(parser.parse_args()).walk())


if __name__ == "__main__":
    main()
