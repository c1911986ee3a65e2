"""The exhibit's words, one file a language; an exhibit may put words of its own in their place."""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from nnvis3d.errors import UserError
from nnvis3d.kiosk.config import KioskConfig
from nnvis3d.kiosk.config_shown import LANGUAGES
from nnvis3d.kiosk.shaping import RIGHT_TO_LEFT
from nnvis3d.resources import resource


@dataclass(frozen=True)
class Catalogue:
    """The words of one language."""

    language: str
    """"en"."""
    texts: Mapping[str, str]

    @property
    def right_to_left(self) -> bool:
        return self.language in RIGHT_TO_LEFT

    def say(self, key: str, **values: object) -> str:
        """The text, in reading order, with {braces} filled in.

        Raises:
            KeyError: no such text, or a value that it needs is missing.
        """
        return self.texts[key].format(**values)


def braces(text: str) -> frozenset[str]:
    """What is to be filled in."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@cache
def shipped(language: str) -> Catalogue:
    """
    Raises:
        UserError: the installation lacks it or it is damaged.
    """
    path = resource("assets", f"kiosk/languages/{language}.toml")
    try:
        texts = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: damaged ({error}); reinstall with `pip install nnvis3d`") from error
    return Catalogue(language, texts)


def catalogues(config: KioskConfig) -> dict[str, Catalogue]:
    """Those that the exhibit offers, in that order, with its own texts.

    Raises:
        UserError: an own text that there is not, or that is filled in differently.
    """
    return {language: _with_own(shipped(language), config) for language in config.languages.offered}


def _with_own(catalogue: Catalogue, config: KioskConfig) -> Catalogue:
    own = dict(config.exhibit.texts.get(catalogue.language, {}))
    if title := config.exhibit.title.get(catalogue.language):
        own["attract_title"] = title
    for key, text in own.items():
        where = f"exhibit.texts.{catalogue.language}.{key}"
        if key not in catalogue.texts:
            raise UserError(f"{where}: there is no such text; see assets/kiosk/languages/en.toml")
        try:
            strange = braces(text) - braces(catalogue.texts[key])
        except ValueError as error:
            raise UserError(f"{where}: {error}") from error
        if strange:
            raise UserError(f"{where}: nothing is known to fill in for {{{sorted(strange)[0]}}}")
    return Catalogue(catalogue.language, {**catalogue.texts, **own})


def characters() -> str:
    """Every character of every catalogue as it is drawn: what the subsets of the fonts must have."""
    from nnvis3d.kiosk.shaping import shaped

    drawn = {c for language in LANGUAGES for text in shipped(language).texts.values() for c in shaped(text)}
    return "".join(sorted(drawn))
