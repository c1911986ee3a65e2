"""A tour's words as subtitle files: SubRip (.srt) and WebVTT (.vtt)."""

from dataclasses import replace
from math import inf

from nnvis3d.tour.timeline import Timeline, Words


def srt(timeline: Timeline, language: str, start: float = 0.0, end: float = inf) -> str:
    """SubRip, as players read it beside a video of the tour's seconds `start` to `end`."""
    blocks = [
        f"{number}\n{_clock(words.start, ',')} --> {_clock(words.end, ',')}\n{_lines(words, language)}\n"
        for number, words in enumerate(_between(timeline, start, end), 1)
    ]
    return "\n".join(blocks)


def vtt(timeline: Timeline, language: str, start: float = 0.0, end: float = inf) -> str:
    """WebVTT, as browsers read it beside a video of the tour's seconds `start` to `end`."""
    blocks = [
        f"{_clock(words.start, '.')} --> {_clock(words.end, '.')}\n{_lines(words, language)}\n"
        for words in _between(timeline, start, end)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def languages(timeline: Timeline) -> list[str]:
    """Those that its words are in."""
    return list(dict.fromkeys(language for words in _words(timeline) for language in words.text))


def _words(timeline: Timeline) -> list[Words]:
    return [event for event in timeline.events if isinstance(event, Words)]


def _between(timeline: Timeline, start: float, end: float) -> list[Words]:
    """What is read from `start` to `end`, in seconds since `start`."""
    cut = [(words, max(words.start, start), min(words.end, end)) for words in _words(timeline)]
    return [
        replace(words, start=first - start, seconds=last - first)
        for words, first, last in cut
        if last > first
    ]


def _lines(words: Words, language: str) -> str:
    text = "\n".join(line for line in words.lines(language) if line)
    return text.replace("-->", "→")  # it would end the cue


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    whole, rest = divmod(rest, 1000)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}{point}{rest:03d}"
