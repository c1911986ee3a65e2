"""Tour files: what they say, what is wrong with them and where, the camera's way, the pen."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnvis3d.errors import UserError
from nnvis3d.inputs.samples import sample_strokes
from nnvis3d.network.camera_pose import CameraPose
from nnvis3d.network.catalog import network_spec
from nnvis3d.network.layout import arrange
from nnvis3d.network.poses import project
from nnvis3d.tools.key_bindings import BINDINGS
from nnvis3d.tour.camera import Flight
from nnvis3d.tour.checks import World, check
from nnvis3d.tour.compiling import compile_tour
from nnvis3d.tour.framing import Aim, frame_pose
from nnvis3d.tour.pen import at_even_speed
from nnvis3d.tour.reading import LARGEST_FILE, parse_tour, read_tour
from nnvis3d.tour.subtitles import srt, vtt
from nnvis3d.tour.timeline import Draw, Invoke, Move, Timeline, Words

WORLD = World(
    [binding.action for binding in BINDINGS],
    ["ember"],
    lambda name: network_spec(name) if name in ("cnn", "mlp") else _unknown(name),
)
CNN = network_spec("cnn")
LAYOUT = arrange(CNN)
MARGINS = (0.05, 0.2, 0.15, 0.1)


def _unknown(name: str):
    raise UserError(f"{name}: no such network")


def timeline(text: str) -> Timeline:
    found = compile_tour(parse_tour(text, "t.toml"))
    check(found, WORLD)
    return found


def cues(*lines: str) -> str:
    """A tour; the first of the lines is its third."""
    return "name = 'test'\ncues = [\n" + ",\n".join(lines) + "\n]\n"


# times


def test_times_are_counted_from_the_scene_from_the_cue_before_and_from_the_end_of_all():
    found = timeline(
        """
        [[scene]]
        length = 10
        cues = [
            { at = 1, look_at = "conv1", over = 2 },
            { at = "+0.5", do = "wave" },
            { after = 0.25, caption = "words", over = 3 },
        ]
        [[scene]]
        start = 12.5
        cues = [{ at = 2, do = "clear" }, { do = "undo" }]
        """
    )
    assert [event.start for event in found.events] == [1, 1.5, 3.25, 14.5, 14.5]
    assert [event.line for event in found.events] == [5, 6, 7, 11, 11]
    assert found.length == 14.5


def test_the_same_seed_chooses_the_same_digit_and_another_one_others():
    def drawn(seed: int) -> list[bytes]:
        text = f"seed = {seed}\ncues = [{{ draw = 3 }}, {{ after = 1, draw = 8 }}]"
        return [e.path.points[0].tobytes() for e in timeline(text).events if isinstance(e, Draw)]

    assert drawn(1) == drawn(1)
    assert len({tuple(drawn(seed)) for seed in range(8)}) > 2


def test_subtitles_of_a_part_tell_its_own_time():
    found = timeline(
        cues(
            '{ caption = "one", over = 2 }',
            '{ after = 1, caption = "2", over = 1 }',
            '{ at = 9, title = "3" }',
        )
    )
    assert srt(found, "en", 1.5, 3.25) == (
        "1\n00:00:00,000 --> 00:00:00,500\none\n\n2\n00:00:01,500 --> 00:00:01,750\n2\n"
    )


def test_words_are_in_the_language_asked_for_or_else_in_the_first():
    text = cues(
        '{ caption = { en = "one", de = "eins" }, over = 2 }', '{ after = 1, title = "2 --> 3", over = 1 }'
    )
    found = timeline(text)
    assert srt(found, "de").startswith("1\n00:00:00,000 --> 00:00:02,000\neins\n\n2\n00:00:03,000")
    assert vtt(found, "fr").splitlines()[:4] == ["WEBVTT", "", "00:00:00.000 --> 00:00:02.000", "one"]
    assert "2 → 3" in srt(found, "de")
    words = found.events[0]
    assert isinstance(words, Words)
    assert words.alpha(0) == words.alpha(2) == 0 and words.alpha(1) == 1 and 0 < words.alpha(0.2) < 1


# mistakes


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{ lok_at = "conv1" }', "unknown key 'lok_at'; did you mean 'look_at'?"),
        ('{ look_at = "conv22" }', "cnn has no layer 'conv22'; did you mean 'conv2'?"),
        ('{ look_at = "conv1:9:0:0" }', "no neuron conv1:9:0:0: conv1 has 6 × 28 × 28"),
        ('{ look_at = "conv1", side = "behind" }', "side 'behind': say front, left"),
        ('{ do = "wavee" }', "no action 'wavee'; did you mean 'wave'?"),
        ('{ do = "choose_network", with = "cn" }', "cn: no such network"),
        ('{ do = "select", with = "fc1:120" }', "no neuron fc1:120"),
        ('{ at = "1 s", do = "wave" }', 'at = "1 s": expected a number'),
        ('{ at = -1, do = "wave" }', "at = -1: expected 0 to 3600"),
        ('{ at = nan, do = "wave" }', "at = nan: expected 0 to 3600"),
        ("{ draw = 10 }", "digits go from 0 to 9"),
        ("{ draw = { digit = 3, writer = 4000 } }", "writer 4000: those that ship are"),
        ("{ draw = { strokes = [[[0, 0, 2], [0, 1, 1]]] } }", "times run backwards"),
        ("{ draw = { strokes = [[[nan, 0, 2]]] } }", "expected finite numbers"),
        ('{ do = "wave", draw = 3 }', "a cue says one thing, not both draw and do"),
        ("{ at = 2 }", "a cue says one thing, one of look_at"),
        ('{ do = "wave", fill = 0.5 }', "fill means nothing beside do"),
        ('{ look_at = "pad", ease = "bouncy" }', "ease 'bouncy': say smooth"),
        ('{ caption = "a", place = "left" }', "place 'left': say bottom or top"),
        ("{ look_at = 3 }", "look_at: expected `str | array"),
    ],
)
def test_a_mistake_is_told_with_its_line(line, said):
    with pytest.raises(UserError) as error:
        timeline(cues('{ at = 0, do = "clear" }', line, '{ after = 1, do = "clear" }'))
    assert str(error.value).startswith("t.toml, line 4: ")
    assert said in str(error.value)


def test_times_that_run_backwards_name_the_line():
    with pytest.raises(UserError, match="line 4: time runs backwards: 2 s stands after 3 s"):
        timeline(cues('{ at = 3, do = "wave" }', '{ at = 2, do = "wave" }'))
    with pytest.raises(UserError, match="line 4: starts at 1 s, before the scene above it ends, at 5 s"):
        timeline("[[scene]]\nlength = 5\n[[scene]]\nstart = 1")
    with pytest.raises(UserError, match="line 3: is at 4 s of a scene that is 2 s long"):
        timeline('[[scene]]\nlength = 2\ncues = [{ at = 4, do = "wave" }]')


def test_one_camera_and_one_hand():
    with pytest.raises(UserError, match="line 4: the camera is still busy with line 3, until 2 s"):
        timeline(cues('{ look_at = "pad", over = 2 }', '{ at = 1, look_at = "conv1" }'))
    with pytest.raises(UserError, match="line 4: the pen is still busy with line 3"):
        timeline(cues("{ draw = 3, over = 2 }", "{ at = 1, draw = 3 }"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "t.toml: nothing happens in it"),
        ("name = 'x'\ncues = [ {", "t.toml, line 2: not TOML"),
        ("x = " + "[" * 5000, "not TOML"),
        ("theme = 'blue'\ncues = [{ at = 1, do = 'wave' }]", "theme 'blue': there are dark, light"),
        ("network = 'vgg'\ncues = [{ at = 1, do = 'wave' }]", "network: vgg: no such network"),
        ("cues = [{ do = 'wave' }]\n[[scene]]\nlength = 1", "line 2: cues of a tour with scenes"),
        ("cues = [{ do = 'wave' }]", "it takes 0 seconds; say how long a cue goes on"),
        ("video.size = '0x9'\ncues = [{ at = 1, do = 'wave' }]", "line 1: size '0x9'"),
        ("video.fps = 1000\ncues = [{ at = 1, do = 'wave' }]", "line 1: fps = 1000: expected 1 to 240"),
        ("wat = 1\ncues = [{ at = 1, do = 'wave' }]", "line 1: unknown key 'wat'"),
        ("[video]\nsiz = ''\n[[scene]]\nlength = 1", "line 2: unknown key 'siz'; did you mean 'size'?"),
    ],
)
def test_a_whole_file_that_is_none(text, said):
    with pytest.raises(UserError) as error:
        timeline(text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_tour(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not a text file"):
        read_tour(tmp_path / "binary.toml")
    with (tmp_path / "huge.toml").open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(UserError, match="too large"):
        read_tour(tmp_path / "huge.toml")


# the camera


def seen(pose: CameraPose, points: np.ndarray, aspect: float = 16 / 9) -> np.ndarray:
    """Shares (n, 2) of the picture, from its upper left."""
    return project(pose, points, (aspect, 1.0))[0] / (aspect, 1.0)


@pytest.mark.parametrize("aspect", [16 / 9, 9 / 16])
@pytest.mark.parametrize(
    "aim", [Aim(("conv1",)), Aim(("pad", "conv2"), 40, 20), Aim(("fc1:7",)), Aim(("network",))]
)
def test_what_is_looked_at_stays_between_the_margins(aim, aspect):
    pose = frame_pose(aim, LAYOUT, CNN, aspect, MARGINS, CameraPose((0, 0, 0), 1))
    points = {
        "conv1": LAYOUT.layers["conv1"].corners(),
        "fc1:7": LAYOUT.layers["fc1"].cells(np.array([7])),
        "network": LAYOUT.layers["fc2"].corners(),
    }.get(aim.at[0], LAYOUT.layers["conv2"].corners())
    places = seen(pose, points, aspect)
    left, right, bottom, top = MARGINS
    assert (places >= np.array([left, top]) - 1e-6).all()
    assert (places <= np.array([1 - right, 1 - bottom]) + 1e-6).all()


def test_the_camera_turns_the_shorter_way():
    aim = Aim(("conv1",), 10.0)
    near = CameraPose((0, 0, 0), 1, heading=370.0)
    assert abs(frame_pose(aim, LAYOUT, CNN, 1.6, MARGINS, near).heading - 370) < 60


_POSE = st.builds(
    CameraPose,
    st.tuples(*[st.floats(-300, 300)] * 3),
    st.floats(5, 900),
    st.floats(-170, 170),
    st.floats(-10, 60),
    st.floats(10, 60),
)


@given(st.lists(_POSE, min_size=2, max_size=6), st.data())
def test_a_flight_passes_every_pose_in_time_and_never_jumps(poses, data):
    steps = data.draw(st.lists(st.floats(0.2, 5), min_size=len(poses) - 1, max_size=len(poses) - 1))
    times = [0.0, *np.cumsum(steps).tolist()]
    flight = Flight(poses, times)
    for pose, time in zip(poses, times, strict=True):
        assert np.allclose(flight.at(time).eye, pose.eye, atol=1e-6 * (1 + pose.distance))
    before, after = (flight.at(times[1] + d) for d in (-1e-5, 1e-5))
    assert np.linalg.norm(before.eye - after.eye) < 1.0
    assert flight.at(-1) == poses[0] and flight.at(times[-1] + 1) == poses[-1]


def test_a_flight_begins_and_ends_at_rest():
    poses = [CameraPose((float(x), 0, 0), 100.0) for x in (0, 50, 200)]
    for flight in (Flight(poses[:2], [0, 1]), Flight(poses, [0, 1, 2])):
        end = flight.times[-1]
        fastest = max(_speed(flight, t * end) for t in np.linspace(0.05, 0.95, 19))
        assert _speed(flight, 1e-3) < 0.05 * fastest
        assert _speed(flight, end - 1e-3) < 0.05 * fastest


def _speed(flight: Flight, time: float) -> float:
    step = 1e-4
    return float(np.linalg.norm(flight.at(time + step).eye - flight.at(time - step).eye)) / (2 * step)


# the pen


def test_a_pen_passes_every_point_once_whatever_the_ticks_are():
    path = at_even_speed(sample_strokes()[4].drawing, 2.0)
    assert math.isclose(path.seconds, 2.0) and len(path.points) > 1
    whole = path.between(-1, 5)
    for step in (0.011, 0.04, 0.3):
        edges = np.append(np.arange(-1, 2.5, step), 5.0)
        parts = [done for a, b in pairwise(edges) for done in path.between(a, b)]
        assert parts == whole
    assert [what for what, _, _ in whole if what != "move"] == ["down", "up"] * len(path.points)


def test_events_keep_the_order_of_the_file_at_one_moment():
    found = timeline(cues('{ do = "clear" }', '{ do = "wave" }', '{ look_at = "pad" }'))
    assert [e.action for e in found.events if isinstance(e, Invoke)] == ["clear", "wave"]
    assert isinstance(found.events[-1], Move)
    assert replace(found, loop=True).loop
