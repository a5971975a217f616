"""Numbers in prose: invented sentences for every pattern, hedge, unit, period and trap of DOMAIN F."""

from __future__ import annotations

import pytest

from etl import normalise
from etl.model import Document, Identity, Observation, Paragraph, Part, Passage, TableReading
from etl.narrative import read_narrative
from etl.narrative.grammar import compile_grammar
from etl.narrative.sight import chinese_numeral
from etl.registry import load_narrative


def report(text: str, used: set[int] | None = None) -> Part:
    blocks = []
    at = 0
    for line in text.split("\n"):
        if line.strip():
            blocks.append(Paragraph(Passage(line, [0], [at])))
        at += len(line) + 1
    doc = normalise.document(Document("invented.txt", "", "text", text, blocks))
    return Part(doc, 1, doc.blocks)


def read(
    text: str, agency: str | None = "云岭市人民政府", kind: str = "annual_report", year: int | None = 2023, **more
):
    identity = Identity(kind=kind, agency=agency, year=year, **more)
    return read_narrative(report(text), identity, TableReading(None, {}))


def values(text: str, **more) -> dict[str, float]:
    observations, _ = read(text, **more)
    return {o.metric: o.value for o in observations if o.status == "reported"}


A, P, R, C, V, L = (
    "proactive_disclosures",
    "policy_interpretations",
    "requests_received",
    "requests_closed",
    "review_total",
    "litigation_total",
)
TO_HANDLE, IN, OUT = "requests_to_handle", "requests_carried_in", "requests_carried_out"
SITE, CHAT, BLOG, GAZETTE = (f"proactive_via_{c}" for c in ("website", "wechat", "weibo", "gazette"))
ISSUED, REPEALED, FORCE = (f"normative_documents_{c}" for c in ("issued", "repealed", "in_force"))

