"""What the people of the demonstration say: reasons, answers and rulings, in Chinese and English."""

from __future__ import annotations

from casework import steps
from casework.domain.case.state import AppealKind, Case
from casework.domain.facts import Role
from casework.domain.values import ChallengeGround, ContestGround, RulingOutcome

CONTESTS: dict[ContestGround, tuple[str, str]] = {
    ContestGround.STATUTORY_EXCEPTION: (
        "I quote the story passage by passage in order to comment on it. Without them the review cannot be followed.",
        "我逐段引用原文是为了评论。没有这些段落，读者无法理解我的评论。",
    ),
    ContestGround.LICENSED: (
        "The publisher allowed me to reprint the text on my page; the letter is attached.",
        "出版方允许我在主页转载全文，附上授权信。",
    ),
    ContestGround.PUBLIC_DOMAIN: (
        "As far as I know the term of protection of this text has ended.",
        "据我了解，这篇文字的保护期已经届满。",
    ),
    ContestGround.OWN_WORK: (
        "I wrote most of this myself years ago. My dated draft is attached.",
        "文中大部分是我多年前自己写的，附上当时的草稿。",
    ),
    ContestGround.MISIDENTIFICATION: (
        "This is a different text that only shares a title and some phrases with the work.",
        "这是另一篇文章，只是题目和个别句子相似。",
    ),
    ContestGround.WRONG_SHARE: (
        "Less was taken than the decision says: the long middle part is mine.",
        "引用的部分没有决定书所说的那么多，中间的长段是我写的。",
    ),
    ContestGround.OTHER: (
        "The upload is visible only to members of our reading group.",
        "这个内容只对读书小组的成员可见。",
    ),
}

CHALLENGES: dict[ChallengeGround, tuple[str, str]] = {
    ChallengeGround.NO_EXCEPTION: (
        "The passages are strung together with hardly a comment between them: they replace the original.",
        "各段之间几乎没有评论，只是把原文串在一起，足以替代原作。",
    ),
    ChallengeGround.NO_LICENCE: (
        "We have granted no licence to this member and know of none.",
        "我们没有向该用户授权，也不知道有任何授权。",
    ),
    ChallengeGround.NOT_PUBLIC_DOMAIN: (
        "The author is alive; the text is protected.",
        "作者健在，作品仍在保护期内。",
    ),
    ChallengeGround.NOT_OWN_WORK: (
        "The text was first published by us; the member is not its author.",
        "原文由我方首次出版，该用户不是作者。",
    ),
    ChallengeGround.COMMERCIAL_USE: (
        "The page advertises goods beside our text.",
        "该页面在我方文字旁边推销商品。",
    ),
    ChallengeGround.WRONG_SHARE: (
        "More was taken than measured: the reworded passages are ours too.",
        "实际取用的比测得的多，改写的段落同样出自我方作品。",
    ),
    ChallengeGround.OTHER: (
        "The use damages the coming new edition.",
        "这一使用损害即将出版的新版。",
    ),
}

FILES: dict[str, tuple[str, str]] = {
    "permission.txt": (
        "Permission to reprint\n\nDear reader, you may show the story on your page, with our name and the year.\n",
        "转载许可\n\n您可以在主页展示这篇小说，请注明出版方和年份。\n",
    ),
    "draft.txt": (
        "Draft of the second winter\n\nThe clock on the corner had stopped again, and nobody in the lane minded.\n",
        "第二个冬天的草稿\n\n街角的钟又停了，巷子里没有人在意。\n",
    ),
    "notes.txt": (
        "Reading notes\n\nParagraph 3: compare the rain with the opening. Paragraph 7: why does she wait?\n",
        "读书笔记\n\n第三段：与开头的雨对照。第七段：她为什么要等？\n",
    ),
}

REASONS: dict[RulingOutcome, tuple[str, str]] = {
    RulingOutcome.UPHELD: (
        (
            "The initial decision was right. Upload and work were compared segment by segment, and nothing put forward "
            "changes the result."
        ),
        "初始决定正确。已将上传内容与作品逐段比对，双方提出的材料不足以改变结论。",
    ),
    RulingOutcome.PARTIALLY_REVERSED: (
        "Part of the use is covered and part is not. The upload stays visible, with a label on the passages concerned.",
        "部分使用合法，部分不合法。内容保留，并对有关段落加注标识。",
    ),
    RulingOutcome.REVERSED: (
        "The initial decision cannot stand: the material put forward shows the opposite of what the share suggests.",
        "初始决定不能成立。所提交的材料表明，仅凭比例得出的推定与事实不符。",
    ),
}


def _say(pair: tuple[str, str], language: str) -> str:
    return pair[1] if language == "zh" else pair[0]


def contest(ground: ContestGround, language: str) -> str:
    """Reasons of an uploader."""
    return _say(CONTESTS[ground], language)


def challenge(ground: ChallengeGround, language: str) -> str:
    """Reasons of a right holder."""
    return _say(CHALLENGES[ground], language)


def exceptions_considered(language: str) -> str:
    """Which exceptions the right holder has considered."""
    pair = (
        "We considered quotation for comment (art. 24(1) no. 2) and use for study (no. 1); neither explains so much.",
        "我们考虑了为评论而引用（第二十四条第一款第二项）和为学习而使用（第一项），均不足以说明如此数量。",
    )
    return _say(pair, language)


def answer(side: Role, language: str) -> str:
    """The other side's comment on an appeal."""
    if side is Role.RIGHT_HOLDER:
        pair = (
            "We have read the appeal. The use goes beyond what its purpose asks for, and no permission was given.",
            "我方已阅申诉。该使用超出其目的所需，我方亦未授权。",
        )
    else:
        pair = (
            "I have read the objection. I name the author and title, and I use only what I write about.",
            "我已阅读异议。我注明了作者和篇名，只引用我所评论的部分。",
        )
    return _say(pair, language)


def file_content(name: str, language: str) -> bytes:
    """The bytes of a file that a side puts forward."""
    return _say(FILES[name], language).encode()


def ruling(case: Case, outcome: RulingOutcome, language: str) -> steps.RulingForm:
    """A reviewer's structured ruling with bases that fit its outcome."""
    contest_case = case.appeals[-1].kind is AppealKind.CONTEST
    lawful = (outcome is RulingOutcome.UPHELD) != contest_case
    bases: tuple[str, ...] = ("CN_ART24_02",) if lawful else ("CN_ART53_01",)
    if outcome is RulingOutcome.PARTIALLY_REVERSED:
        bases = ("CN_ART24_02", "CN_ART53_01")
    weight = "favours_use" if lawful else "against_use"
    english, chinese = REASONS[outcome]
    return steps.RulingForm(
        outcome=outcome,
        bases=bases,
        factors=steps.FactorsForm(purpose=weight, nature="neutral", amount=weight, market="neutral"),
        evidence_ids=tuple(exhibit.evidence.id for exhibit in case.exhibits),
        reasons=steps.ReasonsForm(zh=chinese) if language == "zh" else steps.ReasonsForm(en=english),
    )
