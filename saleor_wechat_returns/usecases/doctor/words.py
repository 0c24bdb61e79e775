"""What each finding means and what to do next: Chinese first, English beside."""

from __future__ import annotations

from collections.abc import Mapping

from .courier_words import COURIERS
from .findings import Code, Finding, Level, Words
from .saleor_words import SALEOR
from .service_words import SERVICE
from .wechat_words import WECHAT

WORDS: Mapping[Code, Words] = SERVICE | SALEOR | WECHAT | COURIERS


def level_of(finding: Finding) -> Level:
    return WORDS[finding.code].level


def words_of(finding: Finding) -> Words:
    """The words with the facts filled in."""
    words, facts = WORDS[finding.code], finding.facts
    return Words(
        words.level,
        words.zh.format_map(facts),
        words.en.format_map(facts),
        words.remedy_zh.format_map(facts),
        words.remedy_en.format_map(facts),
    )
