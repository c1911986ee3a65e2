"""`nnvis3d record`: what was written is decoded and compared with what was drawn."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest
from PIL import Image

from nnvis3d import shared_block
from nnvis3d.app.film import Film
from nnvis3d.errors import UserError
from nnvis3d.recording import encoders
from nnvis3d.recording.cluster import record_on_cluster
from nnvis3d.recording.encoders import frame_name
from nnvis3d.recording.farm import Farm, Worker
from nnvis3d.recording.segments import Segment, Workplace, plan, shared
from nnvis3d.recording.settings import Settings
from nnvis3d.scene.input_events import ButtonChanged, KeyChanged, PointerMoved
from nnvis3d.tour.compiling import compile_tour
from nnvis3d.tour.reading import parse_tour
from tests.program import CHECKOUT, call, refusal  # noqa: F401

TOUR = """
name = "Test"
network = "mlp"
[video]
size = "160x90"
fps = 10
[[scene]]
length = 1.2
cues = [
    { draw = 3, over = 0.5 },
    { at = 0.1, caption = { en = "Words", de = "Worte" }, over = 0.7 },
    { at = 0.6, look_at = "fc1", side = "left", over = 0.4 },
    { at = 0.9, do = "select", with = "fc2:7" },
]
"""
FRAMES = 12
SIZE = (160, 90)


@pytest.fixture(scope="module")
def tour(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("tour") / "test.toml"
    path.write_text(TOUR)
    return path


def film(text: str = TOUR, **settings: object) -> Film:
    timeline = compile_tour(parse_tour(text))
    return Film(
        timeline, Settings(**{"size": SIZE, "fps": 10.0, "container": "png", "codec": "", **settings})
    )


def frames_of(film: Film, first: int = 0, last: int = FRAMES) -> list[np.ndarray]:
    """uint8 (H, W, 4) each."""
    width, height = film.settings.size
    film.skip_to(first)
    found = []
    for _ in range(first, last):
        found.append(np.empty((height, width, 4), np.uint8))
        film.draw(found[-1])
    film.close()
    return found


@pytest.fixture(scope="module")
def drawn() -> list[np.ndarray]:
    """Every frame, drawn directly: uint8 (H, W, 4), blue first."""
    return frames_of(film())


def rgb(frame: np.ndarray) -> np.ndarray:
    return frame[:, :, 2::-1]


def png_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def sequence(tour, tmp_path_factory) -> dict[str, bytes]:
    """The PNG files of the whole tour."""
    folder = tmp_path_factory.mktemp("sequence") / "frames"
    assert call("record", tour, "--output", folder) == 0
    return png_bytes(folder)


# what is in the frames


def test_the_film_shows_what_the_tour_says(drawn):
    assert len({frame.tobytes() for frame in drawn}) == FRAMES
    pad = [frame[50:80, 5:40].max() for frame in drawn]
    assert pad[5] > 200  # ink


def test_png_files_hold_the_drawn_frames(drawn, sequence, tmp_path):
    assert list(sequence) == [frame_name(number) for number in range(FRAMES)]
    for frame, data in zip(drawn, sequence.values(), strict=True):
        (tmp_path / "f.png").write_bytes(data)
        assert np.array_equal(np.asarray(Image.open(tmp_path / "f.png")), rgb(frame))


def test_a_run_in_another_process_and_ranges_give_the_same_bytes(tour, sequence, tmp_path):
    command = [sys.executable, str(CHECKOUT / "main.py"), "record", str(tour), "--output", "again"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert png_bytes(tmp_path / "again") == sequence
    found: dict[str, bytes] = {}
    for number, (first, last) in enumerate(pairwise((0, 5, 12))):
        folder = tmp_path / f"range{number}"
        assert call("record", tour, "--output", folder, "--range", f"{first}:{last}") == 0
        found |= png_bytes(folder)
    assert found == sequence


def test_samples_and_motion_blur_average_what_is_drawn(drawn):
    smooth = frames_of(film(samples=4), 0, 9)
    blurred = frames_of(film(blur=4, shutter=1.0), 0, 9)
    begun_later = frames_of(film(blur=4, shutter=1.0), 8, 9)
    assert np.array_equal(blurred[8], begun_later[0])
    for frames in (smooth, blurred):
        apart = np.abs(frames[8].astype(int) - drawn[8])
        assert 0 < apart.mean() < 12
    still = film("cues = [{ at = 1, do = 'clear' }]", samples=2)
    pair = frames_of(still, 3, 5)
    assert np.array_equal(*pair)  # nothing moved: nothing was drawn, and the sum still stands


def test_alpha_laid_over_a_colour_is_what_would_have_been_drawn_over_it(drawn):
    (frame,) = frames_of(film(alpha=True), 8, 9)
    alpha = frame[:, :, 3]
    assert alpha.min() == 0 and alpha.max() == 255
    assert (alpha == 0).mean() > 0.2  # empty space beside the network
    both = (alpha > 250) & (drawn[8][:, :, :3].max(axis=2) > 150)
    assert both.any()
    assert np.abs(frame[both][:, :3].astype(int) - drawn[8][both][:, :3]).mean() < 3


def test_a_still_is_the_frame_of_that_time(tour, drawn, tmp_path):
    assert call("record", tour, "--still", "0.8", "--output", tmp_path / "still.png") == 0
    assert np.array_equal(np.asarray(Image.open(tmp_path / "still.png")), rgb(drawn[8]))


# videos


@pytest.mark.parametrize(
    ("name", "options", "mean"),
    [
        ("v.webm", ("--quality", "draft"), 8),
        ("a.webm", ("--codec", "av1", "--quality", "draft"), 8),
        ("v.gif", (), 6),
        ("v.webp", (), 5),
    ],
)
def test_a_video_decodes_to_the_frames(tour, drawn, tmp_path, name, options, mean):
    path = tmp_path / name
    assert call("record", tour, "--output", path, *options) == 0
    assert [file.name for file in tmp_path.iterdir()] == [name]
    if name.endswith("webp"):  # FFmpeg writes what it does not read
        picture = Image.open(path)
        assert picture.n_frames == FRAMES and picture.size == SIZE
        anim = path.read_bytes().index(
            b"ANIM"
        )  # then 4 bytes its size, 4 the background, 2 how often: 0 is for ever
        assert path.read_bytes()[anim + 12 : anim + 14] == bytes(2)
        found = []
        for number in range(FRAMES):
            picture.seek(number)
            found.append(np.asarray(picture.convert("RGB")))
    else:
        with av.open(str(path)) as file:
            stream = file.streams.video[0]
            assert (stream.width, stream.height) == SIZE
            assert float(stream.average_rate) == pytest.approx(10, rel=0.01)
            pictures = list(file.decode(video=0))
        times = [float(picture.time) for picture in pictures]
        assert times == pytest.approx([number / 10 for number in range(FRAMES)], abs=0.011)
        found = [picture.to_ndarray(format="rgb24") for picture in pictures]
    assert len(found) == FRAMES
    for number in (0, FRAMES // 2, FRAMES - 1):
        apart = np.abs(found[number].astype(int) - rgb(drawn[number]))
        assert apart.mean() < mean, number


def test_segments_are_joined_without_a_gap(tmp_path, monkeypatch, tour, drawn):
    monkeypatch.setattr("nnvis3d.recording.segments.VIDEO_FRAMES", 5)
    assert call("record", tour, "--output", tmp_path / "v.mp4") == 0
    with av.open(str(tmp_path / "v.mp4")) as file:
        stream = file.streams.video[0]
        assert (stream.width, stream.height) == SIZE
        assert float(stream.average_rate) == pytest.approx(10)
        assert float(stream.duration * stream.time_base) == pytest.approx(1.2)
        pictures = list(file.decode(video=0))
    assert [float(p.time) for p in pictures] == pytest.approx([n / 10 for n in range(FRAMES)])
    assert [n for n, p in enumerate(pictures) if p.key_frame] == [0, 5, 10]
    assert [file.name for file in tmp_path.iterdir()] == ["v.mp4"]
    for number in (0, 5, 11):
        found = pictures[number].to_ndarray(format="rgb24").astype(int)
        assert np.abs(found - rgb(drawn[number])).mean() < 4, number


def test_captions_are_in_the_picture_or_beside_it(tour, drawn, tmp_path):
    bare = frames_of(film(captions=False), 4, 5)[0]
    foreign = frames_of(film(language="de"), 4, 5)[0]
    changed = np.abs(bare.astype(int) - drawn[4]).max(axis=2)
    assert changed[70:].max() > 60 and changed[:60].max() == 0
    assert not np.array_equal(foreign, drawn[4])
    assert call("record", tour, "--output", tmp_path / "v.mp4", "--subtitles", "srt", "--language", "de") == 0
    assert "00:00:00,100 --> 00:00:00,800\nWorte" in (tmp_path / "v.srt").read_text()
    part = ("--output", tmp_path / "p.mp4", "--subtitles", "vtt", "--range", "3:7")
    assert call("record", tour, *part) == 0
    assert (tmp_path / "p.vtt").read_text() == "WEBVTT\n\n00:00:00.000 --> 00:00:00.400\nWords\n"


def test_a_tour_that_loops_ends_where_it_begins():
    text = """
    network = "mlp"
    loop = true
    cues = [
        { draw = 5, over = 0.4 },
        { look_at = "network", over = 0.5 },
        { after = 0.1, look_at = "pad", over = 0.6 },
        { after = 0.2, do = "clear" },
        { look_at = "fc1", over = 0.6 },
        { after = 0.1, look_at = "network", over = 0.6 },
    ]
    """
    one = film(text)
    length = one.frames
    rounds = frames_of(one, 0, length + 1)
    assert np.abs(rounds[length].astype(int) - rounds[0]).mean() < 0.05


def test_a_dry_run_tells_and_records_nothing(tour, tmp_path, capsys):
    assert call("record", tour, "--dry-run", "--json", "--output", tmp_path / "v.mp4") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["frames"], told["length_s"], told["size"]) == (FRAMES, 1.2, list(SIZE))
    assert told["expected_s"] > 0 and not list(tmp_path.iterdir())


# workers


def test_two_workers_of_whom_one_dies_give_the_same_bytes(sequence, tmp_path):
    settings = film_settings()
    killed: list[Segment] = []

    class Mortal(Worker):
        def record(self, segment: Segment) -> bool:
            if not killed:
                killed.append(segment)
                self._process.kill()
            return super().record(segment)

    done: list[Segment] = []
    pieces = [Segment(n, n + 3) for n in range(0, FRAMES, 3)]
    Farm(json.dumps(job(settings, tmp_path)), 2, Mortal).record(pieces, done.append)
    assert killed and sorted(done) == pieces
    assert png_bytes(tmp_path) == sequence


def writers_of(process: int) -> list[int]:
    """The process that encodes for this one, once it is there."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(pid) for pid in listed if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_a_worker_whose_writer_dies_is_replaced(sequence, tmp_path):
    killed: list[int] = []

    class Robbed(Worker):
        def record(self, segment: Segment) -> bool:
            answer = super().record(segment)
            if not killed:
                killed.extend(writers_of(self._process.pid))
                os.kill(killed[0], signal.SIGKILL)
            return answer

    done: list[Segment] = []
    pieces = [Segment(n, n + 3) for n in range(0, FRAMES, 3)]
    Farm(json.dumps(job(film_settings(), tmp_path)), 1, Robbed).record(pieces, done.append)
    assert killed and sorted(done) == pieces
    assert png_bytes(tmp_path) == sequence


