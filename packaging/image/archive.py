"""Debian packages as the image needs them: which are needed, fetched by apt, and what is in each.

apt decides, as if nothing were installed but what STAND_INS names: what only maintainer scripts need, and none runs here.
"""

import io
import pathlib
import re
import subprocess
import tarfile

STAND_INS = {
    "adduser": "dragoman's postinst makes its user; the image has it in /etc/passwd",
    "debconf": "libssl3 and ca-certificates ask nothing here",
    "init-system-helpers": "there is no init",
    "mawk": "base-files wants an awk for its postinst",
    "openssl": "ca-certificates hashes with it; the image has the bundle alone",
}

PREFERENCES = """Package: *
Pin: release o=Debian
Pin-Priority: 900

Package: *
Pin: release *
Pin-Priority: -1
"""


class Package:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.control = subprocess.run(["dpkg-deb", "--field", path], check=True, capture_output=True, text=True).stdout
        self.fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", self.control, re.M))
        self.name, self.version, self.architecture = (self.fields[field] for field in ("Package", "Version", "Architecture"))

    @property
    def source(self):
        """Name and version of the source package, by which vulnerabilities are listed."""
        name, _, version = self.fields.get("Source", self.name).partition(" ")
        return name, version.strip("()") or self.version

    def tar(self, kind):
        return tarfile.open(fileobj=io.BytesIO(subprocess.run(["dpkg-deb", kind, self.path], check=True, capture_output=True).stdout))

    def depends_on(self):
        """Every name that it says it needs, alternatives included."""
        wanted = ", ".join(self.fields.get(field, "") for field in ("Pre-Depends", "Depends"))
        return set(re.findall(r"(?:^|[,|]) *([a-z0-9][a-z0-9+.-]+)", wanted))


def stand_in(name):
    provides = {"mawk": "Provides: awk\n", "debconf": "Provides: debconf-2.0\n"}.get(name, "")
    return (f"Package: {name}\nStatus: install ok installed\nVersion: 99999\nArchitecture: all\nMulti-Arch: foreign\n"
            f"Maintainer: nobody\n{provides}Description: {STAND_INS[name]}\n")


def fetch(wanted, folder):
    """Packages that the wanted ones (names, or paths of .deb files) need, themselves included, by name."""
    folder = pathlib.Path(folder)
    archives = folder / "archives"
    (archives / "partial").mkdir(parents=True, exist_ok=True)
    (folder / "status").write_text("\n".join(map(stand_in, STAND_INS)))
    (folder / "preferences").write_text(PREFERENCES)
    apt = ["apt-get", "--quiet", "--yes", "--no-install-recommends", f"--option=Dir::State::status={folder}/status",
           f"--option=Dir::Etc::preferences={folder}/preferences", "--option=Dir::Etc::preferencesparts=/dev/null",
           f"--option=Dir::Cache::archives={archives}", "--option=Debug::NoLocking=1", "--option=APT::Sandbox::User=root",
           "--option=Acquire::Retries=3", "install", *wanted]
    planned = subprocess.run([*apt, "--simulate"], check=True, capture_output=True, text=True).stdout
    subprocess.run([*apt, "--download-only"], check=True, capture_output=True, text=True)
    # Inst libc6 (2.36-9+deb12u14 Debian:12.15/stable [amd64]); a colon of a version is %3a in the name of its file.
    fetched = [archives / f"{name}_{version.replace(':', '%3a')}_{architecture}.deb"
               for name, version, architecture in re.findall(r"^Inst (\S+) \((\S+) Debian.*\[(\w+)\]\)", planned, re.M)]
    local = [path for path in wanted if path.endswith(".deb")]
    if len(fetched) + len(local) != planned.count("\nInst "):
        raise ValueError(f"not everything that is needed comes from Debian's archive:\n{planned}")
    return {package.name: package for package in sorted(map(Package, [*fetched, *local]), key=lambda package: package.name)}
