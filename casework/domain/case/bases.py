"""What a ruling may rest on: a closed list of provisions and grounds by their codes, each with its name.

Bases stand in events and in published statements of reasons, so nothing else may be named. The names are our own short
words in both languages; the text of the law counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from casework.domain.values import EXCEPTIONS, Text

LAWFUL_BASES = ("LICENSED", "PUBLIC_DOMAIN", "OWN_WORK", "MISIDENTIFICATION", "WRONG_SHARE")
INFRINGING_BASES = ("CN_ART53_01",)
FURTHER_BASES = ("CN_ART10", *(f"CN_ART52_{n:02d}" for n in range(1, 12)), *(f"CN_ART53_{n:02d}" for n in range(2, 9)))
"""Rights and infringements of Copyright Law (2020) art. 10, 52 and 53 that the form does not list one by one."""
OTHER_LAWS_BASES = (
    "DE_QUOTATION",
    "DE_PARODY",
    "DE_OTHER_STATUTORY",
    "EU_QUOTATION_CRITICISM_REVIEW",
    "EU_CARICATURE_PARODY_PASTICHE",
    "EU_OTHER_STATUTORY",
    "US_FAIR_USE",
    "US_OTHER_STATUTORY",
)
"""Lawful uses of the other regimes: what a mark may name there, a ruling may rest on."""
BASES = (*EXCEPTIONS, *LAWFUL_BASES, *INFRINGING_BASES, *FURTHER_BASES, *OTHER_LAWS_BASES)
"""What a ruling may rest on."""

_DIGITS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三")


def _items(article: int, chinese: str, items: tuple[tuple[str, str], ...]) -> dict[str, Text]:
    return {
        f"CN_ART{article}_{number:02d}": Text(
            en=f"{en} (Copyright Law, art. {article}, no. {number})",
            zh=f"{zh}（《著作权法》第{chinese}条第{_DIGITS[number - 1]}项）",
        )
        for number, (en, zh) in enumerate(items, start=1)
    }


_LAWFUL_USES = _items(
    24,
    "二十四",
    (
        ("Personal study, research or enjoyment", "个人学习、研究或者欣赏"),
        ("Quoting to introduce, review or explain", "为介绍、评论或者说明而引用"),
        ("Reporting the news", "报道新闻"),
        ("Media reprinting articles on current affairs", "媒体转载时事性文章"),
        ("Media publishing speeches at public gatherings", "媒体刊播公众集会上的讲话"),
        ("Classroom teaching or scientific research", "课堂教学或者科学研究"),
        ("Official duties of a state organ", "国家机关执行公务"),
        ("Copies kept by libraries, archives and museums", "图书馆、档案馆、博物馆等保存版本"),
        ("Free performance", "免费表演"),
        ("Art in public places", "公共场所的艺术作品"),
        ("Translation into languages of ethnic minorities", "译成少数民族语言文字"),
        ("Accessible copies for people with print disabilities", "为阅读障碍者提供无障碍版本"),
        ("Another use that a law or regulation allows", "法律、行政法规规定的其他情形"),
    ),
)
_CIVIL_WRONGS = _items(
    52,
    "五十二",
    (
        ("Publishing a work without permission", "未经许可发表作品"),
        ("Publishing a joint work as one's own", "将合作作品当作自己单独创作的作品发表"),
        ("Being named as author of another's work", "未参加创作而在他人作品上署名"),
        ("Distorting a work", "歪曲、篡改作品"),
        ("Plagiarism", "剽窃"),
        ("Exhibiting, filming, adapting or translating without permission", "未经许可展览、摄制、改编、翻译等"),
        ("Use without paying what is due", "应当支付报酬而未支付"),
        ("Renting out without permission", "未经许可出租"),
        ("Using a publisher's layout without permission", "未经许可使用版式设计"),
        ("Broadcasting or recording a performance without permission", "未经许可现场直播、公开传送或者录制表演"),
        ("Another infringement of copyright or related rights", "其他侵犯著作权以及与著作权有关的权利的行为"),
    ),
)
_GRAVE_WRONGS = _items(
    53,
    "五十三",
    (
        ("Use without permission", "未经许可使用"),
        ("Publishing a book whose publishing right is another's", "出版他人享有专有出版权的图书"),
        ("Copying or spreading a recorded performance without permission", "未经许可复制、传播录有表演的制品"),
        ("Copying or spreading a sound or video recording without permission", "未经许可复制、传播录音录像制品"),
        (
            "Broadcasting, copying or spreading radio or television without permission",
            "未经许可播放、复制、传播广播、电视",
        ),
        ("Circumventing technical protection", "避开或者破坏技术措施"),
        ("Removing or altering rights management information", "删除或者改变权利管理信息"),
        ("Making or selling works under a forged name", "制作、出售假冒他人署名的作品"),
    ),
)
_GROUNDS = {
    "CN_ART10": Text(en="Rights of the author (Copyright Law, art. 10)", zh="著作权的内容（《著作权法》第十条）"),
    "LICENSED": Text(en="Licence", zh="授权"),
    "PUBLIC_DOMAIN": Text(en="Public domain", zh="公有领域"),
    "OWN_WORK": Text(en="The uploader's own work", zh="上传用户自己的作品"),
    "MISIDENTIFICATION": Text(en="Wrong identification", zh="识别错误"),
    "WRONG_SHARE": Text(en="Share measured wrongly", zh="比例测量有误"),
}
_OTHER_LAWS = {
    "DE_QUOTATION": Text(en="Quotation (Germany, UrhG s. 51)", zh="引用（德国《著作权法》第51条）"),
    "DE_PARODY": Text(
        en="Caricature, parody, pastiche (Germany, UrhG s. 51a)", zh="漫画、戏仿、仿作（德国《著作权法》第51a条）"
    ),
    "DE_OTHER_STATUTORY": Text(
        en="Another use that UrhG part 1 chapter 6 allows (Germany)", zh="德国《著作权法》第一编第六章允许的其他使用"
    ),
    "EU_QUOTATION_CRITICISM_REVIEW": Text(
        en="Quotation, criticism, review (EU, Directive 2019/790 art. 17(7)(a))",
        zh="引用、批评、评论（欧盟2019/790号指令第17条第7款(a)项）",
    ),
    "EU_CARICATURE_PARODY_PASTICHE": Text(
        en="Caricature, parody, pastiche (EU, Directive 2019/790 art. 17(7)(b))",
        zh="漫画、戏仿、仿作（欧盟2019/790号指令第17条第7款(b)项）",
    ),
    "EU_OTHER_STATUTORY": Text(
        en="Another use that the law of the member state allows (EU)", zh="欧盟成员国法律允许的其他使用"
    ),
    "US_FAIR_USE": Text(en="Fair use (17 U.S.C. s. 107)", zh="合理使用（《美国法典》第17编第107条）"),
    "US_OTHER_STATUTORY": Text(
        en="Another use that 17 U.S.C. ss. 108 to 122 allow", zh="《美国法典》第17编第108条至第122条允许的其他使用"
    ),
}
BASIS_NAMES: Mapping[str, Text] = MappingProxyType(
    {**_LAWFUL_USES, **_GROUNDS, **_CIVIL_WRONGS, **_GRAVE_WRONGS, **_OTHER_LAWS}
)
"""The name of each basis, with the article it stands for. Articles: Copyright Law (2020) 10, 24, 52 and 53."""
