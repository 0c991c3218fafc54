"""What a node does with a pod, as far as a test needs it: volumes with the owners, modes and links that a kubelet gives them,
init containers one after the other, and each container in a root of its own, read-only, as a user nobody knows, in the pod's group.

Runs inside name spaces for mounts and the network that are its own (unshare --mount --net), as root. An image is two
folders: the system's /usr and one with our programs.
"""

import fcntl
import os
import pathlib
import shutil
import socket
import struct
import subprocess

USER = 54321
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def loopback_up():
    """A new network name space has its loopback down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", b"lo", 0)
        flags, = struct.unpack("16xH14x", fcntl.ioctl(control, SIOCGIFFLAGS, request))
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


def owned(path, mode, group=0):
    os.chown(path, 0, group)
    os.chmod(path, mode)


class Pod:
    """spec: a rendered pod's; things: (kind, name) of ConfigMaps and Secrets to their data; programs: a folder with the image's
    usr/bin; images: folders that images of init containers have at /adapter."""

    def __init__(self, folder, spec, things, programs, images=None):
        self.folder, self.spec, self.things = pathlib.Path(folder), spec, things
        self.programs, self.images = pathlib.Path(programs), images or {}
        self.group = spec["securityContext"].get("fsGroup", 0)
        self.volumes = {}
        for volume in spec.get("volumes", []):
            self.volumes[volume["name"]] = self._volume(volume)

    def _volume(self, volume):
        folder = self.folder / "volumes" / volume["name"]
        folder.mkdir(parents=True)
        if "emptyDir" in volume or "persistentVolumeClaim" in volume:
            owned(folder, 0o2777 if "emptyDir" in volume else 0o2775, self.group)
            return folder
        source = volume.get("secret") or volume.get("configMap") or volume["projected"]
        sources = source["sources"] if "sources" in source else [{key: volume[key] for key in ("secret", "configMap") if key in volume}]
        files = {}
        for each in sources:
            kind = "Secret" if "secret" in each else "ConfigMap"
            named = each["secret" if kind == "Secret" else "configMap"]
            data = self.things[kind, named.get("name") or named["secretName"]]
            chosen = named.get("items") or [{"key": key, "path": key} for key in data]
            files.update({item["path"]: data[item["key"]] for item in chosen})
        self._write_atomically(folder, files, source.get("defaultMode", 0o644))
        return folder

    def _write_atomically(self, folder, files, mode):
        """Names are links into ..data, which is a link to the folder of the moment; a group of the pod's may read."""
        moment = folder / "..2026_11_30"
        moment.mkdir()
        for name, text in files.items():
            (moment / name).write_text(text)
            owned(moment / name, mode | 0o440, self.group)
            (folder / name).symlink_to(f"..data/{name}")
        (folder / "..data").symlink_to(moment.name)
        owned(moment, 0o2755, self.group)
        owned(folder, 0o3777, self.group)

    def _root_of(self, container):
        return self.folder / "roots" / container["name"]

    def _root(self, container):
        root = self._root_of(container)
        root.mkdir(parents=True)
        mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", root)
        for name in ("usr", "etc", "proc", "dev", "opt/adapters", "var/lib/dragoman", "run", "image", "adapter", "adapters"):
            (root / name).mkdir(parents=True)
        for name in ("bin", "sbin", "lib", "lib64"):
            (root / name).symlink_to(f"usr/{name}")
        mount("--bind", "-o", "ro", "/usr", root / "usr")
        mount("--bind", "-o", "ro", self.programs, root / "image")
        mount("--rbind", "/dev", root / "dev")
        mount("-t", "proc", "proc", root / "proc")
        for name in ("ssl", "nsswitch.conf", "passwd", "group", "ld.so.cache", "hosts", "alternatives"):
            if pathlib.Path("/etc", name).is_dir():
                shutil.copytree(f"/etc/{name}", root / "etc" / name, symlinks=True, ignore=shutil.ignore_patterns("private"))
            elif pathlib.Path("/etc", name).exists():
                shutil.copy(f"/etc/{name}", root / "etc" / name)
        image = self.images.get(container.get("image"))
        if image:
            mount("--bind", "-o", "ro", image, root / "adapter")
        for each in sorted(container.get("volumeMounts", []), key=lambda each: each["mountPath"]):
            place, source = root / each["mountPath"].lstrip("/"), self.volumes[each["name"]] / each.get("subPath", "")
            place.mkdir(parents=True, exist_ok=True)
            mount("--bind", source, place)
            if each.get("readOnly"):
                mount("-o", "remount,bind,ro", place)
        if container["securityContext"]["readOnlyRootFilesystem"]:
            mount("-o", "remount,ro", root)
        return root

    def _environment(self, container):
        variables = dict(os.environ)
        for each in container.get("env", []):
            named = each.get("valueFrom", {}).get("secretKeyRef")
            variables[each["name"]] = self.things["Secret", named["name"]][named["key"]] if named else each["value"]
        return variables

    def start(self, container, entrypoint, **options):
        """The container's process. entrypoint: the image's, where the container has no command of its own."""
        return self._run_in(self._root(container), container, container.get("command", entrypoint) + container.get("args", []), **options)

    def execute(self, container, words, **options):
        """As kubectl exec has it: a process beside the container's."""
        return self._run_in(self._root_of(container), container, words, **options)

    def _run_in(self, root, container, words, **options):
        program = words[0] if not words[0].startswith("/usr/bin/dragoman") else "/image/" + os.path.basename(words[0])
        return subprocess.Popen(
            ["chroot", f"--userspec={USER}:0", f"--groups=0,{self.group}", root, program, *words[1:]],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self._environment(container), **options)

    def initialise(self):
        for container in self.spec.get("initContainers", []):
            process = self.start(container, [])
            said, _ = process.communicate()
            if process.returncode != 0:
                raise RuntimeError(f"{container['name']}: {said}")
