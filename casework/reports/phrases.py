"""The fixed words of a report in both languages: titles, column heads, notes, how to check."""

from __future__ import annotations

from collections.abc import Mapping

from casework.reports.figures.values import Scope, Unit, Words

PHRASES: Mapping[str, Words] = {
    "running_head": Words("Transparency report", "版权过滤透明度报告"),
    "title": Words("Transparency report on copyright filtering", "版权过滤透明度报告"),
    "period": Words("Period", "报告期"),
    "to": Words("{start} to {last}", "{start}至{last}"),
    "as_of": Words("As of (T)", "截至（T）"),
    "open_period": Words("Not over", "尚未结束"),
    "open_period_note": Words(
        "At T the period was not over: these are interim figures of an open period, and all of them may still change.",
        "截至T时报告期尚未结束：本报告为未结束期间的中期数字，均可能变动。",
    ),
    "position": Words("Last event of the log", "日志最后事件"),
    "position_value": Words("no. {position}", "第{position}号"),
    "time_zone": Words("Time zone", "时区"),
    "platform": Words("Platform", "平台"),
    "masking": Words("Small numbers", "小数值"),
    "masked_note": Words(
        "Counts of 1 to 4 in breakdowns, and whatever would give them away, are masked. Totals are not.",
        "分项中1至4的数值以及可据以推知者予以遮蔽。合计不遮蔽。",
    ),
    "unmasked_note": Words(
        "For internal use: small numbers are shown. Do not publish this file.",
        "仅供内部使用：小数值未遮蔽。请勿公开本文件。",
    ),
    "masked": Words("masked", "遮蔽"),
    "not_applicable": Words("n/a", "不适用"),
    "contents": Words("Contents", "目录"),
    "about": Words("About this report", "关于本报告"),
    "frame": Words("What this report covers", "本报告的范围"),
    "frame_note": Words(
        "The period begins at midnight of its first day and ends at midnight after its last day, in the time zone "
        "above. Only events recorded at or before T count. Flow figures count what occurred in the period; cohort "
        "figures follow the decisions or appeals of the period to what had become of them by T. A ratio with nothing "
        "to divide by is 'n/a', never 0.",
        "报告期始于首日零时，止于末日之后的零时，以上述时区为准。仅计入在T或之前记录的事件。流量数字计报告期内发生之事；"
        "队列数字追踪报告期内的决定或申诉截至T的结果。无可除之数的比率标为“不适用”，绝不写作0。",
    ),
    "key_figures": Words("Key figures", "主要数字"),
    "standards": Words("Standards in force", "生效的标准"),
    "standard": Words("Standard", "标准"),
    "in_force_from": Words("In force from", "生效日期"),
    "source": Words("Source", "来源"),
    "rules": Words("Rules of {standard}, in their order", "{standard}的规则（依次适用）"),
    "rule": Words("Rule", "规则"),
    "rule_text": Words("What it says", "内容"),
    "days": Words("{number} days", "{number}日"),
    "months": Words("{number} calendar months", "{number}个月"),
    "no_standard": Words("No standard was in force in the period.", "报告期内没有生效的标准。"),
    "narrative": Words("How filtering and appeals work", "过滤与申诉如何运作"),
    "narrative_date": Words("Text in force from {day}.", "本文自{day}起施行。"),
    "narrative_draft": Words("Draft from {day}, not approved yet.", "草案，自{day}起，尚未批准。"),
    "no_engines": Words("none in this period", "本期无"),
    "screening": Words("Screening", "筛查"),
    "by_medium": Words("By medium", "按媒介划分"),
    "screening_note": Words(
        "The platform reports these tallies itself, day by day. Uploads in which nothing was found leave no trace in "
        "the log, so nobody can recount them from cases.",
        "以下统计由平台逐日自行申报。未发现匹配的上传内容不在日志中留下记录，因此无法根据案件重新计算。",
    ),
    "decisions": Words("Filtering decisions", "过滤决定"),
    "filtering": Words("Correct and erroneous filtering", "正确与错误的过滤"),
    "appeals": Words("Contests and challenges", "申诉与质疑"),
    "times": Words("Time and deadlines", "时间与期限"),
    "review": Words("Human review", "人工复查"),
    "marks": Words("Lawful-use marks", "合法使用标记"),
    "before": Words("Warnings and review before publication", "预警与发布前审查"),
    "warnings": Words("Warnings to right holders", "向权利人发出的预警"),
    "prior_review": Words("Review before publication", "发布前的事前审查"),
    "notices": Words("Notices", "通知"),
    "counter_notices": Words("Counter-notices and waits", "反通知与等待期"),
    "filter_requests": Words("Filter requests", "过滤请求"),
    "filter_requests_note": Words(
        "A right holder who wants uploads compared with a work says whose work it is and how it can be recognised. A "
        "bare warning letter with title, release date and cast says neither, so it starts no filtering.",
        "权利人要求将上传内容与作品比对的，应说明作品归谁所有以及如何识别。仅载明标题、上映日期和演员的预警函两者皆未说明，"
        "因此不启动过滤。",
    ),
    "fees": Words("Fees", "收费"),
    "no_fees": Words(
        "No fee schedule was in force in the period, so nothing was charged by one.",
        "报告期内没有生效的收费表，因此未依收费表收取费用。",
    ),
    "fees_note": Words(
        "Sums are exact and stay apart by currency; they are never added to each other.",
        "金额均精确计算，各币种分别列示，绝不相加。",
    ),
    "schedule": Words("Fees as published", "已公布的收费标准"),
    "schedule_from": Words("In force from", "生效日期"),
    "fee_item": Words("Item", "收费项目"),
    "fee": Words("Fee for one", "单价"),
    "currency": Words("Currency", "币种"),
    "charges_and_waivers": Words("Charged and waived", "收取与减免"),
    "personal_data": Words("Erasure of personal data", "个人信息的删除"),
    "personal_data_note": Words(
        "Erasing a person takes away what was kept of that person and changes no event and no figure.",
        "删除某人的信息只移除所存的该人内容，不改变任何事件和数字。",
    ),
    "abuse": Words("Misuse and suspensions", "滥用与权利中止"),
    "outside": Words("Courts, authorities and external bodies", "法院、主管部门与外部机构"),
    "audit": Words("Audit samples", "抽样监测样本"),
    "audit_note": Words(
        "People looked again at decisions that were drawn at random, without knowing what was decided. These shares "
        "are estimates with an interval, and cover decisions that nobody appealed; they are never mixed with the lower "
        "bounds that appeals give.",
        "相关人员在不知晓决定的情况下，对随机抽取的决定重新认定。这些比例是带有区间的估计，涵盖无人提出申诉的决定，"
        "绝不与申诉所得的下限混用。",
    ),
    "court": Words("Courts", "法院"),
    "authority": Words("Authorities", "主管部门"),
    "external_body": Words("External bodies", "外部机构"),
    "orders": Words("Orders", "命令"),
    "other_reviews": Words("Urgent blocks, further reviews and reopenings", "紧急拦截、再次审查与重新审理"),
    "urgent": Words("Urgent blocks", "紧急拦截"),
    "further_reviews": Words("Further reviews", "再次审查"),
    "reopenings": Words("Reopenings", "重新审理"),
    "notices_flow": Words(
        "Notices: open at the start, received, ended in each way, and open at the end.",
        "通知：期初未结、收到、以各种方式终结与期末未结。",
    ),
    "definitions": Words("Definitions", "定义"),
    "definitions_note": Words(
        "Each figure by its key in the data files, with its kind, unit, version and definition. Shares, hours and "
        "coefficients are computed exactly and rounded half up to six places; this document shows fewer.",
        "各数字以数据文件中的键排列，并列出类别、单位、版本与定义。比率、小时数与系数均精确计算，四舍五入至六位；本文件所示位数较少。",
    ),
    "definition": Words("Definition", "定义"),
    "key": Words("Key", "键"),
    "kind": Words("Kind", "类别"),
    "checking": Words("How to check this report", "如何核验本报告"),
    "figure": Words("Figure", "数字"),
    "value": Words("Value", "数值"),
    "fraction": Words("Of", "分子 / 分母"),
    "interval": Words("95 % interval", "95%区间"),
    "contests": Words("Contests", "申诉"),
    "challenges": Words("Challenges", "质疑"),
    "by_uploaders": Words("by uploaders", "上传用户提出"),
    "by_right_holders": Words("by right holders", "权利人提出"),
    "item": Words("Item", "项目"),
    "number": Words("Number", "数量"),
    "share_band": Words("Share of the upload", "占上传内容比例"),
    "totals": Words("Totals", "合计"),
    "without_share": Words("Hits on a name alone, without a share: {number}.", "仅名称命中、没有比例的：{number}。"),
    "none_recorded": Words("Nothing was recorded under this heading in the period.", "报告期内本项无记录。"),
    "data_json": Words("All figures with their definitions, nested by key", "全部数字及其定义，按键嵌套"),
    "data_csv": Words("All figures, one row each", "全部数字，每项一行"),
    "files": Words("Files in this PDF", "本PDF所附文件"),
    "days_since": Words("Days since lodged", "提出后天数"),
    "still_open": Words("Share not yet ruled on", "尚未裁决的比例"),
    "first_second": Words("First ruling / second ruling", "先提交 / 后提交"),
    "both_sides": Words("Both sides", "双方"),
    "flow": Words("From open at the start to open at the end", "从期初未结到期末未结"),
    "flow_description": Words(
        "Appeals of both sides: open at the start, received, ended and open at the end.",
        "双方的申诉与质疑：期初未结、收到、终结与期末未结。",
    ),
    "outcomes": Words("Rulings on the merits by outcome", "按结果划分的实体裁决"),
    "outcomes_description": Words(
        "What the rulings of the period said of the platform's first decision.",
        "报告期内的裁决对平台最初决定的认定。",
    ),
    "within": Words("Time to the ruling", "至裁决所需时间"),
    "within_description": Words(
        "Appeals finished in the period by the time from lodging to the ruling.",
        "报告期内办结的申诉与质疑，按自提出至裁决的时间划分。",
    ),
    "overdue": Words("Open and overdue", "逾期未结"),
    "overdue_description": Words(
        "Appeals open as of T whose ruling is past due, by how long.",
        "截至T裁决已逾期而未结的申诉与质疑，按逾期时长划分。",
    ),
    "curve_description": Words(
        "Appeals received in the period: the share not yet ruled on, by days since lodging, with 95 % intervals "
        "(Kaplan-Meier; open and withdrawn ones count as long as they were seen).",
        "报告期内收到的申诉与质疑：按提出后天数，尚未裁决的比例及其95%区间（卡普兰—迈耶法；未结与撤回者计至可观察之时）。",
    ),
    "over_time": Words("Decisions over time, by band", "各时段的决定，按档次划分"),
    "over_time_by_month": Words(
        "Decisions of each month by the band that decided, one upon the other.", "各月的决定，按所依据的档次叠加显示。"
    ),
    "over_time_by_week": Words(
        "Decisions of each week by the band that decided, one upon the other.", "各周的决定，按所依据的档次叠加显示。"
    ),
    "series_band_low": Words("Low band", "低档"),
    "series_band_middle": Words("Middle band", "中档"),
    "series_band_high": Words("High band", "高档"),
    "series_other": Words("Other rules", "其他规则"),
    "month": Words("Month", "月份"),
    "week_from": Words("Week from", "周起始日"),
    "way": Words("First / appeal / last", "起点 / 申诉 / 终点"),
    "paths_description": Words(
        "All decisions of the period from left to right: what they did, whether anybody appealed, and what had become "
        "of the upload by T.",
        "报告期内全部决定，自左至右：决定的效果、是否有人提出申诉或质疑、截至T上传内容的结果。",
    ),
    "node_all": Words("decisions", "项决定"),
    "node_restricted": Words("restricted", "受限"),
    "node_public": Words("left public", "保持公开"),
    "node_appealed": Words("appealed", "有申诉或质疑"),
    "node_not_appealed": Words("not appealed", "无申诉或质疑"),
    "node_reversed": Words("restored", "已撤销限制"),
    "node_stands": Words("still restricted", "限制仍有效"),
    "node_later": Words("restricted later", "后被限制"),
    "node_stays": Words("still public", "仍公开"),
    "rates": Words("Shares with their 95 % intervals", "各项比率及其95%区间"),
    "rates_description": Words(
        "Each dot is a share, the line through it its 95 % interval: where the line is long, little is known.",
        "圆点为比率，横线为其95%区间：线越长，所知越少。",
    ),
    "thresholds": Words("Restrictions and reversals around the limits", "限额附近的限制与撤销"),
    "thresholds_description": Words(
        "Restrictions by the share of the upload, what of them was reversed, and the limits of the latest standard as "
        "dashed lines.",
        "按占上传内容比例划分的限制措施及其中被撤销者，虚线为最近标准的限额。",
    ),
    "restrictions": Words("Restrictions", "限制措施"),
    "of_these_reversed": Words("Of these reversed", "其中被撤销"),
    "share_reversed": Words("Reversed in %", "撤销率"),
    "comparison": Words("Comparison with the two earlier periods", "与前两期的比较"),
    "comparison_note": Words(
        "All periods are counted as of the same T, by the same definitions. Decisions of an earlier period have had "
        "more time to be appealed and reversed: compare cohort figures with that in mind. Figures that were nought or "
        "n/a in all three periods are left out.",
        "各期均截至同一T、依同一定义计算。较早一期的决定有更长时间被申诉和撤销，比较队列数字时应予注意。三期均为零或不适用的数字从略。",
    ),
    "large_moves": Words(
        "A move is marked as large when it is at least a quarter of the earlier value and more than chance would "
        "bring: for counts more than twice the square root of their sum; for shares more than two standard errors of "
        "the pooled share; durations and coefficients need 20 observations in both periods.",
        "变动达到前一期数值的四分之一以上且超出偶然波动的，标为大幅变动：计数须超过两期之和平方根的两倍；"
        "比率须超过合并比率标准误的两倍；时长与系数两期均须有20个以上观察值。",
    ),
    "this_period": Words("This period", "本期"),
    "change": Words("Change", "变动"),
    "points": Words("{number} points", "{number}个百分点"),
    "large": Words("large", "大幅"),
    "no_records": Words("no records", "无记录"),
}

