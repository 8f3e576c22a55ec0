"""What may be shown of a person to everybody: a masked name and an age band (product.md section 3). Pure."""

from typing import Final

from chalicelib.base.text import tidy
from chalicelib.wishes.surnames import surname_length

ADULT_AGE: Final = 18
_OLDEST_BAND: Final = 90
_FEWEST_STARS_OF_LATIN: Final = 3


def mask_name(name: str) -> str:
    """The surname of `name` and stars: 秦明华 → 秦**, 欧阳涵燕 → 欧阳**, 王明 → 王*, John Smith → J***.

    Never more than the surname, of other scripts than Chinese never more than the first letter; at least one
    star, at most two for Chinese names, so that a long name does not give itself away by its length. A
    one-character name, and whatever does not begin with a letter, is all star.
    """
    plain = tidy(name, lines=False)
    letters = [character for character in plain if character.isalpha()]
    if len(letters) < 2 or not plain[0].isalpha():
        return "*"
    if not _is_han(plain[0]):
        return plain[0].upper() + "*" * _FEWEST_STARS_OF_LATIN
    # 阿布都·热合曼: what stands before the dot is the given name, so its length says nothing about a surname.
    shown = surname_length("".join(letters)) if plain.isalpha() else 1
    return plain[:shown] + "*" * min(len(letters) - shown, 2)


def mask_team(name: str, *places: str) -> str:
    """What is shown of a team: the longest of `places` its name begins with or its first character; ***.

    `places` are names the reader may see anyway: the own subdistrict, the committee where that is shown.
    A team's name is not personal, but people name teams after themselves (秦明华合唱队) or their house:
    two characters could be somebody's whole name.
    """
    plain = tidy(name, lines=False)
    known = max((place for place in places if place and plain.startswith(place)), key=len, default="")
    return f"{known or _first_letter(plain)}***"


def is_minor(birth_year: int, year: int) -> bool:
    """Whether somebody born in `birth_year` is a minor in `year`: under 18 by birth year (section 1)."""
    return year - birth_year < ADULT_AGE


def age_band(birth_year: int, year: int) -> str | None:
    """The band of an adult's age in `year`: "18-29", "30-39" ... "80-89", "90+"; None of a minor."""
    age = year - birth_year
    if age < ADULT_AGE:
        return None
    if age >= _OLDEST_BAND:
        return f"{_OLDEST_BAND}+"
    decade = age // 10 * 10
    return f"{ADULT_AGE}-29" if decade < 30 else f"{decade}-{decade + 9}"


def _first_letter(name: str) -> str:
    return name[0] if len(name) > 1 and name[0].isalpha() else ""


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or character >= "\U00020000"
