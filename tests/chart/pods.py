"""The rendered pods run: the gateway's, with an adapter that an init container copies, and helm test's beside it, outside
Kubernetes, by kubelet.py. What helm test does is so a test of its own: a real exchange, and refusals where there should be. Then
the gateway's once for each other way to the sealing key.

Needs root and name spaces; prints one line a test, and writes counts into the file named by DRAGOMAN_RESULT.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import kubelet

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("DRAGOMAN_BUILD", HERE.parents[1] / "build/asan")).resolve()
CHART = os.environ["DRAGOMAN_CHART_PROGRAM"]
HOST, ISSUER, PATIENCE_S = "gateway.example", "https://gateway.example", 120


def run(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, **options).stdout


def make_certificates(folder):
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=test",
        "-keyout", folder / "ca.key", "-out", folder / "ca.crt")
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={HOST}",
        "-keyout", folder / "tls.key", "-out", folder / "tls.csr")
    (folder / "names").write_text(f"subjectAltName=DNS:{HOST}\n")
    run("openssl", "x509", "-req", "-in", folder / "tls.csr", "-CA", folder / "ca.crt", "-CAkey", folder / "ca.key", "-CAcreateserial",
        "-days", "2", "-extfile", folder / "names", "-out", folder / "tls.crt")
    return {name: (folder / name).read_text() for name in ("ca.crt", "tls.crt", "tls.key")}


def make_fixture(folder, name):
    """Public keys and the token of an issuer that has no private key any more."""
    keys = run(BUILD / "cli/dragoman", "issuer", "fixture", "https://fixture.dragoman.test", "--audience", ISSUER,
               "--token-file", folder / name)
    return json.loads(keys), (folder / name).read_text()


class Stage:
    def __init__(self, folder):
        self.folder = folder
        folder.chmod(0o755)
        certificates = make_certificates(folder)
        run(BUILD / "gateway/dragomand", "make-sealing-key", folder / "sealing.key")
        jwks, self.token = make_fixture(folder, "token")
        _, self.token_of_another = make_fixture(folder, "another")
        self.image = folder / "image"
        self.image.mkdir()
        shutil.copy(BUILD / "gateway/dragomand", self.image)
        shutil.copy(BUILD / "cli/dragoman", self.image)
        adapter = folder / "adapter"
        adapter.mkdir()
        shutil.copy(BUILD / "adapters/vendor_key/vendor_key", adapter)
        program = folder / "kms"
        program.mkdir()
        (program / "kms-decrypt").write_text('#!/bin/sh\nexec cat "$KMS_ANSWER/$1"\n')
        self.key = (folder / "sealing.key").read_text()
        self.things = {("Secret", "tls"): certificates, ("Secret", "sealing"): {"sealing.key": self.key}, ("Secret", "fixture"): {"token": self.token}}
        self.images = {"adapter": adapter, "kms": program}
        self.render({"existingSecret": "sealing"}, {
            "adapters": {"images": [{
                "name": "vendor-key", "image": "adapter", "program": "vendor_key",
                "sha256": hashlib.sha256((adapter / "vendor_key").read_bytes()).hexdigest(),
                "command": ["install", "-D", "-m", "0555", "/adapter/vendor_key", "/adapters/programs/vendor_key"],
                "spec": {"network": "any", "limits": {"memory": 65536}}}]},
            "tests": {"exchange": {"enabled": True, "existingSecret": "fixture", "jwks": jwks}},
        })

    def render(self, sealing, others):
        gateway = {"issuer": ISSUER, "tls": {"existingSecret": "tls"}, "sealing": sealing, "drainSeconds": 20, "stopDelaySeconds": 0,
                   "settings": {"limits": {"threads": 2}}}
        (self.folder / "values.yaml").write_text(json.dumps({"gateway": gateway, **others}))
        self.objects = json.loads(run(CHART, "render", self.folder / "values.yaml", cwd=HERE))
        self.things.update({("ConfigMap", each["metadata"]["name"]): each["data"] for each in self.objects if each["kind"] == "ConfigMap"})

    def rendered(self, kind):
        return next(each for each in self.objects if each["kind"] == kind)

    def start_gateway(self, name):
        template = self.rendered("StatefulSet")["spec"]
        spec = template["template"]["spec"]
        spec["volumes"].append({"name": "store", "persistentVolumeClaim": {}})  # by the StatefulSet's claim
        self.pod = kubelet.Pod(self.folder / name, spec, self.things, self.image, self.images)
        self.pod.initialise()
        self.container = spec["containers"][0]
        self.gateway = self.pod.start(self.container, ["/usr/bin/dragomand"])
        self.log = []
        self.reader = threading.Thread(target=lambda: self.log.extend(self.gateway.stdout), daemon=True)
        self.reader.start()

    def wait_until_ready(self):
        self.until(lambda: self.probe(self.container["readinessProbe"]) == "200", "the gateway is ready")

    def end_gateway(self):
        self.gateway.terminate()
        assert self.gateway.wait(timeout=PATIENCE_S) == 0, "".join(self.log[-40:])

    def dragoman(self, *words, given=None):
        """dragoman in the gateway's container: how it ended and what it said."""
        process = self.pod.execute(self.container, ["/usr/bin/dragoman", *words], stdin=subprocess.PIPE)
        said, _ = process.communicate(given, timeout=PATIENCE_S)
        return process.returncode, said

    def probe(self, probe):
        """As a kubelet does: no certificate is looked at."""
        look = probe["httpGet"]
        url = f"{look['scheme'].lower()}://127.0.0.1:9443{look['path']}"
        return subprocess.run(["curl", "-ks", "-o", "/dev/null", "-w", "%{http_code}", url], capture_output=True, text=True, check=False).stdout

    def until(self, holds, what):
        end = time.monotonic() + PATIENCE_S
        while not holds():
            if self.gateway.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"not so: {what}\n{''.join(self.log[-40:])}")
            time.sleep(0.1)

    def helm_test(self, name, token):
        """What helm test's pod says and how it ends. Its Service is this machine: nothing resolves names here."""
        spec = json.loads(json.dumps(self.rendered("Pod")["spec"]))
        container = spec["containers"][0]
        container["args"] = [word if not word.startswith("--connect-to=") else "--connect-to=127.0.0.1:8443" for word in container["args"]]
        things = {**self.things, ("Secret", "fixture"): {"token": token}}
        process = kubelet.Pod(self.folder / name, spec, things, self.image).start(container, [])
        said, _ = process.communicate(timeout=PATIENCE_S)
        return process.returncode, said