STEPS: Mapping[str, Words] = {
    "open_at_start": Words("Open at the start", "期初未结"),
    "received": Words("Received", "收到"),
    "decided_on_merits": Words("Decided on the merits", "实体裁决"),
    "decided_by_default": Words("Decided by default", "缺席裁决"),
    "omitted": Words("Without a ruling", "未作裁决"),
    "open_at_end": Words("Open at the end", "期末未结"),
}

UNITS: Mapping[Unit, Words] = {
    Unit.COUNT: Words("count", "计数"),
    Unit.SHARE: Words("share", "比率"),
    Unit.HOURS: Words("hours", "小时"),
    Unit.MINUTES: Words("minutes", "分钟"),
    Unit.COEFFICIENT: Words("coefficient", "系数"),
    Unit.AMOUNT: Words("amount of money", "金额"),
}

SCOPES: Mapping[Scope, Words] = {
    Scope.FLOW: Words("flow", "流量"),
    Scope.COHORT: Words("cohort", "队列"),
    Scope.STATE: Words("state", "状态"),
}

CHECKING: tuple[Words, ...] = (
    Words(
        "The PDF carries the same figures as JSON and CSV files. Every figure has its key, definition and version.",
        "本PDF附有相同数字的JSON与CSV文件。每项数字均有键、定义与版本。",
    ),
    Words(
        "The figures add up: open at the start plus received equals decided plus closed without a ruling plus open at "
        "the end; the cells of a breakdown equal their total; a case stands in one outcome only. The report is not "
        "produced when one of these sums does not hold.",
        "各数相符：期初未结加收到等于裁决加未作裁决加期末未结；分项之和等于合计；每案仅计入一种结果。任一等式不成立，即不出具报告。",
    ),
    Words(
        "The same period and the same T give the same report at any later time, because only events recorded by T "
        "count and events are never changed or removed. The last event of the log that was counted is named above.",
        "相同的报告期与相同的T，日后任何时候均得出相同的报告，因为仅计入截至T记录的事件，而事件从不更改或删除。所计入的最后事件已在上文写明。",
    ),
)

