"""`nnvis3d doctor`: what this machine has, what is missing, what to do."""

import argparse
import json
from dataclasses import asdict

from nnvis3d.commands.checks import Check, Report, examine
from nnvis3d.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """
    Raises:
        UserError: the main job cannot run here, neither in a window nor without one.
    """
    report = examine()
    print(json.dumps(_as_json(report)) if options.json else _as_text(report))
    problem = report.problem
    if problem is not None:
        remedy = f"; do this: {problem.fix}" if problem.fix else ""
        raise UserError(f"the main job cannot run here, {problem.name}: {problem.found}{remedy}")
    return 0


def _as_json(report: Report) -> dict:
    return {
        "ok": report.problem is None,
        "window": any(check.name == "OpenGL, window" and check.status == "ok" for check in report.checks),
        **report.facts,
        "checks": [asdict(check) for check in report.checks],
    }


def _as_text(report: Report) -> str:
    width = max(len(check.name) for check in report.checks)
    return "\n".join(line for check in report.checks for line in _lines(check, width))


def _lines(check: Check, width: int) -> list[str]:
    lines = [f"{check.status:<9} {check.name:<{width}}  {check.found}"]
    if check.fix:
        lines.append(f"{'':<9} {'':<{width}}  -> {check.fix}")
    return lines
