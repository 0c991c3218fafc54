"""The files of the image, and the one layer they make: the same bytes whenever it is made of the same packages.

Files keep the paths of their packages, below /usr where /bin, /lib and /sbin point today. What nobody needs where nobody
logs in stays out; licences stay in. /var/lib/dpkg says what is there, for scanners.
"""

import hashlib
import io
import re
import tarfile

USER = 10001
LEFT_OUT = re.compile(
    r"usr/share/(?:man|locale|lintian|bash-completion|zsh|fish|bug|base-files|info|pixmaps|dict)/"
    r"|usr/share/doc/[^/]+/(?!copyright$)|usr/share/doc-base/|usr/share/gcc/|usr/share/gdb/|usr/share/libc-bin/"
    r"|usr/lib/[^/]+/(?:gconv|audit|pkcs11)/|usr/lib/systemd/|usr/lib/tmpfiles.d/|usr/lib/sysusers.d/|etc/(?:systemd|init\.d|default)/"
    r"|etc/(?:profile\.d|skel|opt|ca-certificates|update-motd\.d)/|etc/(?:issue|motd|host\.conf|profile)|etc/dragoman/.+|usr/s?bin/(?!dragoman)"
    r"|usr/share/ca-certificates/|usr/share/keyrings/|root/|home/|media/|mnt/|opt/|srv/|boot/|proc/|sys/|dev/|run/|tmp/|var/")

# What is not a package's: the user, names, empty folders to mount on, and where the gateway writes. The group of those is
# root's, as that is the group of whatever user OpenShift chooses.
TEXTS = {
    "etc/passwd": "root:x:0:0:root:/root:/usr/sbin/nologin\n"
                  f"dragoman:x:{USER}:{USER}:Dragoman:/var/lib/dragoman:/usr/sbin/nologin\n",
    "etc/group": f"root:x:0:\ndragoman:x:{USER}:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
FOLDERS = {"dev": 0o755, "proc": 0o755, "sys": 0o755, "run": 0o755, "tmp": 0o1777, "var": 0o755, "var/lib": 0o755, "etc/dragoman": 0o755}
OURS = ("var/lib/dragoman", "run/dragoman")
LINKS = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64"}


class Root:
    def __init__(self, time):
        self.time = time
        self.entries = {}
        self.authorities = []

    def add(self, path, content=b"", *, kind=tarfile.REGTYPE, mode=0o644, user=0, group=0, target=""):
        entry = tarfile.TarInfo(path)
        entry.type, entry.mode, entry.uid, entry.gid, entry.linkname = kind, mode, user, group, target
        entry.size, entry.mtime = len(content), self.time
        self.entries[path] = (entry, content)

    def add_folder(self, path, mode=0o755, user=0):
        self.add(path, kind=tarfile.DIRTYPE, mode=mode, user=user)

    def add_package(self, package):
        """Its files that are wanted, and what dpkg would have noted of it."""
        paths = []
        with package.tar("--fsys-tarfile") as files:
            for entry in files:
                path = re.sub(r"^(bin|sbin|lib|lib64)/", r"usr/\1/", entry.name.removeprefix("./").strip("/"))
                if re.fullmatch(r"usr/share/ca-certificates/mozilla/.*\.crt", path):
                    self.authorities.append((path, files.extractfile(entry).read()))
                if entry.isdir() or path == "" or LEFT_OUT.match(path):
                    continue
                content = files.extractfile(entry).read() if entry.isreg() else b""
                self.add(path, content, kind=entry.type, mode=entry.mode & 0o755, target=entry.linkname)
                paths.append(path)
        self.note(package, paths)

    def note(self, package, paths):
        same = package.fields.get("Multi-Arch") == "same"
        name = f"var/lib/dpkg/info/{package.name}" + (f":{package.architecture}" if same else "")
        sums = "".join(f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}  {path}\n"
                       for path in sorted(paths) for entry, content in [self.entries[path]] if entry.isreg())
        self.add(f"{name}.list", "".join(f"/{path}\n" for path in sorted(paths)).encode())
        self.add(f"{name}.md5sums", sums.encode())

    def finish(self, packages):
        status = "\n".join(re.sub("^(Package: .*\n)", r"\1Status: install ok installed" + "\n", package.control) for package in packages)
        self.add("var/lib/dpkg/status", status.encode())
        self.add("etc/ssl/certs/ca-certificates.crt", b"".join(content for _, content in sorted(self.authorities)))
        self.add("usr/lib/ssl/certs", kind=tarfile.SYMTYPE, mode=0o777, target="/etc/ssl/certs")
        self.add("usr/lib/ssl/cert.pem", kind=tarfile.SYMTYPE, mode=0o777, target="/etc/ssl/certs/ca-certificates.crt")
        for path, text in TEXTS.items():
            self.add(path, text.encode())
        for path, target in LINKS.items():
            self.add(path, kind=tarfile.SYMTYPE, mode=0o777, target=target)
        for path, mode in FOLDERS.items():
            self.add_folder(path, mode)
        for path in OURS:
            self.add_folder(path, 0o770, USER)
        for path in list(self.entries):
            while "/" in path:
                path = path.rpartition("/")[0]
                if path not in self.entries:
                    self.add_folder(path)

    def write(self, path):
        with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as layer:
            for _, (entry, content) in sorted(self.entries.items()):
                layer.addfile(entry, io.BytesIO(content))