STATED = [
    # the ways requests came in, as parts of those received; a list of channels that names its verb once
    ("收到政府信息公开申请30件，其中当面申请2件、网络申请20件、信函申请8件。",
     {R: 30, **{f"{R}_in_person": 2, f"{R}_online": 20, f"{R}_mail": 8}}),
    ("收到政府信息公开申请30件（网上20件，传真10件）。", {R: 30, f"{R}_online": 20, f"{R}_fax": 10}),
    ("网站公开信息1,024条，微博1.2万余条、微信近3000篇。", {SITE: 1024, BLOG: 12000, CHAT: 3000}),
    # a negation over verbs; what caused the cases; one outcome is no count of answers
    ("2023年，我局未制发、废止、修改行政规范性文件。", {ISSUED: 0, REPEALED: 0}),
    ("未发生因公开不及时、不规范而引发的行政复议、行政诉讼案件。", {V: 0, L: 0}),
    ("收到政府信息公开申请9件，行政机关不再处理其政府信息公开申请2件。", {R: 9}),
    ("共受理政府信息公开申请20件，均严格按照《条例》规定的时限、程序和方式予以及时、规范答复。", {R: 20, C: 20}),
    ("主动公开区政府（含区政府办公室）各类信息652条。", {A: 652}),
    # a topic named before the disclosure site; accounts told sections below; a channel in apposition; two spellings
    ("重点从专题预报等方面及时公开信息，在市政府信息公开专栏共发布信息141条。", {A: 141}),
    ("向公众公开涉及本局工作动态和各类政府信息66条。", {A: 66}),
    ("（一）主动公开\n网站全年主动公开235条信息。\n（四）平台建设\n微博发布信息700条。", {A: 235, BLOG: 700}),
    ("（一）主动公开\n网站全年主动公开235条信息，微博发布信息700条。", {SITE: 235, BLOG: 700}),
    ("利用新媒体微信公众号发布信息89条。", {CHAT: 89}),
    ("答复政府信息公开申请98件（含上年度转结申请8件）。", {C: 98, IN: 8}),
    ("未收到社会各界依申请政府信息公开来信。", {R: 0}),
    # counters; a verb whose object is named before; what an account publishes; a channel named in the clause before
    ("全年收到14封政府信息公开申请。", {R: 14}),
    ("我局通过网站主动公开相关政务信息，对人事、财政、民生等共公开发布86条。", {A: 86}),
    ("“云岭气象”微信公众号公布动态信息73篇。", {CHAT: 73}),
    ("我局依托市政府门户网站作为发布平台，更新发布信息61条；另有视频9条。", {SITE: 61}),
    # a list and 分别: one figure for each, in its order
    ("“云岭发布”微信和微博分别发布信息208条、317条。", {CHAT: 208, BLOG: 317}),
    ("全年发生行政复议、行政诉讼分别为3件和2件。", {V: 3, L: 2}),
    ("收到政府信息公开申请6件，予以公开、部分公开、不予公开分别为3件、2件、1件。",
     {R: 6, "requests_granted": 3, "requests_partially_granted": 2, "requests_denied": 1}),
    ("微信、抖音和视频号分别发布20条、30条。", {}),
    # parts that are metrics of their own; parts that are none
    ("主动公开政府信息120条，其中规范性文件4件，工作动态116条。", {A: 120, "proactive_normative_documents": 4}),
    ("收到政府信息公开申请9件，其中7件均按期答复，2件结转下年办理。", {R: 9, C: 7, OUT: 2}),
    ("收到依申请公开5条。其中，企业申请政务公开信息2条，个人申请3条。", {R: 5}),
    ("收到政府信息公开申请8件，其中局长信箱收到3件；予以公开5件，其他处理3件。",
     {R: 8, "requests_granted": 5, "requests_other": 3}),
    # zero: all who may apply; what caused the case; the neighbouring years by number
    ("尚未收到市民或法人依申请公开信息要求。", {R: 0}),
    ("无政府信息公开申请办理导致行政复议、提起行政诉讼的案件。", {V: 0, L: 0}),
    ("办理政府信息公开申请7件，全部按期办结，无2022年结转申请和结转2024年继续办理事项。", {IN: 0, OUT: 0, C: 7}),
    ("我局接到依申请公开事项5项，均已答复办结，未产生依申请公开政府信息案例。", {R: 5, C: 5}),
    # P1, P2 the year's total
    ("2023年，我局主动公开政府信息814条。", {A: 814}),
    ("全年共主动公开各类政府信息1，263条。", {A: 1263}),
    ("全年主动公开政府信息2 345条。", {A: 2345}),
    ("2023年主动发布政府信息共计57条（不同渠道发布的同一信息计为1条）。", {A: 57}),
    ("本年度累计发布各类政务信息406条。", {A: 406}),
    ("全年公开政府信息的数量为93条。", {A: 93}),
    ("2023年，全市主动公开政府信息31.6万条。", {A: 316000}),
    ("全年共主动公开719条政府信息。", {A: 719}),
    ("今年以来，我街道共发布政务公开信息64篇。", {A: 64}),
    ("我镇主动公开信息数量304，及时回应群众。", {A: 304}),
    ("2023年主动公开政府信息，共计128条。", {A: 128}),
    ("2023年度本机关主动公开政府信息数为88条。", {A: 88}),
    ("通过政府网站、政务新媒体、政府公报等渠道，全市共向社会主动公开政府信息12万余条。", {A: 120000}),
    ("全年通过政务公开网发布相关信息1530条，点击量28万人次。", {A: 1530}),
    ("在政府网站平台主动公开政府信息977条。", {A: 977}),
    ("全年在信息公开平台更新信息455条。", {A: 455}),
    ("全年审核发布各类公开政府信息231条，其中：机构设置信息7条；政府网站信息180条。", {A: 231}),
    ("政府信息主动公开267条。", {A: 267}),
    ("本单位全年主动公开各类信息一百二十条。", {A: 120}),
    ("截至2023年底，我局主动公开政府信息累计1200条，其中2023年新增公开信息320条。", {A: 320}),
    ("我镇全年发布信息220条，其中党务公开45条、政务公开175条。", {A: 220}),
    # P3 channels
    ("全年主动公开政府信息900条，其中通过政府网站公开600条，通过政务微信公开200条，通过政务微博公开100条。",
     {A: 900, SITE: 600, CHAT: 200, BLOG: 100}),
    ("通过政府网站公开信息5条，通过微信公众平台发布信息131条。", {SITE: 5, CHAT: 131}),
    ("主动公开政府信息数46条，其中通过政府网站公开政府信息数46条。", {A: 46, SITE: 46}),
    ("微信公众号共推送信息322条。", {CHAT: 322}),
    ("主动公开政府信息80条，其中政府公报公开政府信息12条。", {A: 80, GAZETTE: 12}),
    (
        "全年主动公开信息共计3562条，其中：门户网站2500条，微信公众号800条，微博262条。",
        {A: 3562, SITE: 2500, CHAT: 800, BLOG: 262},
    ),
    ("2023年，县政府门户网站更新信息12000余条，主动公开政府信息6530条。", {A: 6530, SITE: 12000}),
    ("主动公开政府信息十万余条。", {A: 100000}),
    # P4 received
    ("全年共收到政府信息公开申请46件。", {R: 46}),
    ("共收到政府信息依申请公开66件次。", {R: 66}),
    ("2023年，我区接收通过邮寄、网络提交的各类政府信息公开申请共计35件。", {R: 35}),
    ("本年度新收政府信息公开申请9件。", {R: 9}),
    ("全年收到12件政府信息公开申请。", {R: 12}),
    ("收到公民、法人和其他组织提出的政府信息公开申请23件，均已按时答复。", {R: 23, C: 23}),
    ("2023年受理依申请公开5件（上年结转0件）。", {R: 5, IN: 0}),
    ("全年共收到有关政府信息公开的申请21条。", {R: 21}),
    ("收到政府信息公开申请，共18件。", {R: 18}),
    ("（二）依申请公开情况。全年共收到申请14件，办结14件。", {R: 14, C: 14}),
    ("全年收到依申请公开申请三件。", {R: 3}),
    ("市政府办公室代表市政府共受理政府信息公开申请402件，申请数量较去年下降3.5%。", {R: 402}),
    ("收到政府信息公开申请26件，均已办结。", {R: 26, C: 26}),
    ("本年度共收到信函申请2件。", {}),
    ("全年收到要求公开政府信息的信函申请2件。", {R: 2}),
    # P5 closed
    ("受理政府信息公开申请408件，办结391件。", {R: 408, C: 391}),
    ("受理办结依申请公开8件。", {R: 8, C: 8}),
    ("全年共收到和办理依申请公开事项17条，均在规定期限内予以答复。", {R: 17, C: 17}),
    ("规范办理依申请公开52件。", {C: 52}),
    ("全年收到信息公开申请33件，答复33件。", {R: 33, C: 33}),
    ("办结依申请公开81件，其中：不予公开5件，占6.17%；无法提供31件，占38.27%。",
     {C: 81, "requests_denied": 5, "requests_unavailable": 31}),
    ("收到政府信息公开申请30件，按时办结29件，1件结转下年度继续办理。", {R: 30, C: 29, OUT: 1}),
    ("全年收到信息公开申请8份，其中网上申请5份，信函申请3份，当场答复2份。", {R: 8}),
    # P6, P7 carried
    ("答复政府信息公开申请611件（含上年度结转申请14件，另有35件申请按照规定顺延到下年度答复）。", {C: 611, IN: 14, OUT: 35}),
    ("全市共收办政府信息公开申请案件2150件，其中自然人申请2000件；转下年度办理77件。", {TO_HANDLE: 2150, OUT: 77}),
    ("受理（含上年结转）政府信息公开申请120件。", {TO_HANDLE: 120}),
    ("受理政府信息公开申请120件，其中新收100件，上年结转20件。", {TO_HANDLE: 120, R: 100, IN: 20}),
    ("新收政府信息公开申请100件，上年结转20件，结转下年度继续办理3件。", {R: 100, IN: 20, OUT: 3}),
    ("全州共办理政府信息公开申请1890件，其中本年新收1856件、上年结转34件。", {TO_HANDLE: 1890, R: 1856, IN: 34}),
    ("受理政府信息公开申请55件（含上年结转3件），办结52件，结转2024年3件。", {TO_HANDLE: 55, IN: 3, C: 52, OUT: 3}),
    # P8 outcomes
    ("收到政府信息公开申请50件，予以公开20件、部分公开11件、不予公开4件、无法提供9件、不予处理3件、其他处理3件。",
     {R: 50, "requests_granted": 20, "requests_partially_granted": 11, "requests_denied": 4, "requests_unavailable": 9,
      "requests_not_processed": 3, "requests_other": 3}),
    ("政府信息公开申请办结100件，部分公开67，占67%。", {C: 100, "requests_partially_granted": 67}),
    # P9 interpretations
    ("全年发布政策解读42篇。", {P: 42}),
    ("发布政策解读信息60条，其中上级政策解读9条、政策问答30条、部门解读21条。", {P: 60}),
    ("共发布解读类信息16条，其中政策解读6条，会议解读10条。", {P: 6}),
    ("通过门户网站发布政策解读共77件。政府公报全年编发24期，刊登规范性文件45件，政策解读31件。", {P: 77}),
    ("全年发布政策解读稿件36次。", {P: 36}),
    ("全年主动公开政府信息275条，其中新闻发布会信息6条，政策解读9条，其他信息134条。", {A: 275, P: 9}),
    ("发布政策解读材料（含图解、视频）19个。", {P: 19}),
    ("全年共制作发布25篇政策解读。", {P: 25}),
    ("累计发布文字解读、图解、视频解读等政策解读156篇。", {P: 156}),
    # P10
    ("全年共举办88场市政府新闻发布活动。", {"press_conferences": 88}),
    ("按季度共召开4次新闻发布会。", {"press_conferences": 4}),
    ("召开新闻发布会6场次，开展在线访谈11期。", {"press_conferences": 6, "online_interviews": 11}),
    ("今年以来共组织公开征求意见25件。", {"public_consultations": 25}),
    ("开展征集调查14期，收到公众意见201条。", {"public_consultations": 14}),
    ("通过网络问政回应公众关注热点或重大舆情0次。", {"public_responses": 0}),
    # P11
    ("因政府信息公开产生行政复议13件和行政诉讼1件。", {V: 13, L: 1}),
    ("信息公开类行政复议6件，诉讼8件，均获维持。", {V: 6, L: 8}),
    ("因政府信息公开引起的行政复议案件3件、行政诉讼案件5件。", {V: 3, L: 5}),
    ("因政府信息公开被申请行政复议、提起行政诉讼各2件。", {V: 2, L: 2}),
    # P12, P13 zeros
    ("全年未收到公民、法人或其他组织通过任何形式提出的政府信息公开申请。", {R: 0}),
    ("2023年，我局无依申请公开事项，无针对本部门有关政府信息公开事务的行政复议、诉讼、申诉案件。", {R: 0, V: 0, L: 0}),
    ("未发生因政府信息公开工作被申请行政复议和提起行政诉讼的情况。", {V: 0, L: 0}),
    ("全年政府信息公开工作没有行政复议和行政诉讼案件。", {V: 0, L: 0}),
    ("收到依申请公开0件次，行政复议、行政诉讼、举报投诉均为0。", {R: 0, V: 0, L: 0, "complaints_total": 0}),
    ("未收到有关政府信息公开行政复议的申请。", {V: 0}),
    ("本年度未收取信息处理费。", {"information_fees": 0}),
    ("2023年度，未制定发布规范性文件。", {ISSUED: 0}),
    ("依申请公开0件，政府信息公开行政复议、行政诉讼案件均未发生。", {R: 0, V: 0, L: 0}),
    ("没有公民、法人和其他组织向我局申请政府信息公开。", {R: 0}),
    ("我镇未收到政府信息公开申请，也没有因政府信息公开申请引发的行政复议和行政诉讼。", {R: 0, V: 0, L: 0}),
    ("未发生因信息公开申请行政复议、提起行政诉讼的情况。", {V: 0, L: 0}),
    ("政府信息公开申请数量为零。", {R: 0}),
    ("全年政府信息公开行政复议为零，行政诉讼为零。", {V: 0, L: 0}),
    ("全年未举行政府信息公开收费，未收取任何费用。", {"information_fees": 0}),
    ("上年结转依申请公开0件，无结转下年度办理的政府信息公开申请。", {IN: 0, OUT: 0}),
    ("我局未发生一起因政府信息公开引起的行政复议或行政诉讼。", {V: 0, L: 0}),
    ("全年无公民、法人或者其他组织申请公开政府信息。", {R: 0}),
    ("未发现因政府信息公开引发的行政复议、诉讼案件。", {V: 0, L: 0}),
    ("全年未发生需要回应的公众关注热点或重大舆情。", {"public_responses": 0}),
    ("本年度未召开新闻发布会，未开展在线访谈。", {"press_conferences": 0, "online_interviews": 0}),
    ("本年度新收政府信息公开申请47件，加上上年结转的14件，共需办理61件，年内办结58件。", {R: 47, IN: 14, TO_HANDLE: 61, C: 58}),
    # P14
    ("制发规范性文件6个，标注废止文件200个。", {ISSUED: 6}),
    ("全年制定出台行政规范性文件11件，废止5件，现行有效38件。", {ISSUED: 11, REPEALED: 5, FORCE: 38}),
    ("集中发布市本级现行有效行政规范性文件301件，已废止的行政规范性文件90件；县区级现行有效行政规范性文件77件；"
     "市直部门现行有效行政规范性文件55件。", {FORCE: 301}),
    ("制定《某管理办法》等规范性文件3件，废止规范性文件1件。", {ISSUED: 3, REPEALED: 1}),
    ("制发规范性文件总数3条，其中主动公开规范性文件数3条。", {ISSUED: 3, "proactive_normative_documents": 3}),
    ("全年制定政府规章4件。", {"regulations_issued": 4}),
    # fees, trainings
    ("对9件政府信息公开申请收取了信息处理费1250元。其中，某县自然资源局1件，收取420元。", {"information_fees": 1250}),
    ("全年收取政府信息公开信息处理费0元。", {"information_fees": 0}),
    ("组织开展政务信息专题培训2次。", {"trainings_held": 2}),
    ("对政务公开工作人员开展业务培训150余人次。", {"trainees": 150}),
    ("举办政务公开业务培训班3期，培训人员260人次。", {"trainings_held": 3, "trainees": 260}),
    # lists of topics are no single topic; the sum told last; parts told in the next sentence
    ("街道主动公开涉及社会救助、养老服务、疫情防控、安全生产等方面信息345条。", {A: 345}),
    ("全年共发布政府会议、规范性文件、重点项目、财政资金等政务信息2187条。", {A: 2187}),
    ("2023年，在局网站公开信息880条，在省平台专栏发布信息120条，总计1000条。", {A: 1000, SITE: 880}),
    ("全年累计共公开政府信息300余条，以网站、微博为主。其中门户网站方面，通过县政府网主动公开信息210条。", {A: 300, SITE: 210}),
    ("本年度共主动公开政府信息31条，在主动公开的信息中，工作动态信息7条。", {A: 31}),
    ("县政府网站公开全县各类政府信息共计2437条，包括：人事信息12条，公告225条。", {A: 2437}),
    ("主动在门户网站公开政府信息41条。", {A: 41}),
    # all answered, or not
    ("收到政府信息公开申请16件，均在法定时限内完成答复。", {R: 16, C: 16}),
    ("受理政府信息公开申请2件，都在法定期限内予以答复。", {R: 2, C: 2}),
    ("收到依申请公开2件，均为网络申请，均在规定时间内答复。", {R: 2, C: 2}),
    ("收到依申请公开信息16件，已全部按期限答复办结。", {R: 16, C: 16}),
    ("收到政府信息公开申请4件，均正在答复中。", {R: 4}),
    ("收到政府信息公开申请9件，均按时答复，结转下年度继续办理2件。", {R: 9, OUT: 2}),
    ("全年共收到和办理依申请公开9件，部分公开2件，结转至下一年度办理2件。",
     {R: 9, OUT: 2, "requests_partially_granted": 2}),
    ("全年共收到并按时办结16件政府信息公开申请。", {R: 16, C: 16}),
    ("（二）依申请公开情况。全年接收到申请书55份。", {R: 55}),
    ("（二）依申请公开情况。在答复的9件申请中，“同意公开”的7件，“不予公开”的1件。",
     {"requests_granted": 7, "requests_denied": 1}),
    ("发布各类政策解读件69篇。", {P: 69}),
    ("收到依申请公开信息12条，其中：邮递依申请公开信息1条，平台依申请公开11条，均在规定时限内准确答复。", {R: 12, C: 12}),
    ("未对公众依申请公开政府信息收取任何费用。", {"information_fees": 0}),
    ("未向公民、法人和其他组织收取任何与政府信息公开相关的费用。", {"information_fees": 0}),
    ("未发生政府信息公开行政复议，未发生依申请公开提起行政诉讼举报投诉情况。", {V: 0, L: 0, "complaints_total": 0}),
    ("通过网站公开信息92条，其中包括预决算等内容；通过微博等新媒体主动公开信息623条。", {SITE: 92}),
    ("全年未收到依申请公开事项.", {R: 0}),
    ("2023年度我局无依申请公开政务信息情况。", {R: 0}),
    ("收到依申请公开26件，办结25件，另有1件转2024年继续办理。", {R: 26, C: 25, OUT: 1}),
    ("（二）依申请公开。无上年度结转，无申请件结转到下一年度。", {IN: 0, OUT: 0}),
    ("我镇政府信息公开没有收费。", {"information_fees": 0}),
    ("全年政策解读稿件发布5篇。", {P: 5}),
    ("主动公开信息量625条。", {A: 625}),
    ("全年发布政府文件、工作动态、业务介绍等各类信息1871条（含规范性文件8件）。", {A: 1871, "proactive_normative_documents": 8}),
    ("收到10件依申请公开申请，办结10件，结转2024年度继续办理2件；全市发生政府信息公开行政复议案件1起。",
     {R: 10, C: 10, OUT: 2, V: 1}),
    ("市人民政府网站发布政府信息共17076条。微信公众号保持每日更新，共发布信息1193条。", {SITE: 17076, CHAT: 1193}),
    ("某某农业信息网更新发布信息870篇。", {SITE: 870}),
]  # fmt: skip

