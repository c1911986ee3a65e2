"""Says to the kiosk's screens what there is to show: a pure function of visit, catalogue and facts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nnvis3d.kiosk.catalogue import Catalogue
from nnvis3d.kiosk.config import KioskConfig
from nnvis3d.kiosk.shaping import shaped
from nnvis3d.network.spec import LayerSpec, NetworkSpec
from nnvis3d.scene.hud.answer import percent
from nnvis3d.scene.hud.kiosk_state import (
    KioskAnswer,
    KioskButton,
    KioskService,
    KioskState,
    KioskWarning,
)
from nnvis3d.scene.hud.state import Choice, Invocation, Picture, SceneLabel
from nnvis3d.tools.kiosk_knock import ServiceDoor
from nnvis3d.tools.kiosk_visit import Visit

UNKNOWN = "?"
"""Where the digit will be."""
_KINDS = {"input": "layer_input", "conv": "layer_conv", "linear": "layer_dense"}


@dataclass(frozen=True)
class Facts:
    """What the rest of the program knows in this tick."""

    waking: bool = False
    """Whether the network is still being loaded."""
    guesses: tuple[tuple[str, float], ...] = ()
    drawn: bool = False
    """Whether anything is on the pad."""
    labels: tuple[SceneLabel, ...] = ()
    pen: tuple[float, float] | None = None
    asked: tuple[int, float] | None = None
    """Of the neuron that was touched: how many values it reads, and what it says."""
    running: str = ""
    """The sum of the step that is shown."""
    won: bool = False
    breath: float = 0.0
    code: Picture | None = None
    closed: bool = False
    opens: str = ""
    """When, if it is known."""
    totals: Mapping[str, str] | None = None
    """Text's key -> how much, for the service menu."""
    errors: tuple[str, ...] = ()
    volume: float | None = None
    """Of the sounds, 0-1; None: there are none."""