def test_workers_end_with_who_started_them(tmp_path):
    worker = Worker(json.dumps(job(film_settings(), tmp_path)))
    worker._say(json.dumps({"first": 0, "last": FRAMES}))
    worker._process.stdin.close()  # as the system does when the other side is killed
    assert worker._process.stdout.read() == "", "it recorded for nobody"
    worker.stop()
    assert frame_name(FRAMES - 1) not in png_bytes(tmp_path)


def test_a_segment_that_kills_every_worker_is_given_up():
    dies = (sys.executable, "-c", "import sys; sys.exit('the driver crashed')")
    with pytest.raises(UserError, match="frames 0 to 2: 3 workers died over them"):
        Farm("{}", 2, lambda job: Worker(job, dies)).record([Segment(0, 3)], print)


def test_a_worker_s_error_is_the_command_s(tmp_path):
    settings = film_settings()
    wrong = {**job(settings, tmp_path), "tour": "cues = [{ at = 1, do = 'wavee' }]"}
    with pytest.raises(UserError, match="line 1: no action 'wavee'"):
        Farm(json.dumps(wrong), 1).record([Segment(0, 3)], print)


def test_a_cluster_gives_the_same_bytes_and_survives_a_lost_worker(sequence, tmp_path):
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=50
    ) as cluster:
        pieces = [Segment(n, n + 3) for n in range(0, FRAMES, 3)]
        done: list[Segment] = []

        def note(segment: Segment) -> None:
            if not done:
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
            done.append(segment)

        work = job(film_settings(), Path())
        record_on_cluster(cluster.scheduler_address, work, pieces, tmp_path, note)
    assert sorted(done) == pieces
    assert png_bytes(tmp_path) == sequence


