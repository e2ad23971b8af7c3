"""The title engine: names that are known under every disguise, short names that need support, and names that fail."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching_adapter.engines.titles import TitleEngine, TitleSettings
from matching_adapter.port import Failed, FileReference, Matched, MatchOutcome, Medium, NoMatch, UploadFile, WorkFile
from matching_adapter.store import FingerprintStore

NOWHERE = FileReference(Path("film.mp4"), "film.mp4", "video/mp4", "video", "0" * 64, 9)


def work(work_id: str, title: str, *titles: str, authors: tuple[str, ...] = ()) -> WorkFile:
    return WorkFile(work_id, title, "rh-1", "film", NOWHERE, titles=titles, authors=authors)


def engine_with(*works: WorkFile, settings: TitleSettings | None = None) -> TitleEngine:
    engine = TitleEngine(settings)
    receipts = engine.put(works)
    assert all(receipt.code is None for receipt in receipts)
    return engine


EARTH = work("earth", "流浪地球", "The Wandering Earth", "TWEP-2019")


def upload(title: str | None, file: FileReference = NOWHERE) -> UploadFile:
    return UploadFile("u", 1, "uploader", file, title=title)


def look(engine: TitleEngine, title: str | None, file: FileReference = NOWHERE) -> MatchOutcome:
    (outcome,) = engine.match([upload(title, file)])
    return outcome


def confidence(engine: TitleEngine, title: str) -> Decimal:
    outcome = look(engine, title)
    assert isinstance(outcome, Matched), title
    assert outcome.evidence[0].confidence is not None
    return outcome.evidence[0].confidence


@pytest.mark.parametrize(
    "title",
    [
        "流浪地球",
        "《流浪地球》完整版",
        "流浪地球（国语高清）",
        "流 浪 地 球",
        "流.浪.地.球",
        "流🔥浪🔥地🔥球",
        "【蓝光】流\u200b浪\u200b地\u200b球",
        "《流浪地球》全集",
        "THE WANDERING EARTH 1080p",
        "the.wandering.earth.2019",
        "Ｔｈｅ　Ｗａｎｄｅｒｉｎｇ　Ｅａｒｔｈ",
        "T h e W a n d e r i n g E a r t h",
        "The Wand🔥ering Earth",
        "the_wandering-earth",
        "twep 2019 cam",
    ],
)
def test_a_name_is_known_under_every_disguise(title: str) -> None:
    outcome = look(engine_with(EARTH, work("other", "红楼梦")), title)
    assert isinstance(outcome, Matched)
    (evidence,) = outcome.evidence
    assert (evidence.work_id, evidence.method, evidence.track) == ("earth", "metadata", "title")
    assert (evidence.share_of_upload, evidence.share_of_work, evidence.segments) == (None, None, ())


DISGUISES = st.lists(st.sampled_from(["", " ", "·", "🔥", "\u200b", "》《", "…", "\u0301"]), min_size=4, max_size=4)


@given(DISGUISES, st.sampled_from(["流浪地球", "紅樓夢全", "三国演义", "哪吒鬧海"]))
def test_nothing_between_letters_hides_a_chinese_name(between: list[str], title: str) -> None:
    engine = engine_with(*(work(name, name) for name in ("流浪地球", "红楼梦全", "三国演义", "哪吒闹海")))
    written = "".join(letter + gap for letter, gap in zip(title, between, strict=True))
    assert confidence(engine, f"看看{written}吧") == Decimal("0.8")


@pytest.mark.parametrize(
    "title", ["流浪的地球仪", "The Wandering Earthling", "Othe wandering earth", "地球", "twep", "风景", ""]
)
def test_what_is_not_the_name_is_not_found(title: str) -> None:
    assert isinstance(look(engine_with(EARTH, settings=TitleSettings(shortest_near=0)), title), NoMatch)


def test_a_whole_title_is_surer_than_a_part_and_that_surer_than_a_wrong_character() -> None:
    engine = engine_with(EARTH)
    found = [confidence(engine, title) for title in ("《流浪地球》", "流浪地球全集", "流浪池球全集")]
    assert found == [Decimal("0.95"), Decimal("0.8"), Decimal("0.4")]


@pytest.mark.parametrize(
    "title", ["流浪池球", "看流浪球吧", "流浪的地球", "the wanderinq earth", "The Wandring Earth HD"]
)
def test_one_wrong_character_is_a_weaker_finding(title: str) -> None:
    engine = engine_with(EARTH, work("far", "完全不同的名字"))
    outcome = look(engine, title)
    assert isinstance(outcome, Matched)
    assert [(one.work_id, one.confidence) for one in outcome.evidence] == [("earth", Decimal("0.4"))]


@pytest.mark.parametrize("title", ["流亡池球", "wandering", "流浪", "the wndring earth", "浪流球地"])
def test_two_wrong_characters_are_none(title: str) -> None:
    assert isinstance(look(engine_with(EARTH), title), NoMatch)


HERO = work("hero", "英雄", "Her", authors=("张艺谋",))


@pytest.mark.parametrize("title", ["英雄", "her", "她是英雄", "her story"])
def test_a_short_name_alone_says_nothing(title: str) -> None:
    assert isinstance(look(engine_with(HERO), title), NoMatch)


@pytest.mark.parametrize("title", ["张艺谋：英雄", "《英雄》张艺谋作品", "英雄 HER", "張藝謀《英雄》"])
def test_a_short_name_counts_beside_its_author_or_another_name(title: str) -> None:
    assert confidence(engine_with(HERO), title) == Decimal("0.7")


def test_a_name_inside_another_is_no_support_for_itself() -> None:
    engine = engine_with(work("w", "消息", "消息报"), settings=TitleSettings(shortest_chinese=4))
    assert isinstance(look(engine, "消息报"), NoMatch)
    assert confidence(engine, "消息报，消息") == Decimal("0.7")


@pytest.mark.parametrize("title", ["1984", "300", "2012 2046"])
def test_a_number_alone_is_a_year_and_no_title(title: str) -> None:
    engine = engine_with(work("a", "1984", authors=("奥威尔",)), work("b", "300"), work("c", "2012"))
    assert isinstance(look(engine, title), NoMatch)
    assert confidence(engine, "奥威尔 1984") == Decimal("0.7")


def test_a_longer_name_is_meant_where_it_stands() -> None:
    engine = engine_with(EARTH, work("second", "流浪地球2"))
    outcome = look(engine, "流浪地球2 完整版")
    assert isinstance(outcome, Matched)
    assert [one.work_id for one in outcome.evidence] == ["second"]
    both = look(engine, "流浪地球2和流浪地球")
    assert isinstance(both, Matched)
    assert {one.work_id for one in both.evidence} == {"earth", "second"}
    other_number = look(engine, "流浪地球2023")
    assert isinstance(other_number, Matched)
    assert [one.work_id for one in other_number.evidence] == ["earth"]


def test_a_short_name_inside_does_not_hide_a_longer_one_with_a_wrong_character() -> None:
    engine = engine_with(work("temple", "建元寺"), work("verses", "建元寺西院联句"))
    outcome = look(engine, "【高清】建元寺龘院联句 完整")
    assert isinstance(outcome, Matched)
    assert {one.work_id: one.confidence for one in outcome.evidence} == {
        "temple": Decimal("0.8"),
        "verses": Decimal("0.4"),
    }


@pytest.mark.parametrize("title", ["春夜喜雨", "《春夜喜雨》朗诵", "听春夜喜雨", "春夜喜雨四"])
def test_an_exact_name_is_not_taken_for_another_that_differs_in_one_character(title: str) -> None:
    engine = engine_with(work("rain", "春夜喜雨"), work("snow", "春夜喜雪"), work("second", "春夜喜雨二"))
    outcome = look(engine, title)
    assert isinstance(outcome, Matched)
    assert [one.work_id for one in outcome.evidence] == ["rain"]


def test_a_name_that_many_works_have_needs_support() -> None:
    works = [work(f"poem-{number}", "无题诗", authors=(f"诗人{number}号",)) for number in range(5)]
    assert isinstance(look(engine_with(*works), "无题诗"), NoMatch)
    outcome = look(engine_with(*works), "无题诗，诗人3号")
    assert isinstance(outcome, Matched)
    assert [one.work_id for one in outcome.evidence] == ["poem-3"]
    assert confidence(engine_with(*works[:2]), "无题诗") == Decimal("0.47")


def test_letters_cut_into_other_words_need_to_be_many() -> None:
    engine = engine_with(work("short", "Nowhere"), work("long", "Therapists"))
    assert isinstance(look(engine, "now here"), NoMatch)
    assert confidence(engine, "the rapists") == Decimal("0.85")


def text_file(folder: Path, text: str | bytes) -> FileReference:
    content = text if isinstance(text, bytes) else text.encode()
    path = folder / f"{hashlib.sha256(content).hexdigest()[:8]}.txt"
    path.write_bytes(content)
    medium: Medium = "text"
    return FileReference(path, path.name, "text/plain", medium, hashlib.sha256(content).hexdigest(), len(content))


def test_the_text_of_an_upload_is_looked_at_too_and_is_less_sure(tmp_path: Path) -> None:
    engine = engine_with(EARTH, HERO)
    outcome = look(engine, None, text_file(tmp_path, "昨天看了流浪地球，很好看。"))
    assert isinstance(outcome, Matched)
    (evidence,) = outcome.evidence
    assert (evidence.work_id, evidence.method, evidence.confidence) == ("earth", "keyword", Decimal("0.6"))
    near = f"英雄{'。风' * 150}张艺谋"
    far = f"英雄{'。风' * 250}张艺谋"
    assert isinstance(look(engine, None, text_file(tmp_path, near)), Matched)
    assert isinstance(look(engine, None, text_file(tmp_path, far)), NoMatch)


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("这些文件对用户是不可见的。", False),
        ("今晚朗诵《不可见》全文。", True),
        ("不可见", True),
        ("第一章\n不可见\n正文", True),
        ("不可见的人，作者王小波。", True),
    ],
)
def test_three_characters_in_the_midst_of_a_sentence_are_chance(tmp_path: Path, text: str, is_found: bool) -> None:
    path = tmp_path / "post.txt"
    path.write_text(text, "utf-8")
    file = FileReference(
        path, path.name, "text/plain", "text", hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size
    )
    outcome = look(engine_with(work("hidden", "不可见", authors=("王小波",))), None, file)
    assert isinstance(outcome, Matched if is_found else NoMatch)


def test_one_evidence_for_each_work_the_surest(tmp_path: Path) -> None:
    outcome = look(engine_with(EARTH), "流浪地球", text_file(tmp_path, "流浪地球 The Wandering Earth"))
    assert isinstance(outcome, Matched)
    assert [(one.method, one.confidence) for one in outcome.evidence] == [("metadata", Decimal("0.95"))]


def test_not_looking_is_told_apart_from_finding_nothing(tmp_path: Path) -> None:
    engine = engine_with(EARTH, settings=TitleSettings(longest_text=100))
    noise, long = text_file(tmp_path, bytes(range(256))[:90]), text_file(tmp_path, "风" * 100)
    changed = text_file(tmp_path, "风景")
    changed.path.write_text("流浪地球")
    files = [NOWHERE, noise, long, changed]
    outcomes = [look(engine, None, file) for file in files]
    codes = [outcome.code for outcome in outcomes if isinstance(outcome, Failed)]
    assert codes == ["no_name", "undecodable", "too_large", "changed"]
    assert isinstance(look(engine, "流浪地球", noise), Matched)
    assert isinstance(look(engine, "风景"), NoMatch)


def test_works_come_go_and_are_renamed() -> None:
    engine = engine_with(EARTH, HERO)
    before = engine.snapshot()
    engine.put([work("earth", "另外一个名字")])
    assert isinstance(look(engine, "流浪地球"), NoMatch)
    assert confidence(engine, "另外一个名字") == Decimal("0.95")
    assert engine.snapshot() != before
    engine.put([EARTH])
    assert engine.snapshot() == before
    engine.remove(["earth", "nobody"])
    assert isinstance(look(engine, "流浪地球"), NoMatch)
    assert isinstance(look(engine, "张艺谋 英雄"), Matched)


def test_a_work_without_a_letter_in_its_names_is_refused() -> None:
    engine = TitleEngine()
    receipts = engine.put([work("dots", "……"), work("ok", "！！！", "红楼梦")])
    assert [receipt.code for receipt in receipts] == ["no_name", None]
    assert confidence(engine, "红楼梦") == Decimal("0.95")


@pytest.mark.parametrize("wrong", [{"shortest_chinese": 0}, {"neighbourhood": -1}, {"most_works": 0}])
def test_refuses_settings_that_cannot_work(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must"):
        TitleSettings(**wrong)


def test_tells_what_it_can_and_cannot_do() -> None:
    info = TitleEngine().info
    assert (info.gives_share, info.gives_segments, info.media_types) == (False, False, None)
    assert info.methods == {"metadata", "keyword"}
    assert any("no share" in limit for limit in info.limits)


def test_two_engines_on_one_store_see_each_others_works() -> None:
    store = FingerprintStore()
    one, other = TitleEngine(store=store), TitleEngine(store=store)
    one.put([EARTH, HERO])
    assert confidence(other, "流浪地球") == Decimal("0.95")
    assert confidence(other, "张艺谋 英雄") == Decimal("0.7")
    assert other.snapshot() == one.snapshot() == engine_with(EARTH, HERO).snapshot()
    other.remove(["earth"])
    assert isinstance(look(one, "流浪地球"), NoMatch)
    assert isinstance(look(TitleEngine(TitleSettings(shortest_latin=5), store=store), "张艺谋 英雄"), NoMatch)