class KioskPresenter:
    """Knows the words."""

    def __init__(self, config: KioskConfig, catalogues: Mapping[str, Catalogue]):
        self.config, self.catalogues = config, catalogues
        self.languages = tuple(Choice(name, one.say("language")) for name, one in catalogues.items())

    def button_texts(self) -> list[list[str]]:
        """Words of the buttons of every screen in every language, for the layout."""
        found = []
        for words in self.catalogues.values():
            for keys in self._button_keys():
                found.append([words.say(key) for key in keys])
        return found

    def _button_keys(self) -> list[list[str]]:
        draw = ["clear", "guide", "challenge", "home", "pause", "done"]
        if self.config.network.results:
            draw.insert(3, "result_take")
        guide = ["back", "again", "clear", "leave", "next"]
        service = ["service_restart", "service_quit", "service_calibration", "close"]
        if self.config.sound.enabled:
            service[2:2] = ["service_quieter", "service_louder"]
        return [
            draw,
            guide,
            ["attract_begin", "pause"],
            ["clear", "challenge_next", "home", "leave"],
            service,
        ]

    def state(self, visit: Visit, door: ServiceDoor, facts: Facts) -> KioskState:
        words = self.catalogues[visit.language]
        state = KioskState(
            screen=visit.screen,
            languages=self.languages,
            language=visit.language,
            right_to_left=words.right_to_left,
            labels=facts.labels,
            breath=facts.breath,
            moving=visit.moving,
        )
        if door.shown == "calibration":
            buttons = (_button("close", words, "close", "kiosk_service", "back"),)
            text = words.say("calibration_line")
            return replace(
                state, screen="calibration", text=text, buttons=buttons, marks=door.marks, labels=()
            )
        if door.shown:
            return self._service(state, words, door, facts)
        if facts.closed:
            text = words.say("closed_until", time=facts.opens) if facts.opens else ""
            dim = self.config.hours.dim
            return replace(state, screen="closed", title=words.say("closed"), text=text, dim=dim, labels=())
        state = getattr(self, f"_{visit.screen}")(state, words, visit, facts)
        return replace(
            state,
            answer=_answer(words, facts),
            warning=self._warning(words, visit),
            code=facts.code,
            code_text=words.say("result_scan"),
        )

    # screens

    def _attract(self, state: KioskState, words: Catalogue, visit: Visit, facts: Facts) -> KioskState:
        buttons = (
            replace(_button("attract_begin", words, "finger", "kiosk_begin", inviting=True), large=True),
            _pause(words, visit),
        )
        title, text = words.say("attract_title"), words.say("attract_line")
        return replace(state, title=title, text=text, buttons=buttons, pen=facts.pen)

    def _draw(self, state: KioskState, words: Catalogue, visit: Visit, facts: Facts) -> KioskState:
        buttons = [_button("clear", words, "clear", "kiosk_clear")]
        if self.config.visit.guide:
            buttons.append(_button("guide", words, "help", "kiosk_guide", inviting=facts.drawn))
        if self.config.visit.challenges:
            buttons.append(_button("challenge", words, "target", "kiosk_challenge"))
        if self.config.network.results and facts.drawn:
            buttons.append(_button("result_take", words, "save", "kiosk_result"))
        buttons += [
            _button("home", words, "home", "kiosk_home"),
            _pause(words, visit),
            _button("done", words, "close", "kiosk_done"),
        ]
        text = words.say("draw_look")
        return replace(state, title=words.say("draw_prompt"), text=text, buttons=tuple(buttons))

    def _guide(self, state: KioskState, words: Catalogue, visit: Visit, facts: Facts) -> KioskState:
        step = visit.step + 1
        drawn, taken = visit.pair or (0, 0)
        text = words.say(f"guide_{step}_text", **({"drawn": drawn, "taken": taken} if step == 5 else {}))
        if step == 3 and facts.asked is not None:
            count, value = facts.asked
            text = words.say("guide_3_found", count=count, value=f"{value:.2f}")
        where = words.say("step", step=step, steps=visit.steps)
        title = f"{where}{' ' if visit.language == 'ja' else ': '}{words.say(f'guide_{step}_title')}"
        note = facts.running if step == 4 else _won(words, visit) if step == 5 and facts.won else ""
        buttons = self._guide_buttons(words, visit, facts, step)
        return replace(
            state, title=title, text=text, step=(visit.step, visit.steps), buttons=buttons, note=note
        )

    def _guide_buttons(
        self, words: Catalogue, visit: Visit, facts: Facts, step: int
    ) -> tuple[KioskButton, ...]:
        turned = words.right_to_left
        back, on = ("next", "previous") if turned else ("previous", "next")
        buttons = [] if step == 1 else [_button("back", words, back, "kiosk_back")]
        if step in (1, 5):
            buttons.append(_button("clear", words, "clear", "kiosk_clear"))
        elif step == 3:
            buttons.append(_button("show_me", words, "eye", "kiosk_again"))
        else:
            buttons.append(_button("again", words, "reset", "kiosk_again"))
        buttons.append(_button("leave", words, "pen", "kiosk_free"))
        ready = {1: facts.drawn, 3: facts.asked is not None, 5: facts.won}.get(step, True)
        last = step == visit.steps
        key, icon = ("done", "check") if last else ("next", on)
        buttons.append(_button(key, words, icon, "kiosk_next", inviting=ready))
        return tuple(buttons)

    def _challenge(self, state: KioskState, words: Catalogue, visit: Visit, facts: Facts) -> KioskState:
        drawn, taken = visit.pair or (0, 0)
        buttons = (
            _button("clear", words, "clear", "kiosk_clear"),
            _button("challenge_next", words, "target", "kiosk_other", inviting=facts.won),
            _button("home", words, "home", "kiosk_home"),
            _button("leave", words, "pen", "kiosk_free"),
        )
        return replace(
            state,
            title=words.say("challenge_title", drawn=drawn, taken=taken),
            text=words.say("challenge_hint"),
            buttons=buttons,
            note=_won(words, visit) if facts.won else "",
        )

    def _warning(self, words: Catalogue, visit: Visit) -> KioskWarning | None:
        left = visit.left
        if left is None:
            return None
        seconds = max(1, round(left + 0.5))
        return KioskWarning(
            words.say("warning_title"),
            words.say("warning_text", seconds=seconds),
            words.say("warning_stay"),
            seconds / self.config.visit.warning_seconds,
        )

    def _service(self, state: KioskState, words: Catalogue, door: ServiceDoor, facts: Facts) -> KioskState:
        title = words.say("service_title")
        state = replace(state, screen="service", labels=())
        if door.shown == "pin":
            locked = round(door.locked + 0.5)
            prompt = words.say("service_wrong", seconds=locked) if door.locked else words.say("service_pin")
            length = len(self.config.service.pin)
            keys = KioskService(title, prompt, len(door.entered), length)
            return replace(state, service=keys)
        rows = tuple((words.say(key), much) for key, much in (facts.totals or {}).items())
        if facts.volume is not None:
            rows += ((words.say("status_volume"), percent(facts.volume)),)
        errors = facts.errors or (words.say("service_no_errors"),)
        menu = KioskService(title, rows=rows, errors_title=words.say("service_errors"), errors=errors)
        return replace(state, service=menu, buttons=self._service_buttons(words, door, facts))

    def _service_buttons(self, words: Catalogue, door: ServiceDoor, facts: Facts) -> tuple[KioskButton, ...]:
        buttons = []
        for key, icon, what in (("restart", "reset", "restart"), ("quit", "close", "quit")):
            sure = door.sure == what
            text = "service_really" if sure else f"service_{key}"
            buttons.append(replace(_button(text, words, icon, "kiosk_service", what), name=what, on=sure))
        if facts.volume is not None:
            for what, icon in (("quieter", "minus"), ("louder", "plus")):
                buttons.append(_button(f"service_{what}", words, icon, "kiosk_service", what))
        buttons.append(_button("service_calibration", words, "fullscreen", "kiosk_service", "calibrate"))
        buttons.append(_button("close", words, "check", "kiosk_service", "back"))
        return tuple(buttons)