def test_a_scheduler_that_is_not_there(tour, tmp_path, refusal, monkeypatch):  # noqa: F811
    monkeypatch.setattr("nnvis3d.recording.cluster.CONNECT_SECONDS", 0.3)
    said = refusal("record", tour, "--output", tmp_path / "f", "--scheduler", "tcp://127.0.0.1:9")
    assert "--scheduler tcp://127.0.0.1:9: no Dask scheduler answers there" in said


def film_settings() -> Settings:
    return Settings(size=SIZE, fps=10.0, container="png", codec="")


def job(settings: Settings, folder: Path) -> dict:
    return {
        "tour": TOUR,
        "name": "test.toml",
        "settings": msgspec.to_builtins(settings),
        "weights": "",
        "folder": str(folder),
    }


# interrupted, refused


def start(folder: Path, *options: object, **more: object) -> subprocess.Popen:
    (folder / "long.toml").write_text('network = "mlp"\ncues = [{ at = 0, draw = 3, over = 8 }]')
    command = [sys.executable, str(CHECKOUT / "main.py"), "record", "long.toml", "--size", "160x90", *options]
    return subprocess.Popen(list(map(str, command)), cwd=folder, stderr=subprocess.PIPE, text=True, **more)


def wait_for(what, seconds: float = 60) -> None:
    for _ in range(int(seconds * 50)):
        if what():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def test_killed_in_the_middle_it_can_be_resumed(tmp_path):
    running = start(tmp_path, "--output", "v.mp4", "--fps", "60")
    parts = tmp_path / "v.mp4.parts"
    first = parts / "frames_000000-000240.mp4"
    wait_for(first.exists)
    running.kill()
    running.wait()
    assert not (tmp_path / "v.mp4").exists()
    written = first.stat().st_mtime_ns
    other = start(tmp_path, "--output", "v.mp4", "--fps", "60", "--resume", "--quality", "best")
    assert "was begun with another tour or other settings" in other.communicate()[1]
    again = start(tmp_path, "--output", "v.mp4", "--fps", "60", "--resume")

    def ended() -> bool:
        with suppress(FileNotFoundError):  # once all of them are joined
            assert first.stat().st_mtime_ns == written
        return again.poll() is not None

    wait_for(ended, 120)
    assert again.returncode == 0, again.stderr.read()
    with av.open(str(tmp_path / "v.mp4")) as file:
        assert sum(1 for _ in file.decode(video=0)) == 480
    assert not parts.exists()