NOTHING = [
    # document numbers, articles, dates, phones, addresses
    "根据国办公开办函〔2021〕30号文件要求编制本报告。",
    "按照《条例》第二十条第（一）项公开政府信息。",
    "联系电话：0999-1234567，地址：云岭市人民路15号505室，邮编：999000。",
    "数据统计期限自2023年1月1日起至2023年12月31日止。",
    "认真梳理第二十条规定的15项法定主动公开内容。",
    # titles and names
    "印发《公开政府信息30条》。",
    "出台“信息公开20条”措施。",
    "推动“创业富民30条”落地。",
    # percentages, ranks, readers
    "政府信息公开申请按时办结率100%。",
    "依申请公开答复率达98.5%。",
    "政府信息公开工作排名第4。",
    "两条微信阅读量达180万次。",
    "网站访问量9064211人次。",
    "微博粉丝突破770万。",
    # counts of something else
    "对全市70家政府网站开展检查。",
    "办理人大建议12件、政协提案20件。",
    "12345热线受理诉求47件，办结47件。",
    "办理网民留言1779条，答复1779条。",
    "全年受理网络问政182件。",
    "共收到部门信箱咨询件11件，均已办结。",
    "目前已入驻单位13个，开设窗口26个，共受理申请121510件。",
    "共受理行政审批申请310件，办结310件。",
    "今年累计处理相关舆情27起。",
    "收到公众意见382条。",
    "截至目前共收集群众意见40条。",
    "共有2名兼职工作人员。",
    "统一受理平台接入53个部门2261项事项。",
    # single topics
    "截至目前，“惠企纾困”专题累计发布信息45条。",
    "重点项目招投标信息、项目竣工信息及封路公告等共100余条信息。",
    "发布惠民信息100余条。",
    "发布疫情通报1103条、防控动态873条。",
    "围绕稳就业领域开展专题发布，累计发布信息268条。",
    "梳理完善平台等专题专栏共675条信息。",
    "做好入库文件整理176条信息。",
    "排查整改问题信息5785条，甄别整改相关信息387条。",
    "全年政策简明问答119期。",
    # parts and other bodies
    "各乡镇主动公开政府信息856条，占34%。",
    "县直各单位主动公开政府信息2475条，占62.2%。",
    "作为依申请公开信息数46条，不予公开信息数1854条。",
    "制作、获取政府信息总数3978条。",
    "主动公开政府信息的主要类别有：机构职能类信息594条，规划计划类信息29条，其他应主动公开的信息946条。",
    "县区级现行有效行政规范性文件163件。",
    # activities and mixed
    "开展政策解读活动15次。",
    "发布解读回应27条。",
    "发布政策文件及解读12条。",
    "举办“惠企行动”系列新闻发布会10场、“惠企行动”系列在线访谈7场。",
    "参加上级组织的政务公开业务培训1次。",
    "通过“在线访谈”、“1+X”新闻发布会等渠道开展政民互动200余场。",
    "开展政策解读6次，政策宣讲12场。",
    # duty, target, condition
    "2024年计划发布政策解读30篇。",
    "力争全年主动公开政府信息不少于500条。",
    "应当在20个工作日内答复政府信息公开申请。",
    "每月主动公开政府信息不少于10条。",
    "下一步，将举办政务公开培训2次。",
    "如有政府信息公开申请，可以提出行政复议。",
    # other years and periods
    "上年主动公开政府信息600条。",
    "2022年收到政府信息公开申请30件。",
    "上半年主动公开政府信息300条。",
    "第一季度发布政策解读5篇。",
    "5月份收到政府信息公开申请2件。",
    "自2008年以来累计主动公开政府信息9000条。",
    "网站开通以来，累计主动公开政府信息12000条。",
    # no number, double forms
    "未出现逾期未答复的情况。",
    "无不予公开政府信息的情形。",
    "全年未发生行政诉讼败诉案件。",
    "无正当理由大量反复申请。",
    "没有现成信息需要另行制作。",
    "公布现行有效的规范性文件。",
    "全年多次发布政府信息数百条。",
    "若干政策解读陆续发布。",
    "全年办理行政复议案件356件，其中政府信息公开类45件。",
    "县政府办公室受理政府信息公开申请34件，各乡镇、各部门受理102件。",
    "全年公文公开属性审核320件，其中主动公开120件，依申请公开80件，不予公开120件。",
    "发布政策图解45期，政策问答23期。",
    "发布图文解读12篇，视频解读5篇。",
    # flattened tables
    "一、本年新收政府信息公开申请数量801000081二、上年结转政府信息公开申请数量0000000",
    "一、本年新收政府信息公开申请数量 21 0 0 0 0 0 21",
    "行政规范性文件77132470第二十条第（五）项",
    "行政复议数条00行政诉讼数条00",
    "本年收费金额（单位：万元）行政事业性收费7730.28",
    # data are no policies
    "全年发布数据解读信息89篇，其中统计分析38篇。",
    "财政收支信息12条，财政收支信息解读4条。",
    "机构领导简介类信息19篇；政策法规、政策解读类信息24篇。",
    "主动公开水、空气环境质量信息26篇；行政处罚信息30条。",
    "办理行政许可415件、行政处罚7件、行政复议1件，无投诉举报、行政诉讼。",
    "收到2个自然人的政府信息公开申请。",
    "印发规范性文件并解读1件。",
    "12333热线回应公众关切4000次。",
    # sums not to be made, figures not to be shared out
    "因政府信息公开产生行政复议和行政诉讼共3件。",
    "政府信息公开申请予以公开及部分公开258件。",
]