TIED: tuple[Words, ...] = (
    Words(
        "The figures were counted from the first {size} events of the log {origin}. Their root is {root}. The signed "
        "checkpoint is in the data; the data are signed with the key of the log, number {key}.",
        "各项数字依据日志{origin}的前{size}个事件计算，其根为{root}。已签名的检查点载于数据中；数据以日志密钥签名，密钥编号{key}。",
    ),
    Words(
        "Anybody can count every figure again from the pseudonymous facts of these events, with the program "
        "casework-verify, offline. It says whether figures, facts and signatures agree, and names what does not.",
        "任何人均可使用casework-verify程序，依据上述事件的假名化事实离线重算每项数字。程序会说明数字、事实与签名是否一致，并指出不一致之处。",
    ),
)
"""Said of a report that is tied to the log."""

RULES_OF_THE_WORK: Mapping[str, Words] = {
    "band_low": Words(
        "At most {low} of the work is used: presumed lawful, public.", "使用权利作品至多{low}：推定合法，公开。"
    ),
    "band_middle": Words(
        "More than {low} and less than {high} of the work is used: public, with a warning to the right holder.",
        "使用权利作品高于{low}而低于{high}：公开，并向权利人预警。",
    ),
    "band_high": Words(
        "{high} of the work or more is used: presumed infringing, blocked.", "使用权利作品达到{high}：推定侵权，拦截。"
    ),
}
"""The bands of a standard that measures the work."""