def test_a_writer_that_is_killed_is_said_in_a_line(tmp_path):
    running = start(tmp_path, "--output", "frames", "--fps", "60")
    wait_for(lambda: list((tmp_path / "frames.parts").glob("frame_000005.png")))
    os.kill(writers_of(running.pid)[0], signal.SIGKILL)
    said = running.communicate()[1]
    assert running.returncode == 2
    last = said.strip().splitlines()[-1]
    assert "writes the recording was ended (status -9); the same command with --resume goes on" in last
    assert "Traceback" not in said and not (tmp_path / "frames").exists()


def test_who_is_killed_leaves_nothing_half_written_and_others_what_is_theirs(tmp_path):
    running = start(tmp_path, "--output", "v.mp4", "--fps", "60")
    parts = tmp_path / "v.mp4.parts"
    wait_for(lambda: list(parts.glob("*.part")))
    (parts / "frames_000000-000240.mp4.1.part").touch()  # another's
    running.kill()
    running.wait()
    wait_for(lambda: [path.name for path in parts.glob("*.part")] == ["frames_000000-000240.mp4.1.part"])
    encoder = encoders.open_encoder(film_settings(), tmp_path, 0)
    (tmp_path / "frame_000000.png.1.part").touch()
    encoder.abort()
    assert (tmp_path / "frame_000000.png.1.part").exists()