def the_gateway_serves_as_a_user_nobody_knows_with_a_read_only_root(stage):
    stage.start_gateway("gateway")
    stage.wait_until_ready()
    for path in ("/livez", "/readyz", "/metrics"):
        assert stage.probe({"httpGet": {"scheme": "HTTPS", "path": path}}) == "200", path


def an_adapter_that_an_init_container_copied_runs_confined(stage):
    stage.until(lambda: any("adapter_program_started" in line for line in stage.log), "the adapter has started")
    line = next(line for line in stage.log if "adapter_program_started" in line)
    assert json.loads(line)["landlock_version"] >= 1, line


def helm_test_finds_metadata_keys_refusals_and_a_granted_exchange(stage):
    code, said = stage.helm_test("test", stage.token)
    assert code == 0, said
    found = [line.split(":")[0] for line in said.splitlines() if line.startswith("ok ")]
    assert found == ["ok discovery", "ok keys", "ok an exchange with nobody's token is refused",
                     "ok an exchange with an altered token is refused", "ok a granted exchange"], said


def helm_test_fails_with_a_token_of_another_key(stage):
    code, said = stage.helm_test("test-another", stage.token_of_another)
    assert code == 1 and "the exchange was not granted" in said, said


def it_drains_and_ends_well(stage):
    stage.end_gateway()