@pytest.mark.parametrize(("text", "wanted"), STATED, ids=[t[:24] for t, _ in STATED])
def test_a_stated_number_is_bound_to_its_head_noun(text: str, wanted: dict[str, float]) -> None:
    assert values(text) == wanted


@pytest.mark.parametrize("text", NOTHING, ids=[t[:24] for t in NOTHING])
def test_other_numbers_give_nothing(text: str) -> None:
    assert values(text) == {}


@pytest.mark.parametrize(
    ("text", "value", "qualifier"),
    [
        ("主动公开政府信息300余条。", 300, "at_least"),
        ("主动公开政府信息1600多条。", 1600, "at_least"),
        ("主动公开政府信息超过500条。", 500, "at_least"),
        ("主动公开政府信息逾2万条。", 20000, "at_least"),
        ("主动公开政府信息8万余条。", 80000, "at_least"),
        ("主动公开政府信息3余万条。", 30000, "at_least"),
        ("主动公开政府信息200条以上。", 200, "at_least"),
        ("主动公开政府信息近400条。", 400, "at_most"),
        ("主动公开政府信息不足90条。", 90, "at_most"),
        ("主动公开政府信息约700条。", 700, "about"),
        ("主动公开政府信息150条左右。", 150, "about"),
        ("主动公开政府信息共计150条。", 150, "exact"),
        ("主动公开政府信息达150条。", 150, "exact"),
    ],
)
def test_hedges_become_qualifiers(text: str, value: int, qualifier: str) -> None:
    (found,) = read(text)[0]
    assert (found.metric, found.value, found.qualifier) == (A, value, qualifier)