def test_it_needs_none_of_the_standard_streams(tmp_path):
    def close_them() -> None:
        for number in range(3):
            os.close(number)

    running = start(tmp_path, "--output", "v.mp4", "--fps", "5", preexec_fn=close_them)
    assert running.wait() == 0
    with av.open(str(tmp_path / "v.mp4")) as file:
        assert sum(1 for _ in file.decode(video=0)) == 40


def hear_control_c() -> None:
    """What a shell starts in the background hears none, and hands that down."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_control_c_keeps_what_there_is_and_says_how_to_go_on(tmp_path):
    running = start(
        tmp_path, "--output", "frames", "--fps", "60", preexec_fn=hear_control_c, start_new_session=True
    )
    wait_for(lambda: list((tmp_path / "frames.parts").glob("frame_000030.png")))
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: every process of the program
    said = running.communicate()[1]
    assert running.returncode == 130
    assert "of 480 frames are kept in frames.parts: the same command with --resume goes on" in said
    assert "Traceback" not in said
    assert not (tmp_path / "frames").exists()
    assert not list((tmp_path / "frames.parts").glob("*.part"))


@pytest.mark.parametrize("output", ["v.mp4", "frames"])
def test_no_space_left(tmp_path, output):
    said = start(tmp_path, "--output", output)
    wait_for(lambda: writers_of(said.pid))
    resource.prlimit(writers_of(said.pid)[0], resource.RLIMIT_FSIZE, (2000, 2000))
    errors = said.communicate()[1]
    assert said.returncode == 2
    line = errors.strip().splitlines()[-1]
    assert line.startswith("nnvis3d: ") and "no space left to write it" in line, errors
    assert "Traceback" not in errors
    assert not (tmp_path / output).exists()
    assert not list((tmp_path / f"{output}.parts").glob("*.part"))


def test_a_missing_codec(tour, tmp_path, refusal, monkeypatch):  # noqa: F811
    monkeypatch.setitem(encoders.CODECS, "h264", "h264_nobody_has_this")
    said = refusal("record", tour, "--output", tmp_path / "v.mp4")
    assert "cannot write h264: it lacks h264_nobody_has_this" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--output", "v.avi"), "v.avi: expected .mp4"),
        (("--output", "v.png"), "PNG files need a folder, --output v/"),
        (("--output", "no/v.mp4"), "there is no folder"),
        (("--output", "v.mp4", "--size", "161x90"), "needs an even width and height, such as 162x90"),
        (("--output", "v.mp4", "--codec", "vp9"), "--codec vp9: .mp4 can hold h264 or av1"),
        (("--output", "v.mp4", "--alpha"), "--alpha: only a PNG sequence"),
        (("--output", "v.mp4", "--range", "4:40"), "this tour has 12 frames"),
        (("--output", "v.mp4", "--range", "4:4"), "expected FIRST:LAST"),
        (("--output", "v.mp4", "--fps", "0"), "expected frames a second"),
        (("--output", "v.gif", "--fps", "60"), "a GIF shows at most 50 a second"),
        (("--output", "s.png", "--still", "1", "--dry-run"), "leave out --still"),
        (("--output", "v.mp4", "--samples", "17"), "a whole number from 1 to 16"),
        (("--still", "5", "--output", "s.png"), "this tour is 1.2 seconds long"),
        (("--still", "1"), "also say --output PICTURE.png"),
        ((), "--output is missing"),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_a_line(tour, tmp_path, refusal, monkeypatch, options, said):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    assert said in refusal("record", tour, *options)
    assert not list(tmp_path.iterdir())


def test_names_of_tours_and_folders_in_the_way(tour, tmp_path, refusal, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    assert "nowhere.toml: no such tour file" in refusal("record", "nowhere.toml", "--output", "v.mp4")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    assert "exists already" in refusal("record", tour, "--output", "full")
    (tmp_path / "v.mp4.parts").mkdir()
    (tmp_path / "v.mp4.parts" / "mine").touch()
    assert "is not a recording's" in refusal("record", tour, "--output", "v.mp4")
    assert (tmp_path / "v.mp4.parts" / "mine").exists()


def test_what_goes_wrong_while_it_plays_names_the_line(tmp_path, refusal, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    elsewhere = '{ look_at = "output", over = 0, zoom = 3 },\n{ at = 0.5, draw = 3 },\n]'
    (tmp_path / "hidden.toml").write_text(f'network = "mlp"\ncues = [\n{elsewhere}')
    said = refusal("record", "hidden.toml", "--size", "160x90", "--fps", "10", "--output", "v.mp4")
    assert "hidden.toml, line 4: the pad is not in the picture" in said
    assert not (tmp_path / "v.mp4").exists()
    wrong = "{ do = 'toggle_theme', with = 'red' }, { at = 1, do = 'clear' }"
    (tmp_path / "wrong.toml").write_text(f"network = 'mlp'\ncues = [{wrong}]")
    assert "line 2: red: expected dark or light" in refusal("record", "wrong.toml", "--output", "v.mp4")


# beside


def test_plans_do_not_depend_on_the_range():
    settings = Settings(size=(64, 36), fps=30.0)
    whole = plan(settings, 0, 1000)
    assert whole[0] == Segment(0, 240) and whole[-1] == Segment(960, 1000)
    assert plan(settings, 300, 700) == [Segment(300, 480), Segment(480, 700)]
    large = plan(Settings(size=(3840, 2160), fps=30.0, container="png", codec=""), 0, 10)
    assert max(segment.frames for segment in large) == 7


def test_a_shared_block_is_there_for_as_long_as_something_lies_in_it():
    for kind in (shared_block._Nameless, shared_block._Named):
        ours = kind(4 * 10)
        theirs = shared_block.open_block(ours.name)
        numbers, same = (np.frombuffer(block.buffer, np.float32, 10) for block in (ours, theirs))
        numbers[:] = 3
        theirs.close()
        assert (same == 3).all()
        del numbers, same
        theirs.close(), ours.close()
        with pytest.raises(FileNotFoundError):
            shared_block.open_block(ours.name)


def test_frames_come_through_memory_that_has_a_name_as_well(tmp_path):
    """As on the systems that know no other."""
    script = """
