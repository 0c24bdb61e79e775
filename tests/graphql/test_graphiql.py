"""The page to try the API by hand …"""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

import httpx
import pytest
from pytest_django import Settings

from saleor_wechat_returns.graphql.graphiql import STATIC
from tests.graphql.raw import post
from tests.test_settings import COMPLETE, read
from tests.world import World

FOLDER = files("saleor_wechat_returns") / "graphql" / "static" / "graphiql"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def open_page(world: World, accept: str = BROWSER) -> httpx.Response:
    return world.us.get(f"/s/{world.shop.row.key}/graphql/", headers={"Accept": accept})


@pytest.fixture
def is_on(settings: Settings) -> None:
    settings.GRAPHIQL = True


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        (COMPLETE, "false"),
        (COMPLETE | {"GRAPHIQL": "1"}, "true"),
        ({"DEBUG": "1"}, "true"),
        ({"DEBUG": "1", "GRAPHIQL": "0"}, "false"),
    ],
)
def test_is_on_with_debug_or_when_asked_for(variables: dict[str, str], shown: str) -> None:
    assert read("GRAPHIQL", **variables).stdout == f"{shown}\n"


def test_is_not_there_when_off(world: World) -> None:
    page = open_page(world)

    assert (page.status_code, page.headers["Allow"], page.content) == (405, "POST", b"")
    assert {world.us.get(f"/graphiql/{name}").status_code for name in STATIC} == {404}


@pytest.mark.usefixtures("is_on")
def test_refers_to_nothing_outside(world: World) -> None:
    page = open_page(world)

    assert page.status_code == 200
    referred = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert referred == [
        "data:,",
        "/graphiql/graphiql.min.css",
        "/graphiql/page.css",
        "/graphiql/react.production.min.js",
        "/graphiql/react-dom.production.min.js",
        "/graphiql/graphiql.min.js",
        "/graphiql/page.js",
    ]
    assert "://" not in page.text
    for own in ("page.js", "page.css"):
        assert "://" not in (FOLDER / own).read_text("utf-8")
    css = (FOLDER / "graphiql.min.css").read_text("utf-8")
    assert all(url.startswith("data:") for url in re.findall(r"url\(([^)]{0,9})", css))
    assert "@import" not in css


@pytest.mark.usefixtures("is_on")
def test_lets_nothing_run_but_its_own_files(world: World) -> None:
    page = open_page(world)

    (nonce,) = re.findall(r'nonce="([^"]*)"', page.text)
    assert page.headers["Content-Security-Policy"] == (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}';"
        " connect-src 'self'; font-src data:; img-src data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert re.search(r"<script(?![^>]*src=)", page.text) is None
    assert "<style" not in page.text


@pytest.mark.usefixtures("is_on")
def test_has_a_nonce_of_its_own_each_time(world: World) -> None:
    pages = [open_page(world) for _ in range(3)]

    assert len({page.headers["Content-Security-Policy"] for page in pages}) == 3
    assert {page.headers["Cache-Control"] for page in pages} == {"no-store"}


@pytest.mark.usefixtures("is_on")
def test_is_served_with_each_of_its_files(world: World) -> None:
    for name, kind in STATIC.items():
        answer = world.us.get(f"/graphiql/{name}")
        assert answer.content == (FOLDER / name).read_bytes()
        assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.usefixtures("is_on")
@pytest.mark.parametrize(
    "name",
    ["", "README.md", "index.html", "LICENSES.txt", "..%2F..%2Fview.py", "%2e%2e/view.py", "%00"],
)
def test_is_served_with_no_other_file(world: World, name: str) -> None:
    assert world.us.get(f"/graphiql/{name}").status_code == 404


@pytest.mark.usefixtures("is_on")
@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_is_for_browsers(world: World, accept: str) -> None:
    assert open_page(world, accept).status_code == 405


@pytest.mark.usefixtures("is_on")
def test_leaves_the_api_alone(world: World) -> None:
    answer = post(world.shop, b'{"query": "{ __typename }"}', Accept=BROWSER)

    assert answer.json() == {"data": {"__typename": "Query"}}


def test_is_made_of_the_files_that_are_named_with_their_sums() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")

    told = dict(re.findall(r"^\| (\S+) \| .* \| ([0-9a-f]{64}) \|$", readme, flags=re.MULTILINE))

    assert set(told) == {name for name in STATIC if not name.startswith("page.")}
    for name, digest in told.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def test_is_published_with_its_licences() -> None:
    licences = (FOLDER / "LICENSES.txt").read_text("utf-8")

    for holder in ("GraphQL Contributors", "Facebook, Inc.", "Fira Code", "Apache License"):
        assert holder in licences