def test_two_figures_and_nothing_decides_are_both_kept_and_flagged() -> None:
    observations, findings = read("全年主动公开政府信息512条。\n2023年我市主动公开政府信息620条。")
    assert [(o.value, o.status) for o in observations] == [(512, "conflicting"), (620, "conflicting")]
    assert [f.rule for f in findings] == ["NT-DUP"]


def test_an_equal_figure_twice_is_one() -> None:
    observations, findings = read("全年主动公开政府信息512条。\n2023年我市主动公开政府信息512条。")
    assert [(o.value, o.status) for o in observations] == [(512, "reported")]
    assert not findings


def test_parts_without_a_total_are_not_added() -> None:
    observations, _ = read("开展政务公开培训2次。收到当面政府信息公开申请3件，收到网络政府信息公开申请5件。")
    assert not [o for o in observations if o.metric == R]


def test_the_own_figure_of_a_department_not_that_of_the_region() -> None:
    text = "全市应急管理系统主动公开政府信息5000条。我局主动公开政府信息210条。"
    assert values(text, agency="云岭市应急管理局") == {A: 210}


def test_the_share_of_a_named_body_does_not_stand_against_the_total() -> None:
    text = "全县主动公开政府信息2026条。在互联网上，2023年县政府公开办主动公开信息数为1795条。"
    assert values(text, agency="云岭县人民政府") == {A: 2026}


def test_figures_up_to_a_day_are_marked() -> None:
    (found,) = read("截止到2023年12月12日通过政务公开网发布信息共610条。", kind="work_summary")[0]
    assert (found.metric, found.value, found.part_year) == (A, 610, True)
    (found,) = read("截至2023年12月31日，主动公开政府信息610条。")[0]
    assert not found.part_year


def test_a_report_that_covers_less_than_its_year_marks_all_figures() -> None:
    (found,) = read("全年主动公开政府信息610条。", kind="work_summary", period=("2023-01-01", "2023-12-19"))[0]
    assert found.part_year


def test_a_lesser_channel_stands_beside_the_site() -> None:
    text = "全年共通过政务公开网发布相关信息1878条。\n微信公众号共发布信息884条。"
    assert values(text) == {A: 1878, CHAT: 884}


def test_chapters_on_problems_and_plans_give_nothing() -> None:
    text = (
        "一、总体情况\n全年主动公开政府信息120条。\n二、存在的主要问题及改进情况\n（一）主要问题\n"
        "全年发布政策解读3篇，数量偏少。\n三、其他需要报告的事项\n本年度未收取信息处理费。"
    )
    assert values(text) == {A: 120, "information_fees": 0}


def test_a_whole_report_in_one_line() -> None:
    text = (
        "云岭市2023年报告 一、总体情况 2023年全市平稳。（一）主动公开方面全年共主动公开政府信息777条。（二）依申请公开方面"
        "持续强化服务，全年收到政府信息公开申请8件。 二、存在的主要问题一是发布政策解读2篇偏少。三、其他事项无。"
    )
    assert values(text) == {A: 777, R: 8}


def test_a_sentence_broken_by_line_width() -> None:
    text = (
        "2023年，云岭市坚持公开为常态、不公开为例外，全市共向社会主\n动公开政府信息1234条，受理政府信息公开申请\n56件。"
    )
    assert values(text) == {A: 1234, R: 56}


@pytest.mark.parametrize("kind", ["work_plan", "other"])
def test_plans_and_other_papers_give_nothing(kind: str) -> None:
    assert read("全年主动公开政府信息120条。", kind=kind) == ([], [])