def _button(
    key: str, words: Catalogue, icon: str, action: str, argument: object = None, inviting: bool = False
) -> KioskButton:
    return KioskButton(key, words.say(key), icon, Invocation(action, argument), inviting)


def _pause(words: Catalogue, visit: Visit) -> KioskButton:
    """Motion can be stopped, and started again (WCAG 2.2.2)."""
    icon, key = ("pause", "pause") if visit.moving else ("play", "resume")
    return replace(_button(key, words, icon, "kiosk_pause"), name="pause")


def _won(words: Catalogue, visit: Visit) -> str:
    drawn, taken = visit.pair or (0, 0)
    return words.say("challenge_won", drawn=drawn, taken=taken)


def _answer(words: Catalogue, facts: Facts) -> KioskAnswer:
    if facts.waking:
        return KioskAnswer(words.say("waking"))
    if not facts.guesses or not facts.drawn:
        return KioskAnswer(words.say("answer_is"), UNKNOWN)
    (digit, share), *others = facts.guesses
    second = words.say("answer_or", digit=others[0][0], percent=percent(others[0][1])) if others else ""
    return KioskAnswer(words.say("answer_is"), digit, percent(share), second)


def layer_titles(spec: NetworkSpec, words: Catalogue) -> dict[str, str]:
    """Layer -> its title in this language; a kind that the catalogues have no word for keeps its own."""
    titles: dict[str, str] = {}
    counts: dict[str, int] = {}
    for layer in spec.layers:
        key = _title_key(spec, layer)
        if key is None:
            titles[layer.name] = layer.title
            continue
        counts[key] = counts.get(key, 0) + 1
        titles[layer.name] = words.say(key, number=counts[key])
    return titles


def _title_key(spec: NetworkSpec, layer: LayerSpec) -> str | None:
    if layer is spec.output:
        return "layer_output"
    return "layer_pool" if "pool" in layer.kind else _KINDS.get(layer.kind)


def in_words(labels: tuple[SceneLabel, ...], titles: Mapping[str, str]) -> tuple[SceneLabel, ...]:
    """Labels with the layers' titles in the visitor's language; what is no layer's stays."""
    return tuple(_worded(label, titles) for label in labels)


def _worded(label: SceneLabel, titles: Mapping[str, str]) -> SceneLabel:
    kind, _, name = label.key.partition("/")
    if kind != "layer" or name not in titles:
        return label
    title = titles[name]
    words = title.rsplit(" ", 1) if label.head > 1 else [title]
    lines = tuple(f"\u2009{shaped(word)}\u2009" for word in words)  # neighbours keep apart
    return replace(label, lines=lines, head=len(words))
