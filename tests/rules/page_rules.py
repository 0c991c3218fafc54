"""Rules of pages: links that lead somewhere, and no page that nobody finds."""

import posixpath
import re

from source import files, text


def without_blocks(page):
    return re.sub(r"^```.*?^```", "", text(page), flags=re.S | re.M)


def anchors(page):
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", without_blocks(page), re.M)}


def links(page):
    """Where each link inside the project leads: (as written, path, anchor)."""
    for link in re.findall(r"\]\(([^)\s]+)\)", without_blocks(page)):
        if "://" not in link and not link.startswith("mailto:"):
            path, _, anchor = link.partition("#")
            yield link, posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page, anchor


def pages(folder=""):
    return [name for name in files() if name.endswith(".md") and name.startswith(folder)]


def rule_links_between_pages_lead_somewhere():
    broken = []
    for page in pages():
        for link, path, anchor in links(page):
            if path not in files() and not any(name.startswith(path + "/") for name in files()):
                broken.append(f"{page} links {link}, which is not there")
            elif anchor and path.endswith(".md") and anchor not in anchors(path):
                broken.append(f"{page} links {link}, and {path} has no such heading")
    return broken


def rule_the_readme_links_every_page_of_docs():
    """But for decisions, policies and presets, which have pages of their own that list them."""
    linked = {path for _, path, _ in links("README.md")}
    return [f"README.md does not link {page}" for page in pages("docs/")
            if not page.startswith(("docs/decisions/", "docs/policies/", "docs/adapters/saas-oauth/")) and page not in linked]