def test_evidence_points_into_the_file() -> None:
    text = "一、总體情況\n全年主動公開政府信息３００餘條,,收到政府信息公開申請5件。"
    part = report(text)
    observations, _ = read_narrative(part, Identity(kind="annual_report", year=2023), TableReading(None, {}))
    by_metric: dict[str, Observation] = {o.metric: o for o in observations}
    found = by_metric[A]
    assert found.raw == "３００餘條"
    assert text[found.locator["start"] : found.locator["end"]] == "３００餘條"
    assert found.locator["block"] == 1
    assert found.quote == "全年主動公開政府信息３００餘條,,收到政府信息公開申請5件"
    assert by_metric[R].value == 5


def test_what_tables_used_is_left_alone() -> None:
    part = report("全年主动公开政府信息120条。\n收到政府信息公开申请7件。")
    reading = TableReading("2021", {}, used={id(part.blocks[0])}, spans={id(part.blocks[1]): [(0, 14)]})
    assert read_narrative(part, Identity(kind="annual_report", year=2023), reading)[0] == []


def test_chinese_numerals() -> None:
    assert [chinese_numeral(w) for w in ("三", "十二", "二十", "一百零五", "两千三百", "二〇")] == [
        3,
        12,
        20,
        105,
        2300,
        20,
    ]


def test_a_new_spelling_in_the_registry_is_read_without_code() -> None:
    entry = load_narrative()
    words = dict(entry.words) | {"interpretation": (*entry.words["interpretation"], "政令释义")}
    metrics = tuple(m.model_copy(update={"heads": (*m.heads, "释义")}) if m.metric == P else m for m in entry.metrics)
    grammar = compile_grammar(entry.model_copy(update={"words": words, "metrics": metrics}))
    frames = [f.left for f in grammar.by_metric[P].frames if f.left is not None]
    assert any(f.match("发布政令释义"[::-1]) for f in frames)


def test_what_is_concluded_gives_way_to_the_table() -> None:
    table = Observation(C, 14, "件", "reported", "table", "14", "", {}, breakdown="total")
    part = report("收到政府信息公开申请16件，均按时答复。")
    reading = TableReading("2021", {}, [table])
    found = read_narrative(part, Identity(kind="annual_report", agency="云岭市水务局", year=2023), reading)[0]
    assert {o.metric: o.value for o in found} == {R: 16}


def test_one_of_several_channels_is_no_total() -> None:
    text = "政府网站公开信息698条，微博微信公开信息148条，新闻媒体公开信息12条，政府公报公开信息0条。"
    assert A not in values(text)
    assert A not in values("全年云岭市人民政府网站共发布各类信息46106条。")
    assert values("通过门户网站公开信息417条，通过微信公众号、今日头条等新媒体公开信息139条。") == {SITE: 417}


def test_hostile_text_is_read_in_linear_time() -> None:
    text = "主动公开政府信息、" * 3000 + "。" + "（" * 5000 + "1条" * 3000 + "未" * 3000
    read(text)
    assert values("公开信息" + "1" * 2000 + "条。") == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # what all of them came to, told with the term kept
        ("2023年，收到依申请公开办理事项7件，已在规定时间内办结答复。", {R: 7, C: 7}),
        ("收到政府信息公开申请5件，已按规定时限和程序办结。", {R: 5, C: 5}),
        # what was carried in is not what was closed; 新收 is received, whatever was 受理
        ("办结上年度结转依申请公开事项6件，新收依申请公开事项205件。", {IN: 6, R: 205}),
        ("全年受理依申请公开事项61件，结转上年后新收到依申请公开事项44件。", {R: 44}),
        ("共收到依申请公开申请30件，共办结26件，结转到2024年办理9件。", {R: 30, C: 26, OUT: 9}),
        # one outcome is no figure of requests received
        ("受理政府信息公开申请31件（含上年结转2件），予以公开9件，另处理重复申请3件。", {TO_HANDLE: 31, IN: 2, "requests_granted": 9}),
        ("2023年我局未收到申请公开事项。", {R: 0}),
        # all who may apply, listed: no channel, and so the whole
        ("2023年，我局未收到公民、法人和其他组织政府信息公开申请。", {R: 0}),
        ("全年未接到自然人、法人或者其它组织的政府信息公开申请。", {R: 0}),
        ("全年未收到法人的政府信息公开申请。", {}),
        # documents and 相关解读 under one figure
        ("规范性文件、会议纪要及相关解读信息共85条。", {}),
        # issues, then items; what a channel publishes
        ("“云岭发布”公众号共发布信息281期1007条。", {CHAT: 1007}),
        ("拓展公开渠道，“云岭教育”微信公众号发布稿件412条。", {CHAT: 412}),
        # a rounded figure is not the exact one beside it unless they agree
        ("通过市门户网站公开信息7200余条。通过省门户网站公开信息380条，微博公开信息90条。", {BLOG: 90}),
        ("全年主动公开政府信息230余条。2023年主动公开政府信息236条。", {A: 236}),
        # a list of parts a sentence after their whole; another channel's figure, its name clauses before
        (
            "全年共发布政府信息190条。内容涵盖五类。其中政策法规信息公开数4条；财政资金信息公开数18条；法律服务信息公开数52条。",
            {A: 190},
        ),
        (
            "一是全年市局门户网站共发布政府信息1420条。二是办好三大微博，在原有基础上，加大力度，累计发布政府信息310条。",
            {SITE: 1420},
        ),
        # the site's whole beside one topic
        ("政府网站发布主动公开内容4410条，发布重大项目、公共资源、公益事业等重点领域信息260条。", {A: 4410}),
    ],
)  # fmt: skip
def test_wordings_of_unseen_reports(text: str, expected: dict[str, float]) -> None:
    assert values(text) == expected


