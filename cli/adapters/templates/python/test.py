"""Tests of @NAME@: python3 test_@NAME@.py, and dragoman adapter test for the protocol."""
import hashlib
import importlib.machinery
import importlib.util
import pathlib
import time
import unittest

LOADER = importlib.machinery.SourceFileLoader("adapter", str(pathlib.Path(__file__).with_name("@NAME@.py")))
adapter = importlib.util.module_from_spec(importlib.util.spec_from_loader("adapter", LOADER))
LOADER.exec_module(adapter)
SETTINGS = {"secret": "0123456789abcdef0123456789abcdef"}


def order(**changes):
    return {"deadline_ms": 1000, "lease": "L1", "target": {"name": "t", "settings": SETTINGS}, "subject": {"issuer": "i", "subject": "alice"},
            "actors": [], "scopes": ["read"], "expires_at": int(time.time()) + 60, **changes}


def mint(**changes):
    return adapter.outcome(adapter.Call({"deadline_ms": 1000}), "mint", order(**changes))


class Minting(unittest.TestCase):
    def test_makes_what_was_ordered_and_no_more(self):
        asked = order()
        made = mint(expires_at=asked["expires_at"])["result"]
        self.assertEqual(made["expires_at"], asked["expires_at"])
        self.assertEqual(made["scopes"], ["read"])
        self.assertEqual(made["fingerprint"], hashlib.sha256(made["credential"].encode()).hexdigest())

    def test_refuses_settings_with_mistakes(self):
        self.assertEqual(mint(target={"settings": {"secret": "short"}})["error"]["code"], -32003)

    def test_refuses_what_would_have_ended(self):
        self.assertEqual(mint(expires_at=1)["error"]["code"], -32001)

    def test_says_where_a_mistake_is(self):
        self.assertEqual([m["path"] for m in adapter.mistakes({"secret": 1, "a/b": 2})], ["/a~1b", "/secret"])


if __name__ == "__main__":
    unittest.main()