def the_sealing_key_comes_from_a_program_that_an_init_container_copied(stage):
    safe = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    stage.render({"command": ["/opt/kms/kms-decrypt", "sealing.key"], "commandEnvironment": ["KMS_ANSWER"]}, {
        "secretFiles": ["sealing"],
        "extraEnv": [{"name": "KMS_ANSWER", "value": "/etc/dragoman/secrets/sealing"}],
        "extraVolumes": [{"name": "kms", "emptyDir": {}}],
        "extraVolumeMounts": [{"name": "kms", "mountPath": "/opt/kms", "subPath": "programs", "readOnly": True}],
        "extraInitContainers": [{
            "name": "kms", "image": "kms", "securityContext": safe, "volumeMounts": [{"name": "kms", "mountPath": "/kms"}],
            "command": ["install", "-D", "-m", "0555", "/adapter/kms-decrypt", "/kms/programs/kms-decrypt"]}]})
    stage.start_gateway("sealing-command")
    stage.wait_until_ready()
    stage.end_gateway()


def the_sealing_key_comes_from_a_variable_of_a_secret(stage):
    stage.render({"environment": {"existingSecret": "sealing"}}, {})
    stage.start_gateway("sealing-environment")
    stage.wait_until_ready()
    stage.end_gateway()


def a_pod_that_waits_for_an_operators_key_is_live_and_started_and_ready_once_it_has_it(stage):
    stage.render({"manual": True}, {})
    stage.start_gateway("sealing-manual")
    probes = [stage.container[name] for name in ("startupProbe", "livenessProbe", "readinessProbe")]
    stage.until(lambda: [stage.probe(probe) for probe in probes] == ["200", "200", "503"], "the gateway is sealed")
    code, said = stage.dragoman("seal", "status")
    assert "operator" in said or "manual" in said, (code, said)
    code, said = stage.dragoman("unseal", given=stage.key)
    assert code == 0 and "unsealed" in said, said
    stage.wait_until_ready()
    stage.end_gateway()


TESTS = (the_gateway_serves_as_a_user_nobody_knows_with_a_read_only_root, an_adapter_that_an_init_container_copied_runs_confined,
         helm_test_finds_metadata_keys_refusals_and_a_granted_exchange, helm_test_fails_with_a_token_of_another_key, it_drains_and_ends_well,
         the_sealing_key_comes_from_a_program_that_an_init_container_copied, the_sealing_key_comes_from_a_variable_of_a_secret,
         a_pod_that_waits_for_an_operators_key_is_live_and_started_and_ready_once_it_has_it)


def finish(passed, failed, skipped):
    if result := os.environ.get("DRAGOMAN_RESULT"):
        pathlib.Path(result).write_text(f"{passed} {failed} {skipped}\n")
    return 1 if failed else 0


def main():
    if "DRAGOMAN_OWN_SPACES" not in os.environ:
        trial = subprocess.run(["unshare", "--mount", "--net", "--propagation", "private", "true"], capture_output=True, text=True, check=False)
        if os.geteuid() != 0 or trial.returncode != 0:
            print(f"skipped the rendered pods run: that needs root and name spaces ({trial.stderr.strip()})")
            return finish(0, 0, len(TESTS))
        os.environ["DRAGOMAN_OWN_SPACES"] = "yes"
        os.execvp("unshare", ["unshare", "--mount", "--net", "--propagation", "private", sys.executable, __file__])
    kubelet.loopback_up()
    passed = 0
    with tempfile.TemporaryDirectory(prefix="dragoman-pods-", ignore_cleanup_errors=True) as folder:
        # A file system of its own, which goes with the name space and holds every mount of the pods.
        kubelet.mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", folder)
        stage = None
        try:
            stage = Stage(pathlib.Path(folder))
            for test in TESTS:
                test(stage)
                passed += 1
                print("ok", test.__name__.replace("_", " "))
        except (AssertionError, RuntimeError, OSError, subprocess.SubprocessError) as problem:
            print("not ok", TESTS[passed].__name__.replace("_", " "))
            print(f"    {problem}\n    {getattr(problem, 'stderr', '') or ''}")
        finally:
            gateway = getattr(stage, "gateway", None)
            if gateway is not None and gateway.poll() is None:
                gateway.kill()
            subprocess.run(["umount", "-l", folder], check=False)
    return finish(passed, len(TESTS) - passed, 0)


if __name__ == "__main__":
    sys.exit(main())