def test_a_government_s_figure_is_none_of_a_bureau_s() -> None:
    assert values("省政府办公厅主动公开政府信息900条。", agency="云岭市水利局") == {}
    assert values("市水利局主动公开政府信息90条。", agency="云岭市水利局") == {A: 90}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # counted up to a day: of the year where the text says so, or says from when its figures count
        ("截至2023年底，我局累计主动公开政府信息918条。", {}),
        ("截至2023年12月31日，我局今年累计主动公开政府信息93条。", {A: 93}),
        ("截至2023年12月31日，我局主动公开政府信息93条。", {A: 93}),
        ("数据统计期限自2023年1月1日起至12月31日止。截至2023年底，我局累计主动公开政府信息93条。", {A: 93}),
        ("截至2023年底，我局累计主动公开政府信息918条，公开及时率100%。其中2023年新增主动公开政府信息93条。", {A: 93}),
        ("2023年新增主动公开政府信息93条。截至2023年底，累计主动公开政府信息918条。", {A: 93}),
        ("截至2023年底，累计收到政府信息公开申请41件。", {}),
        # a channel's part of a whole that is told first, in whatever words
        ("全年通过网站、公开专栏、显示屏等途径向社会公开各类政府信息820余条次，其中：通过网站公开各类政府信息611条。", {A: 820, SITE: 611}),
        ("累计编发动态93条，其中通过网站公开政府信息61条。", {SITE: 61}),
        ("全年通过局门户网站主动公开信息共计940条，涵盖信息公开目录88条、概况类信息21条。", {A: 940}),
        ("在局网站发布部门文件、工作动态、业务知识等各类信息3310条。", {SITE: 3310}),
        ("“云岭水务”公众号发布信息数量211。", {}),
        ("主动公开政府信息900条，其中通过报刊、电视等其他方式公开70条。", {A: 900, "proactive_via_other": 70}),
        # ways of asking add up to the requests received; what was carried in does not
        ("全年依申请公开共收到群众网上申请71件，信函18件，合计89件，上年结转4件。", {R: 89, IN: 4}),
        ("共收到政府信息公开申请71件，上年结转4件，共计75件。", {R: 71, IN: 4}),
        # asked in the year before, answered in this one: one part of what was answered
        ("2023年，共收到政府信息公开申请71件。2022年收到、结转至2023年作出答复的政府信息公开申请9件。", {R: 71}),
        ("我局共接到公民、法人和其他组织申请公开的政府信息项目6例。", {R: 6}),
        ("2023年未制定发布、废止行政规范性文件。", {ISSUED: 0, "normative_documents_repealed": 0}),
        ("截至2023年底，我局累计在网上主动公开政府信息918条，其中2023年公开93条。", {A: 93}),
        ("截至2023年底，我局累计主动公开政府信息918条，其中2022年公开93条。", {}),
        # kinds of information, among them 公报, are no channels
        ("主动公开政府信息640条，其中规范性文件9条，政府公报4条，要闻104条。", {A: 640, "proactive_normative_documents": 9}),
        ("主动公开政府信息640条，其中政府公报4条，政府网站620条。", {A: 640, GAZETTE: 4, SITE: 620}),
        ("收到政府信息依申请公开件26份，依法依规答复处理24件。", {R: 26, C: 24}),
        # one outcome, or one way of asking, is nothing that a channel published
        ("全年办理政府信息公开申请7件，其中自然人6件，企业1件，已通过网站对外公开2件。", {C: 7}),
        ("未引发行政复议、诉讼等行政争议。", {V: 0, L: 0}),
        # all of them are closed, told with 已 and no figure of its own
        ("收到政府信息公开申请一件，已办理完毕。", {R: 1, C: 1}),
        ("我委收到7条依申请公开政府信息的申请，并已办理完成。", {R: 7, C: 7}),
        ("收到政府信息公开申请20件，已答复18件。", {R: 20, C: 18}),
        ("收到政府信息公开申请20件，已答复其中的大部分（18件）。", {R: 20}),
        # carried in, told by its handling; refused and therefore sued
        ("受理政府信息公开申请16件，上年结转政府信息公开办理数量2件。", {R: 16, IN: 2}),
        ("未发生因政府信息不予公开而被申请行政复议、提起行政诉讼的情况。", {V: 0, L: 0}),
        # what an account publishes, named after it; the account itself is no article
        ("微信公众号关注量3012个，共推送微信文章214篇，总阅读量70018次。", {CHAT: 214}),
        ("全年发布微博210条，微信320条。", {BLOG: 210, CHAT: 320}),
        ("新推出微信公众号3个。", {}),
        ("全年发布微博、微信210条。", {}),
        # an item published is no request answered
        ("主动公开政府信息61条，其中通知公告43条，回复网络申请公开事项5条。", {A: 61}),
        # requests by the unit of information, known by what became of them
        ("全年依申请公开4条，均在规定时限内办结。", {R: 4, C: 4}),
        ("2023年度依申请公开申请数为21件，截至12月31日已全部办结。", {R: 21, C: 21}),
        # what stands before a figure says what it counts; a suit over something else
        ("发生因政府信息公开引起的行政复议2件和未经复议的行政诉讼。", {V: 2}),
        ("因具体行政行为被提起行政诉讼2起。", {}),
        # the year's part of a figure of all years, the site named with it; another channel's part is none
        ("截至2023年12月31日，在县政府网站累计公开政府信息846条，其中本年度在县政府网站及本单位门户网站公开214条。", {A: 214}),
        ("截至2023年底，累计公开政府信息846条，其中2023年通过微博公开214条。", {BLOG: 214}),
        # issues and articles of an account; a whole is no less than its part
        ("通过“云岭城管”微信公众号发布44期、刊发稿件116篇。", {CHAT: 116}),
        ("区政府门户网站共发布信息18439条。“云岭发布”发布信息459条。", {SITE: 18439}),
        # outcomes told in the sentence after the requests, with petitions named among them; one granted in part is none granted
        ("新收到政府信息公开申请82件。其中，予以公开35件；部分予以公开1件；属于信访投诉类申请不予处理24件；其他处理4件。",
         {R: 82, "requests_granted": 35, "requests_partially_granted": 1, "requests_not_processed": 24, "requests_other": 4}),
        # what a column takes in is named by the column
        ("收到政府信息公开申请2件。门户网站“便民咨询”栏目全年共收到并回复560条信息。", {R: 2}),
        ("在政府信息公开工作中，未向申请人收费。", {"information_fees": 0}),
        ("新开了“云岭健康”微信公众号，今年共推送信息290条。", {CHAT: 290}),
        # what was disclosed, told as a part of all that the site pushed; quoted accounts are channels
        ("局门户网站共推送各类工作信息1428条（其中包括主动公开政府信息574条）。局“双微”平台共发布信息2128条（其中微信发布752条，微博发布1376条）。",
         {A: 574, SITE: 1428, CHAT: 752, BLOG: 1376}),
        ("全年发布政策解读公开信息5条。", {P: 5}),
        # no requests and no refusals in one negation; no refusal alone says nothing of requests
        ("本年度没有申请公开政府信息和不予公开政府信息的情况。", {R: 0}),
        ("本年度没有不予公开政府信息申请和行政复议的情况。", {}),
        ("受理政府信息公开申请49件，其中通过互联网提交表单申请形式8件，当面递交2件。", {R: 49, f"{R}_online": 8, f"{R}_in_person": 2}),
        # the quoted name of an account or platform tells no total, unless it is the site or goes on as a known channel
        ("“云岭发布”全年共发布各类信息459条。", {}),
        ("在“学习强国”平台发布信息12条。", {}),
        ("通过“政务公开”平台发布信息459条。", {A: 459}),
        ("“云岭发布”新浪微博发布信息60条，“云岭发布”微信公众号发布信息40条。", {BLOG: 60, CHAT: 40}),
        # requests joined to what is none, handed-out sheets, media, and what is published by another duty
        ("政府信息公开工作有序，全年共答复网民留言和依申请公开120件。", {}),
        ("收到公民通过来信和网络提出的政府信息公开申请12件。", {R: 12}),
        ("开展政策解读活动12场，发放解读材料3000份。", {}),
        ("学习强国采用信息25条，人民网刊发信息12条。", {}),
        ("双公示信息公开1320条，信用中国（云岭）公开信息560条。", {}),
        # sorts of what a site publishes are no figure of the site
        ("截至2023年12月31日，通过官方网站发布政务类信息34条，概况类信息150条。", {}),
        ("政府网站发布各类信息285条，微信公众号发布各类信息74条。", {SITE: 285, CHAT: 74}),
        ("我局未收到公民、法人或其他组织的依申请公开诉求。", {R: 0}),
        ("政府网站在线访谈次数0次。", {"online_interviews": 0}),
        ("政府信息公开行政复议1件（申请人撤回结案）、行政诉讼0件。", {V: 1, L: 0}),
        # a site named by its quoted name
        ("我局在“云岭水务网”更新各类政务信息884条，在媒体刊登各类政务信息3560余条次。", {SITE: 884}),
        ("通过政府网站公开信息40条，在“今日头条”发布信息69条。", {SITE: 40}),
        # another platform with a count of its own: what the site publishes is not the whole
        ("通过市政府网站主动公开政府信息4条；市信用综合应用平台主动公开行政处罚信息69条。", {SITE: 4}),
        # one column of the site is not the site; documents made by attribute are no refused requests; one way of asking is not all that came in
        ("通过市政府网站共发布政务信息21813条，概况类信息更新量47条，信息公开目录信息更新量696条。", {A: 21813}),
        ("通过信息公开目录公开信息30条，微博发布20条。", {A: 30, BLOG: 20}),
        ("共制作获取政府信息总数112条，其中：主动公开92条、作为依申请公开14条、不予公开6条。", {A: 92}),
        ("共办理回复依申请公开事项23件，其中网上政府信息公开申请件22件，书面申请件1件，均已按时答复。", {C: 23}),
        ("答复政府信息公开申请23件，其中本年收到申请20件，上年结转3件。", {R: 20, C: 23, "requests_carried_in": 3}),
        ("发布规范性文件及解读各3件。", {}),
        ("制定、废止规范性文件各3件。", {"normative_documents_issued": 3, "normative_documents_repealed": 3}),
        ("全年新增主动公开政府信息210条，累计3412条。", {A: 210}),
        # what was asked for is in what is told first; cases of all kinds; cases of a body that decides them
        ("共公开政府信息156条，其中主动公开150条，依申请公开6条。", {A: 150}),
        ("公开政府信息156条（其中主动公开政府信息150条、依申请公开6件）。", {A: 150}),
        ("公开政府信息156条，其中主动公开150条。", {A: 156}),
        ("全年收到行政复议案件20件，其中涉及政府信息公开3件。", {}),
        ("收到行政复议2件，其中1件与政府信息公开有关。", {}),
        ("办理行政复议案件20件、行政应诉案件5件。", {}),
        ("办理政府信息公开申请12件，因此引起的行政复议1件，行政诉讼2件。", {C: 12, V: 1, L: 2}),
        # opinions are no consultations
        ("公开征求意见12次，收到意见35条。", {"public_consultations": 12}),
        ("开展网上调查2次，征集公众意见35条。", {}),
        # one way of asking of two; complaints of other things; what the head of the body takes part in beside what was held
        ("共收到书面申请3件，网络申请2件，答复5件。", {}),
        ("收到投诉举报5件，均与信息公开无关。", {}),
        ("举办新闻发布会5次，主要负责同志参加新闻发布会1次。", {"press_conferences": 5}),
        ("主要负责人参加新闻发布会2次。", {"press_conferences": 2}),
        # of several years
        ("自2020年至2023年11月公开政府信息105条。", {}),
        ("2022年11月至2023年10月公开政府信息105条。", {A: 105}),
        ("收到行政复议案件3件，因信息公开引起的0件。", {}),
        ("因信息公开引起行政复议3件，因信息公开提起行政诉讼1件。", {V: 3, L: 1}),
        ("答复政府信息公开申请15件，其中予以公开12件，信访举报类3件。", {C: 15, "requests_granted": 12}),
        ("全年编发政务信息123期。", {}),  # bulletins
        # an account is no information
        ("通过市政府网站主动公开政府信息40条，开通微信公众号1个。", {A: 40}),
        ("通过微信公众号发布信息40条，建有门户网站1个。", {CHAT: 40}),
        # of all years, and the part of the year behind it; what a site published since its start is the site's
        ("截至2023年底，我局主动公开政府信息历年累计52条，其中2023年新增主动公开政府信息14条。", {A: 14}),
        ("自条例施行以来，累计主动公开政府信息52条，其中2023年主动公开政府信息14条。", {A: 14}),
        ("自条例施行以来，累计主动公开政府信息52条，其中政策类14条。", {}),
        ("自网站开通以来，累计发布信息5200条，其中今年发布信息140条。", {}),
    ],
)  # fmt: skip
def test_wordings_of_whole_reports(text: str, expected: dict[str, float]) -> None:
    assert values(text) == expected


def test_the_own_field_of_a_body_is_no_topic() -> None:
    text = "通过微博等平台主动公开各类公安政府信息4120条。"
    assert values(text, agency="云岭市公安局") == {A: 4120}
    assert values(text, agency="云岭市水利局") == {}
    assert values("公布水利政府信息累计131条。", agency="云岭市水利局") == {A: 131}
    assert values("主动公开司法行政信息63条。", agency="云岭市司法局") == {A: 63}


def test_a_figure_of_perhaps_all_years_is_said() -> None:
    _, findings = read("截至2023年底，我局累计主动公开政府信息918条。")
    assert [f.rule for f in findings] == ["NT-CUMULATIVE"] and findings[0].actual == 918


def test_a_report_on_a_part_of_the_year_calls_it_by_its_name() -> None:
    half = {"kind": "work_summary", "period": ("2023-01-01", "2023-06-30")}
    text = (
        "2023年上半年，我局主动公开政府信息60条，其中第一季度30条。一季度受理依申请公开2件，上半年共受理依申请公开5件。"
    )
    assert values(text, **half) == {A: 60, R: 5}
    assert all(o.part_year for o in read(text, **half)[0])
    assert values("2023年上半年，我局主动公开政府信息60条，下半年公开70条。") == {}
