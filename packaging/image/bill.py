"""The bill of materials of the image, in CycloneDX 1.5: a component for each Debian package in it."""

import datetime
import hashlib
import json
import urllib.parse
import uuid


def package_url(package):
    source, source_version = package.source
    qualifiers = urllib.parse.urlencode({"arch": package.architecture, "distro": "debian-12", "upstream": f"{source}@{source_version}"}, safe="@:")
    return f"pkg:deb/debian/{urllib.parse.quote(package.name)}@{urllib.parse.quote(package.version)}?{qualifiers}"


def component(package):
    kind = "application" if package.name == "dragoman" else "library"
    return {
        "bom-ref": package.name, "type": kind, "name": package.name, "version": package.version,
        "supplier": {"name": package.fields["Maintainer"].partition(" <")[0]},
        "description": package.fields["Description"],
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(package.path.read_bytes()).hexdigest()}],
        "purl": package_url(package),
    }


def bill(packages, version, time):
    """JSON, with nothing in it that the packages and the time do not say."""
    components = [component(package) for package in packages.values()]
    about = {"bom-ref": "image", "type": "container", "name": "dragoman", "version": version}
    content = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "serialNumber": uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([about, components])).urn,
        "metadata": {"timestamp": datetime.datetime.fromtimestamp(time, datetime.timezone.utc).isoformat(), "component": about},
        "components": components,
        "dependencies": [{"ref": "image", "dependsOn": ["base-files", "dragoman"]}] + [
            {"ref": package.name, "dependsOn": sorted(package.depends_on() & packages.keys())} for package in packages.values()],
    }
    return json.dumps(content, indent=2) + "\n"