import sys
from contextlib import closing
from pathlib import Path
from nnvis3d import shared_block
from nnvis3d.recording import pipeline
from nnvis3d.recording.settings import Settings
pipeline.make_block = shared_block._Named
settings = Settings(size=(32, 16), fps=10.0, container="png", codec="")
if __name__ == "__main__":
    with closing(pipeline.Pipeline(settings)) as made:
        made.begin(Path(sys.argv[1]), 0)
        for number in range(9):
            made.buffer()[:] = number
            made.put(number)
        made.end()
        made.flush()
"""
    (tmp_path / "named.py").write_text(script)
    command = [sys.executable, str(tmp_path / "named.py"), str(tmp_path)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, env=with_checkout())
    assert (done.returncode, done.stderr) == (0, "")
    found = sorted(tmp_path.glob("*.png"))
    assert [int(np.asarray(Image.open(path)).max()) for path in found] == list(range(9))


def with_checkout() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CHECKOUT)}


def test_what_is_missing_of_png_files_is_asked_for_frame_by_frame(tmp_path):
    place = Workplace(tmp_path / "f", film_settings(), "")
    place.open(resume=False)
    for number in (0, 1, 5):
        (place.folder / frame_name(number)).touch()
    assert place.missing([Segment(0, 8)]) == [Segment(2, 5), Segment(6, 8)]


def test_a_sequence_has_no_frames_of_another_range(tour, sequence, tmp_path):
    place = Workplace(tmp_path / "f", film_settings(), TOUR)
    place.open(resume=False)
    (place.folder / frame_name(9)).touch()
    (place.folder / "frame_000003.png.part").touch()
    assert call("record", tour, "--output", tmp_path / "f", "--range", "2:4", "--resume") == 0
    assert png_bytes(tmp_path / "f") == {frame_name(n): sequence[frame_name(n)] for n in (2, 3)}


def test_a_recording_goes_on_with_its_own_weights(tour, tmp_path, refusal, monkeypatch):  # noqa: F811
    Workplace(tmp_path / "f", film_settings(), TOUR).open(resume=False)
    weights = CHECKOUT / "weights" / "mlp.safetensors"
    said = refusal("record", tour, "--output", tmp_path / "f", "--weights", weights, "--resume")
    assert "was begun with another tour or other settings" in said


def test_workers_share_png_files_evenly_and_keep_a_video_s_segments():
    png = film_settings()
    pieces = shared(png, [Segment(0, 65), Segment(65, 130), Segment(130, 200)], 2)
    assert [number for one in pieces for number in range(one.first, one.last)] == list(range(200))
    assert max(one.frames for one in pieces) == 12
    video = Settings(size=(64, 36), fps=30.0)
    assert shared(video, plan(video, 0, 500), 2) == plan(video, 0, 500)


# played in the program itself


def test_a_person_ends_a_tour_at_once_and_has_the_scene():
    one = film()
    app = one.app
    one.skip_to(3)
    assert app.touring.playing and app.pad.stroking and not app.panels.tools
    app.input.inject(PointerMoved(80, 80))
    app.tick(0.05)
    assert app.touring.playing  # a hand that moves by is no wish
    app.input.inject(ButtonChanged(0, True, 155, 5))
    app.tick(0.05)
    assert not app.touring.playing and not app.pad.stroking and app.panels.tools
    assert not app.pad.drawing.empty
    pose = app.show.camera.pose
    app.tick(0.5)
    assert app.show.camera.pose == pose
    one.close()


def test_escape_ends_a_tour_and_nothing_else():
    one = film()
    one.app.panels.messages.say("words")
    one.app.input.inject(KeyChanged("escape", True))
    one.app.tick(0.05)
    assert not one.app.touring.playing and one.app.panels.messages.shown
    one.close()
