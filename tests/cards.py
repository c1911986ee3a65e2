"""What a person reads on an inspector's card, as numbers."""

from nnvis3d.network import wording

Lines = tuple[tuple[str, str], ...]


def written(text: str) -> float:
    """The number that is written so for people."""
    number = float(text.replace(wording.MINUS, "-").replace("%", "").strip())
    return number / 100 if "%" in text else number


def last_place(text: str) -> float:
    """What one more in the last digit of a written number is worth."""
    digits = text.replace("%", "").strip().partition(".")[2]
    return 10.0 ** -len(digits) / (100 if "%" in text else 1)


def first_result(lines: Lines) -> int:
    """Index of the line that the lines before it add up to."""
    return next(index for index, (what, _) in enumerate(lines) if what.startswith("="))


def adds_up(lines: Lines) -> bool:
    """Whether the numbers before the first result are its sum, up to the rounding of each."""
    at = first_result(lines)
    result = lines[at][1]
    total = sum(written(value) for _, value in lines[:at])
    return at > 1 and abs(total - written(result)) <= (at + 1) * last_place(result) / 2
