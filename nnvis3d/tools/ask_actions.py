"""Which named action asks what: keys, panels, clicks, tours and kiosks all come through here."""

from collections.abc import Callable
from dataclasses import dataclass

from nnvis3d.network.layout import Layout
from nnvis3d.network.spec import NeuronId
from nnvis3d.tools.actions import Actions
from nnvis3d.tools.ask_tool import AskTool
from nnvis3d.tools.find_box import Target
from nnvis3d.tools.neuron_walk import DIRECTIONS
from nnvis3d.tools.wave import Wave


@dataclass(frozen=True)
class AskPorts:
    """What asking needs of the rest of the program."""

    layout: Callable[[], Layout | None]
    """Where everything stands, or is going to stand."""
    fly_to: Callable[[Target], None]
    """Bring a layer, by name, or a neuron into the picture."""
    say: Callable[[str], None]
    """Show a line of words."""
    card_text: Callable[[object], str]
    """The card with an id, or for None the selection's, as text; "" where there is none."""
    copy: Callable[[str], str]
    """Put text into the clipboard; returns what to say of it."""
    save: Callable[[str], None]
    """Save the card with this id as a picture."""


def connect_ask(actions: Actions, ask: AskTool, wave: Wave, ports: AskPorts) -> None:
    """Register all that can be asked."""
    _connect_walk(actions, ask, ports)
    _connect_cards(actions, ask, ports)
    _connect_edges(actions, ask, ports)
    _connect_steps(actions, ask, wave, ports)
    _connect_find(actions, ask, ports)


def _say(ports: AskPorts, word: str) -> None:
    if word:
        ports.say(word)


def _connect_walk(actions: Actions, ask: AskTool, ports: AskPorts) -> None:
    def walk(direction: str) -> None:
        layout = ports.layout()
        if layout is not None:
            _say(ports, ask.walk(direction, layout))

    def layer(steps: int) -> None:
        layout = ports.layout()
        if layout is not None:
            _say(ports, ask.walk_layer(steps, layout))

    for direction in DIRECTIONS:
        actions.on(f"neuron_{direction}", _with(walk, direction))
    actions.on("next_layer", lambda _: layer(1))
    actions.on("previous_layer", lambda _: layer(-1))
    actions.on("select", lambda neuron: _say(ports, ask.click(_neuron(neuron))))


def _connect_cards(actions: Actions, ask: AskTool, ports: AskPorts) -> None:
    def copy(card: object) -> None:
        text = ports.card_text(card)
        _say(ports, ports.copy(text) if text else "Select a neuron first: its inspector is what is copied")

    def save(card: object) -> None:
        neuron = ask.cards.find(card)
        if neuron is None:
            ports.say("Open an inspector first: it is what is saved")
        else:
            ports.save(str(neuron))

    actions.on("inspect", lambda _: _say(ports, ask.inspect()))
    actions.on("inspector_pin", lambda card: _say(ports, ask.cards.pin(card)))
    actions.on("inspector_copy", copy)
    actions.on("inspector_save", save)
    actions.on("inspector_close", lambda card: ask.cards.close(card))


def _connect_edges(actions: Actions, ask: AskTool, ports: AskPorts) -> None:
    choice = ask.choice

    def choose(change: Callable[[], None]) -> None:
        change()
        ports.say(choice.words)

    actions.on("edges_mode", lambda mode: choose(lambda: choice.set_mode(mode)))
    actions.on("edges_quantity", lambda quantity: choose(lambda: choice.set_quantity(quantity)))
    actions.on("more_edges", lambda _: choose(choice.toggle_everything))


def _connect_steps(actions: Actions, ask: AskTool, wave: Wave, ports: AskPorts) -> None:
    steps = ask.steps

    def start_wave() -> None:
        if steps.stepper is not None:
            steps.toggle()
        elif ask.frame is not None:
            wave.start()

    def toggle_wave() -> None:
        on = wave.toggle()
        ports.say("A wave runs through the network after every stroke" if on else "No wave after strokes")

    actions.on("wave", lambda _: start_wave())
    actions.on("toggle_wave", lambda _: toggle_wave())
    actions.on("step", lambda target: _say(ports, ask.step(_target(target))))
    actions.on(
        "step_softmax",
        lambda target: _say(ports, ask.start_step(_output(ask, target), softmax=True)),
    )
    actions.on("step_play", lambda _: steps.toggle())
    actions.on("step_back", lambda _: steps.back())
    actions.on("step_forward", lambda _: steps.forward())
    actions.on("step_speed", lambda speed: steps.set_speed(float(speed)))
    actions.on("step_close", lambda _: steps.close())


def _connect_find(actions: Actions, ask: AskTool, ports: AskPorts) -> None:
    def go(index: int | None) -> None:
        target = ask.find_go(index)
        if target is not None:
            ports.fly_to(target)

    actions.on("find", lambda _: ask.open_find())
    actions.on("find_query", lambda text: ask.find_query(str(text)))
    actions.on("find_choose", lambda index: ask.box.choose(int(index)))
    actions.on("find_go", go)
    actions.on("find_close", lambda _: ask.box.close())


def _with(run: Callable[[str], None], argument: str) -> Callable[[object], None]:
    """`run` with `argument`, whatever it is invoked with."""
    return lambda _: run(argument)


def _neuron(said: object) -> NeuronId | None:
    """A neuron, or its address as text, "conv1:3:12:7", as tours say it."""
    if said is None or isinstance(said, NeuronId):
        return said
    name, *place = str(said).rsplit(":", 3)
    return NeuronId(name, *map(int, place))


def _target(said: object) -> Target | None:
    """A layer's name or a neuron; a neuron's address as text, too."""
    return _neuron(said) if isinstance(said, str) and ":" in said else said  # type: ignore[return-value]


def _output(ask: AskTool, said: object) -> Target | None:
    target = _target(said)
    return ask.spec.output.name if target is None and ask.spec is not None else target
