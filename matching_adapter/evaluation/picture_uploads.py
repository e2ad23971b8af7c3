"""Makes labelled uploads out of real films and pictures, to hold what the engines measure against the truth.

An upload of a film is an excerpt of a work between other films, changed as platforms see it daily and encoded again;
its true share is counted in frames. Films are first encoded once at a fixed rate, because old containers cannot be cut
at an exact frame. An upload of a picture is the work changed, or a collage whose covered area is known. Everything made
goes into one folder with `truth.json`: a list of `LabelledUpload` as JSON.

The sources are trusted: they are media of published packages, named by whoever runs this.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from matching_adapter.media.decoder import Limits, input_arguments, run_decoder

RATE = 25
"""Frames a second of everything made here."""

TRUTH = "truth.json"

_LIMITS = Limits(cpu_seconds=1800, wall_seconds=3600, memory_bytes=8 << 30, output_bytes=1 << 30)


@dataclass(frozen=True, slots=True)
class LabelledUpload:
    """One upload and the truth about it: shares in [0, 1], stretches in seconds; `work` None: shows no work."""

    upload: str
    work: str | None
    transform: str
    share: float
    upload_stretch: tuple[float, float] | None = None
    work_stretch: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Transform:
    """A change of a film: `filters` of ffmpeg on the picture, how it is encoded, and whether it is an edit.

    Edits (logo, crop, mirror, subtitles) hide a part of the picture; everything else is transcoding.
    """

    name: str
    filters: str = ""
    codec: tuple[str, ...] = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23")
    suffix: str = ".mp4"
    is_edit: bool = False


_BAND = "drawbox=x=0:y=ih*0.82:w=iw:h=ih*0.1:color=black@0.6:t=fill"
_LETTERS = "drawbox=x=iw*0.2:y=ih*0.85:w=iw*0.6:h=ih*0.04:color=white:t=fill"
_LOGO = "drawbox=x=iw*0.82:y=ih*0.05:w=iw*0.13:h=ih*0.15:color=white@0.85:t=fill"

VIDEO_TRANSFORMS: tuple[Transform, ...] = (
    Transform("crf23"),
    Transform("crf36-240p", "scale=-2:240", ("-c:v", "libx264", "-preset", "veryfast", "-crf", "36")),
    Transform("vp9-150k-180p", "scale=-2:180", ("-c:v", "libvpx-vp9", "-b:v", "150k", "-cpu-used", "8"), ".webm"),
    Transform("mpeg4", "", ("-c:v", "mpeg4", "-q:v", "9")),
    Transform("fps15", "fps=15"),
    Transform("brighter", "eq=brightness=0.08:contrast=1.2"),
    Transform("grey", "hue=s=0"),
    Transform("letterbox", "scale=640:360,pad=640:480:0:60"),
    Transform("pillar-9-16", "scale=404:228,pad=404:720:0:246"),
    Transform("mirrored", "hflip", is_edit=True),
    Transform("subtitles", f"{_BAND},{_LETTERS}", is_edit=True),
    Transform("logo", _LOGO, is_edit=True),
    Transform("crop5", "crop=iw*0.95:ih*0.95", is_edit=True),
    Transform("crop10", "crop=iw*0.9:ih*0.9", is_edit=True),
)

PICTURE_TRANSFORMS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "jpeg30": ("scale=iw:ih", ("-c:v", "mjpeg", "-q:v", "12")),
    "half": ("scale=iw/2:ih/2:flags=area", ("-c:v", "mjpeg", "-q:v", "4")),
    "160px": ("scale=160:-1:flags=area", ("-c:v", "mjpeg", "-q:v", "4")),
    "stretched": ("scale=iw:ih*0.85", ("-c:v", "mjpeg", "-q:v", "4")),
    "grey": ("hue=s=0", ("-c:v", "mjpeg", "-q:v", "4")),
    "brighter": ("eq=brightness=0.12", ("-c:v", "mjpeg", "-q:v", "4")),
    "blurred": ("gblur=sigma=2", ("-c:v", "mjpeg", "-q:v", "4")),
    "noise": ("noise=alls=20:allf=t", ("-c:v", "mjpeg", "-q:v", "4")),
    "mirrored": ("hflip", ("-c:v", "mjpeg", "-q:v", "4")),
    "logo": (_LOGO, ("-c:v", "mjpeg", "-q:v", "4")),
    "crop80": ("crop=iw*0.8:ih*0.8", ("-c:v", "mjpeg", "-q:v", "4")),
    "crop50": ("crop=iw*0.5:ih*0.5", ("-c:v", "mjpeg", "-q:v", "4")),
}
"""Change of a picture: ffmpeg's filters, and how it is encoded. Each shows nothing but the work: the share is 1."""

