"""Sentences in the caller's language: zh-CN by default, English on request."""

from typing import Final

from chalicelib.base.messages import MESSAGES

CHINESE: Final = "zh-CN"
ENGLISH: Final = "en"


def say(code: str, language: str, **values: object) -> str:
    """The sentence of `code` in the language, with `values` filled in; the code itself where none is written."""
    sentences = MESSAGES.get(code)
    if sentences is None:
        return code
    return sentences[language == ENGLISH].format(**values)


def preferred(header: str | None) -> str:
    """The language of an Accept-Language header: the best of zh and en by weight, zh-CN when in doubt."""
    best, weight = CHINESE, 0.0
    for choice in (header or "").split(",")[:20]:
        name, _, quality = choice.replace(" ", "").partition(";q=")
        try:
            wanted = float(quality) if quality else 1.0
        except ValueError:
            continue
        tag = name.lower().partition("-")[0]
        if tag in ("zh", "en") and wanted > weight:
            best, weight = (CHINESE if tag == "zh" else ENGLISH), wanted
    return best