RULES: Mapping[str, Words] = {
    "order": Words("A binding court or authority order decides.", "依有约束力的法院或主管部门命令。"),
    "no_block": Words(
        "The work is on the no-block list, or a recorded licence covers the use: public.",
        "权利作品在禁止拦截名单上，或已登记的授权涵盖该使用：公开。",
    ),
    "prior_review": Words(
        "Time-sensitive or high-loss work: held for human review.", "时效性强或损失重大的作品：暂缓发布，人工审查。"
    ),
    "marked": Words("The upload bears a valid lawful-use mark: public.", "上传内容带有有效的合法使用标记：公开。"),
    "de_minimis": Words(
        "Not commercial, and at most {seconds} seconds, {characters} characters or {bytes} bytes of an image: public.",
        "非商业，且不超过{seconds}秒、{characters}字符或图像{bytes}字节：公开。",
    ),
    "overlap_limit": Words(
        "The overlap stays within share and amount limits of the work, where the standard switches them on: public.",
        "重合未超过标准所启用的权利作品比例与数量限额：公开。",
    ),
    "name_only": Words(
        "Only a name was found (keyword or metadata): public, with a warning to the right holder.",
        "仅发现名称（关键词或元数据）：公开，并向权利人预警。",
    ),
    "band_low": Words(
        "At most {low} of the upload comes from the work: presumed lawful, public.",
        "上传内容中来自权利作品的部分不超过{low}：推定合法，公开。",
    ),
    "band_middle": Words(
        "More than {low} and less than {high}: public, with a warning to the right holder.",
        "高于{low}而低于{high}：公开，并向权利人预警。",
    ),
    "band_high": Words("{high} or more: presumed infringing, blocked.", "达到{high}：推定侵权，拦截。"),
}