COLLAGE_SHARES = (0.1, 0.2, 0.3, 0.49, 0.55, 0.75, 0.89)


def clean_copy(source: Path, media_type: str, target: Path) -> int:
    """Encode a film once at the fixed rate, at most 1280 pixels wide, without sound; return its number of frames."""
    filters = f"fps={RATE},scale='trunc(min(iw,1280)/2)*2':-2,setsar=1,format=yuv420p"
    encoding = ("-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "12", "-g", "25")
    _run([*input_arguments(source, media_type), "-map", "0:v:0", "-vf", filters, *encoding], target)
    return _count_frames(target)


def make_video_uploads(
    works: Mapping[str, Path],
    fillers: Sequence[Path],
    folder: Path,
    *,
    shares: Sequence[float],
    transforms: Sequence[Transform] = VIDEO_TRANSFORMS,
    longest_excerpt: int = 12 * RATE,
    seed: int = 1,
) -> list[LabelledUpload]:
    """Make one upload for each transform and share from clean copies, the works taken in turn.

    The excerpt is as long as the fillers allow at that share, at most `longest_excerpt` frames; fillers go in turn
    before and after it. At a share of 1 there is no filler.
    """
    chance = random.Random(seed)  # noqa: S311 - the same uploads each time
    names = sorted(works)
    frames = {path: _count_frames(path) for path in {*works.values(), *fillers}}
    room = sum(frames[path] for path in fillers)
    made = []
    for number, (transform, share) in enumerate((one, share) for one in transforms for share in shares):
        work = names[(number + seed) % len(names)]
        length = min(longest_excerpt, frames[works[work]])
        if share < 1:
            length = min(length, int(room * share / (1 - share)))
        start = chance.randrange(frames[works[work]] - length + 1)
        foreign = round(length / share) - length
        before = chance.randrange(foreign + 1) if foreign else 0
        order = [*fillers]
        chance.shuffle(order)
        pieces = [*_cut(order, frames, before, foreign)]
        split = next((place for place, piece in enumerate(pieces) if piece[3] >= before), len(pieces))
        pieces.insert(split, (works[work], start, start + length, before))
        name = f"{transform.name}-{round(share * 100)}-{number}{transform.suffix}"
        _join([piece[:3] for piece in pieces], transform, folder / name)
        whole = length + foreign
        made.append(
            LabelledUpload(
                name,
                work,
                transform.name,
                length / whole,
                (before / RATE, (before + length) / RATE),
                (start / RATE, (start + length) / RATE),
            )
        )
    write_truth(folder, made)
    return made


def make_picture_uploads(
    works: Mapping[str, tuple[Path, str]],
    fillers: Sequence[tuple[Path, str]],
    folder: Path,
    *,
    collage_shares: Sequence[float] = COLLAGE_SHARES,
    seed: int = 1,
) -> list[LabelledUpload]:
    """Make every change of every picture, and a collage of each with a filler; files come with their media type."""
    chance = random.Random(seed)  # noqa: S311 - the same uploads each time
    made = []
    for number, (work, (path, media_type)) in enumerate(sorted(works.items())):
        targets = {transform: folder / f"{transform}-{number}.jpg" for transform in PICTURE_TRANSFORMS}
        _change_picture(path, media_type, targets)
        made += [LabelledUpload(target.name, work, transform, 1.0) for transform, target in targets.items()]
        share = collage_shares[number % len(collage_shares)]
        name = f"collage-{number}.jpg"
        filler = fillers[chance.randrange(len(fillers))]
        exact = _collage((path, media_type), filler, share, folder / name, chance)
        made.append(LabelledUpload(name, work, f"collage-{round(share * 100)}", exact))
    write_truth(folder, made)
    return made


def write_truth(folder: Path, uploads: Sequence[LabelledUpload]) -> None:
    """Write the truth about the uploads of a folder."""
    (folder / TRUTH).write_text(json.dumps([asdict(one) for one in uploads], indent=1) + "\n", "utf-8")


def read_truth(folder: Path) -> list[LabelledUpload]:
    """Read what `write_truth` wrote."""
    found = json.loads((folder / TRUTH).read_text("utf-8"))
    return [
        LabelledUpload(
            one["upload"],
            one["work"],
            one["transform"],
            one["share"],
            tuple(one["upload_stretch"]) if one["upload_stretch"] else None,
            tuple(one["work_stretch"]) if one["work_stretch"] else None,
        )
        for one in found
    ]


_FIT = "scale='min(iw,1600)':-2,format=yuvj420p"
_COLLAGE_WIDTH, _COLLAGE_HEIGHT = 1280, 960


def _cut(
    fillers: Sequence[Path], frames: Mapping[Path, int], before: int, foreign: int
) -> Iterator[tuple[Path, int, int, int]]:
    """Yield pieces (film, first frame, last frame, number of foreign frames before it), cut where the excerpt goes."""
    done = 0
    while done < foreign:
        for path in fillers:
            at = 0
            while at < frames[path] and done < foreign:
                stop = before if done < before else foreign
                length = min(frames[path] - at, stop - done)
                yield path, at, at + length, done
                at, done = at + length, done + length


def _join(pieces: Sequence[tuple[Path, int, int]], transform: Transform, target: Path) -> None:
    arguments: list[str] = []
    graph = []
    for number, (path, first, last) in enumerate(pieces):
        arguments += input_arguments(path, "video/mp4")
        even = "scale=640:360:flags=bicubic,setsar=1"
        graph.append(f"[{number}:v]trim=start_frame={first}:end_frame={last},setpts=PTS-STARTPTS,{even}[p{number}]")
    labels = "".join(f"[p{number}]" for number in range(len(pieces)))
    changed = ",".join(part for part in (transform.filters, "setsar=1", "format=yuv420p") if part)
    graph.append(f"{labels}concat=n={len(pieces)}:v=1,{changed}[out]")
    _run([*arguments, "-filter_complex", ";".join(graph), "-map", "[out]", "-an", *transform.codec], target)


def _change_picture(path: Path, media_type: str, targets: Mapping[str, Path]) -> None:
    """Write all changes of one picture, which is decoded once."""
    names = list(targets)
    whole = "".join(f"[s{place}]" for place in range(len(names)))
    graph = [f"[0:v]{_FIT},split={len(names)}{whole}"]
    graph += [f"[s{place}]{PICTURE_TRANSFORMS[name][0]}[o{place}]" for place, name in enumerate(names)]
    arguments = ["-y", *input_arguments(path, media_type), "-filter_complex", ";".join(graph)]
    for place, name in enumerate(names):
        arguments += ["-map", f"[o{place}]", "-frames:v", "1", *PICTURE_TRANSFORMS[name][1]]
        arguments += ["-f", "image2", "-update", "1"]
        if place < len(names) - 1:
            arguments.append(f"file:{targets[name].absolute()}")
    _run(arguments, targets[names[-1]])


def _collage(
    work: tuple[Path, str], filler: tuple[Path, str], share: float, target: Path, chance: random.Random
) -> float:
    """Lay the work on a filler so that it covers that share of the area; return the exact share."""
    side = math.sqrt(share)
    width, height = round(_COLLAGE_WIDTH * side), round(_COLLAGE_HEIGHT * side)
    x, y = chance.randrange(_COLLAGE_WIDTH - width + 1), chance.randrange(_COLLAGE_HEIGHT - height + 1)
    graph = (
        f"[0:v]scale={_COLLAGE_WIDTH}:{_COLLAGE_HEIGHT},format=yuvj444p[ground];"
        f"[1:v]scale={width}:{height}:flags=area,format=yuvj444p[part];[ground][part]overlay={x}:{y}[out]"
    )
    inputs = [*input_arguments(*filler), *input_arguments(*work)]
    encoding = ("-frames:v", "1", "-c:v", "mjpeg", "-q:v", "4", "-f", "image2", "-update", "1")
    _run([*inputs, "-filter_complex", graph, "-map", "[out]", *encoding], target)
    return width * height / (_COLLAGE_WIDTH * _COLLAGE_HEIGHT)


def _count_frames(path: Path) -> int:
    arguments = [*input_arguments(path, "video/mp4"), "-map", "0:v:0", "-c", "copy", "-f", "framecrc", "pipe:1"]
    listing = run_decoder(arguments, limits=_LIMITS)
    return sum(1 for line in listing.splitlines() if not line.startswith(b"#"))


def _run(arguments: Sequence[str], target: Path) -> None:
    run_decoder(arguments, limits=_LIMITS, output=target)
