"""Makes the image's one layer and its bill of materials of a Debian package of ours and of Debian's archive.

    layer.py PACKAGE.deb WORK-FOLDER LAYER.tar BILL.json      (SOURCE_DATE_EPOCH is the time of everything in it)
"""

import os
import pathlib
import subprocess
import sys

import archive
import bill
import root


def main(package, folder, layer, materials):
    time = int(os.environ["SOURCE_DATE_EPOCH"])
    packages = archive.fetch(["base-files", package], folder)
    content = bill.bill(packages, packages["dragoman"].version, time)
    tree = root.Root(time)
    for each in packages.values():
        tree.add_package(each)
    tree.add("usr/share/doc/dragoman/bill-of-materials.cdx.json", content.encode())
    tree.finish(packages.values())
    tree.write(layer)
    pathlib.Path(materials).write_text(content)
    for each in packages.values():
        print(f"    {each.name} {each.version}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except subprocess.CalledProcessError as failed:
        sys.exit(f"{' '.join(map(str, failed.cmd))}\n{failed.stderr}")
