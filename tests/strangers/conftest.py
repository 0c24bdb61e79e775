"""Strangers' programs look at ours. Without Node.js they are skipped, but never in CI."""

from __future__ import annotations

import os

import pytest

from tests.strangers.node import Node, NoNode, installed

NOT_SHOWN = (
    "NOT SHOWN: that wechatpay-axios-plugin gets on with our WeChat Pay, and that a gateway joins"
    " our graph with Saleor's. Needs: "
)


@pytest.fixture(scope="session")
def node() -> Node:
    """Where CI is set its absence is a failure: there nobody reads what was skipped."""
    try:
        return installed()
    except NoNode as wanting:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{NOT_SHOWN}{wanting}")
