"""The migration as the chart renders it, on a real PostgreSQL: its own role makes tables that belong to the gateway's, which finds
nothing left to do. Prints one line a test, and writes counts into the file named by DRAGOMAN_RESULT.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "kit"))
import postgres  # noqa: E402

BUILD = pathlib.Path(os.environ.get("DRAGOMAN_BUILD", HERE.parents[1] / "build/asan")).resolve()
CHART = os.environ["DRAGOMAN_CHART_PROGRAM"]
NAME = "the migration's own role makes tables that are the gateway's"


def ask(server, sql):
    return subprocess.run(["psql", "-h", server.folder, "-U", postgres.USER, "-d", "postgres", "-Atc", sql], check=True,
                          capture_output=True, text=True).stdout.split()


def migrate(server, folder, user, options=""):
    """The Job's configuration with this connection, given to dragomand as the Job does."""
    values = {"gateway": {"issuer": "https://gateway.example", "tls": {"existingSecret": "tls"}, "sealing": {"existingSecret": "sealing"}},
              "store": {"kind": "postgres", "postgres": {"connection": f"host={server.folder} dbname=postgres user=gateway"}},
              "migrations": {"connection": f"host={server.folder} dbname=postgres user={user}{options}"}}
    (folder / "values.yaml").write_text(json.dumps(values))
    objects = json.loads(subprocess.run([CHART, "render", folder / "values.yaml"], check=True, capture_output=True, text=True, cwd=HERE).stdout)
    documents = next(each["data"] for each in objects if each["metadata"]["name"] == "dragoman-migration" and each["kind"] == "ConfigMap")
    (folder / "gateway.yaml").write_text(documents["gateway.yaml"])
    job = next(each for each in objects if each["kind"] == "Job")["spec"]["template"]["spec"]["containers"][0]
    words = [word if word != "/etc/dragoman/documents" else folder / "gateway.yaml" for word in job["args"]]
    return subprocess.run([BUILD / "gateway/dragomand", *words], check=True, capture_output=True, text=True).stderr


def migration_belongs_to_the_gateway():
    with postgres.PrivatePostgres() as server, tempfile.TemporaryDirectory(prefix="dragoman-migration-") as folder:
        ask(server, "CREATE ROLE gateway LOGIN; CREATE ROLE migrator LOGIN IN ROLE gateway; GRANT CREATE ON DATABASE postgres TO gateway")
        made = migrate(server, pathlib.Path(folder), "migrator", " options='-c role=gateway'")
        assert "schema_migrated" in made, made
        owners = ask(server, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'dragoman'")
        assert owners == ["gateway"], owners
        again = migrate(server, pathlib.Path(folder), "gateway")
        assert "schema_migrated" not in again, again


def main():
    failed = 0
    try:
        migration_belongs_to_the_gateway()
        print("ok", NAME)
    except (AssertionError, RuntimeError, OSError, subprocess.SubprocessError) as problem:
        failed = 1
        print(f"not ok {NAME}\n    {problem}\n    {getattr(problem, 'stderr', '') or ''}")
    if result := os.environ.get("DRAGOMAN_RESULT"):
        pathlib.Path(result).write_text(f"{1 - failed} {failed} 0\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
