-- The named queries of data/registry/rules.yml. Each gives: report_id, metric (id), breakdown, expected, actual, message and, where they
-- matter, severity (another than the rule's), state, ordinal (the observation to point at), others (observations on the other side).
-- Parameters are the rule's own and $rule_id.
-- `name` runs per batch of agencies over check_report, check_previous and check_cell; `name (all)` once over the whole build.

-- name: not_a_count
select o.report_id, o.metric_id as metric, o.breakdown, null::double as expected, o.value as actual, o.ordinal,
    '“' || m.short || '”' || check_column(m.applicants, o.breakdown) || '为' || check_number(o.value) || '，应为不小于零的整数' as message
from observation o
join check_report r using (report_id)
join metric m using (metric_id)
where o.method = 'table' and o.status = 'reported' and o.locator."table" = $table and (o.value < 0 or o.value <> floor(o.value))

-- name: counted_twice
select report_id, 'requests_closed' as metric, 'total' as breakdown, parts as expected, closed as actual, ordinal,
    '各种办理结果之和为' || check_number(parts) || '，总计为' || check_number(closed) || '，多出的' || check_number(partial) || '恰为部分公开的件数' as message
from (
    select c.report_id, sum(c.value) filter (m.metric_id <> 'requests_closed') as parts, count(c.value) as known,
        any_value(c.value) filter (m.metric_id = 'requests_closed') as closed,
        any_value(c.ordinal) filter (m.metric_id = 'requests_closed') as ordinal,
        any_value(c.value) filter (m.metric_id = 'requests_partially_granted') as partial
    from check_cell c
    join metric m on m.position = c.metric
    where c.source = 0 and c.cell = 6 and m.metric_id in ('requests_granted', 'requests_partially_granted', 'requests_denied',
        'requests_unavailable', 'requests_not_processed', 'requests_other', 'requests_closed')
    group by c.report_id
)
where known = 7 and partial > 0 and parts - closed = partial

-- name: decisions_are_items
select d.report_id, d.kind || '_decisions' as metric, null as breakdown, null::double as expected, d.decisions as actual, d.ordinal,
    '处理决定数量' || check_number(d.decisions) || '恰等于上一年项目数量' || check_number(d.before) || '与本年增减' || check_number(d.change) || '之和' as message
from (
    select c.report_id, k.kind, any_value(c.value) filter (k.part = 'decisions') as decisions,
        any_value(c.ordinal) filter (k.part = 'decisions') as ordinal,
        any_value(c.value) filter (k.part = 'previous') as before, any_value(c.value) filter (k.part = 'change') as change
    from check_cell c
    join metric m on m.position = c.metric
    join (select kind || suffix as metric_id, kind, part
          from (values ('licensing'), ('other_services'), ('penalty'), ('coercion')) kinds(kind),
               (values ('_decisions', 'decisions'), ('_items_previous', 'previous'), ('_items_change', 'change')) parts(suffix, part)) k
        on k.metric_id = m.metric_id
    where c.source = 0
    group by c.report_id, k.kind
) d
where d.before > 0 and d.decisions = d.before + d.change

-- name: no_power_to_make_regulations
select c.report_id, m.metric_id as metric, null as breakdown, 0::double as expected, c.value as actual, c.ordinal,
    '“' || m.short || '”为' || check_number(c.value) || '，本机关一般没有规章制定权' as message
from check_cell c
join check_report r using (report_id)
join metric m on m.position = c.metric
where c.source = 0 and c.value > 0 and list_contains($metrics, m.metric_id)
    and (r.level in ('county', 'township') or (r.level in ('province', 'city') and r.scope = 'own_agency' and not regexp_matches(r.agency, $makers)))

-- name: fee_in_yuan
with fee as (
    select r.report_id, r.agency_id, r.scope, r.year, c.value, c.ordinal
    from check_cell c
    join check_report r using (report_id)
    join metric m on m.position = c.metric
    join check_unit u on u.unit_class = m.unit_class and u.unit = m.unit and u.meaning = c.unit -- a cell may print 元 beside its figure
    where c.source = 0 and m.metric_id = 'administrative_fees' and c.value is not null
), beside as (
    select f.report_id, any_value(f.value) as value, any_value(f.ordinal) as ordinal, any_value(f.scope) as scope, min(n.value) as near,
        arg_min(n.year, n.value) as near_year
    from fee f
    left join fee n on n.agency_id = f.agency_id and n.scope = f.scope and n.year <> f.year and abs(n.year - f.year) <= $years and n.value > 0
    group by f.report_id
)
select report_id, 'administrative_fees' as metric, null as breakdown, case when near is not null and value >= $ratio * near then value / 10000 end as expected,
    value as actual, ordinal,
    '收费金额为' || check_number(value) || '万元' || case when near is not null and value >= $ratio * near
        then '，' || near_year || '年度报告为' || check_number(near) || '万元' else '，超出通常范围' end || '，可能以元填入' as message
from beside
where (near is not null and value >= $ratio * near) or value > case when scope = 'government_aggregate' then $aggregate else $own end

-- name: odd_amount
select o.report_id, o.metric_id as metric, o.breakdown, null::double as expected, o.value as actual, o.ordinal,
    '“' || m.short || '”印作“' || left(o.raw, 40) || '”' as message
from observation o
join check_report r using (report_id)
join metric m using (metric_id)
where o.method = 'table' and m.unit_class = 'money'
    and o.status = 'reported' and regexp_matches(o.raw, '[.．][0-9０-９]{7,}|[0-9０-９][,，][0-9０-９]{3}')

-- name: pending_vanished
select p.report_id, 'review_total' as metric, null as breakdown, null::double as expected, t.value as actual, t.ordinal,
    '上一年报告尚未审结' || check_number(b.value) || '件，本年行政复议总计为0' as message
from check_previous p
join check_cell b on b.source = 0 and b.report_id = p.previous_id and b.metric = (select position from metric where metric_id = 'review_pending')
join check_cell t on t.source = 0 and t.report_id = p.report_id and t.metric = (select position from metric where metric_id = 'review_total')
where b.value > 0 and t.value = 0

-- name: copied_table
-- A cell left empty in one year and 0 in the other is the same cell.
with same as (
    select n.report_id, count(*) as cells, count(*) filter (n.known = b.known and n.status < 3 and b.status < 3) as equal,
        count(*) filter (n.value <> 0) as telling, any_value(n.value) filter (m.metric_id = 'requests_received' and n.cell = 6) as received,
        any_value(n.ordinal) filter (m.metric_id = 'requests_received' and n.cell = 6) as ordinal
    from check_previous p
    join check_cell n on n.source = 0 and n.report_id = p.report_id and n.ordinal is not null
    join metric m on m.position = n.metric and m.applicants
    join check_cell b on b.source = 0 and b.report_id = p.previous_id and b.metric = n.metric and b.cell = n.cell
    where not p.renamed and p.year not in (select year from check_break where rule_id = $rule_id and metric_id is null and agency is null)
    group by n.report_id
)
select report_id, 'requests_received' as metric, 'total' as breakdown, null::double as expected, received as actual, ordinal,
    '表三' || cells || '格与上一年报告逐格相同，其中' || telling || '格不为零' as message,
    case when telling < $telling then 'info' end as severity
from same
where cells >= $cells and equal = cells and telling > 0

-- name: jump
with figure as (
    select r.report_id, r.agency_id, r.scope, r.year, r.agency, m.metric_id, m.short, c.value, c.ordinal, c.unit
    from check_cell c
    join check_report r using (report_id)
    join metric m on m.position = c.metric
    where c.source in (0, 2) and c.cell = 6 and c.value > 0 and c.qualifier = 0 and c.ordinal is not null and c.unit is not null and not r.part_year
    qualify row_number() over (partition by r.report_id, m.metric_id order by c.source) = 1
), history as (
    select *, lag(year) over own as before_year, lag(value) over own as before, lag(report_id) over own as before_id, lag(ordinal) over own as before_ordinal,
        lag(agency) over own as before_agency,
        max(value) over (own rows between unbounded preceding and 1 preceding) as highest,
        min(value) over (own rows between unbounded preceding and 1 preceding) as lowest
    from figure
    window own as (partition by agency_id, scope, metric_id, unit order by year)
)
select report_id, metric_id as metric, case when (select applicants from metric m where m.metric_id = h.metric_id) then 'total' end as breakdown,
    null::double as expected, value as actual, ordinal, before_id as other_report, before_ordinal as other_ordinal,
    '“' || short || '”本年为' || check_number(value) || '，上一年为' || check_number(before) ||
        case when highest <> before or lowest <> before then '，以往各年在' || check_number(lowest) || '与' || check_number(highest) || '之间' else '' end as message
from history h
where before_year = year - 1 and before_agency = agency and abs(value - before) > $least
    and (value >= $factor * highest or value * $factor <= lowest)
    and not exists (select 1 from check_break b where b.rule_id = $rule_id and b.year = h.year
        and (b.metric_id is null or b.metric_id = h.metric_id) and (b.agency is null or b.agency = h.agency))

-- name: stated_share
with said as (
    select o.report_id, o.ordinal, o.metric_id, o.value, o.quote,
        regexp_extract(o.quote, '(?:^|[^0-9.,，])' || regexp_escape(o.raw) || '\s*件?次?[，,、（(]?\s*(?:约)?占[^0-9０-９，。；;%％]{0,12}?([0-9]{1,3}(?:\.[0-9]{1,3})?)\s*[%％]', 1) as percent
    from observation o
    join check_report r using (report_id)
    join metric m using (metric_id)
    where o.method = 'narrative' and o.status = 'reported' and o.qualifier = 'exact' and m.theme = 'requests' and contains(o.quote, '占')
        and length(o.raw) between 1 and 20 and length(o.quote) < 2000
), share as (
    select *, percent::double as stated, length(split_part(percent, '.', 2)) as digits from said where percent <> ''
), whole as (
    select c.report_id, m.metric_id, m.short, c.value
    from check_cell c join metric m on m.position = c.metric
    where c.source in (0, 2) and c.cell = 6 and c.value > 0 and list_contains($metrics, m.metric_id)
)
select s.report_id, s.metric_id as metric, null as breakdown, round(arg_min(100 * s.value / w.value, abs(100 * s.value / w.value - s.stated)), 2) as expected,
    s.stated as actual, s.ordinal,
    '正文称' || check_number(s.value) || '件占' || s.percent || '%，按' || arg_min(w.short, abs(100 * s.value / w.value - s.stated))
        || check_number(arg_min(w.value, abs(100 * s.value / w.value - s.stated))) || '计为'
        || check_number(round(arg_min(100 * s.value / w.value, abs(100 * s.value / w.value - s.stated)), 2)) || '%' as message
from share s
join whole w using (report_id)
group by s.report_id, s.ordinal, s.metric_id, s.value, s.stated, s.percent, s.digits
having min(abs(100 * s.value / w.value - s.stated)) > greatest($points, 0.5 / pow(10, s.digits)) + 1e-9

-- name: parts_exceed_whole
-- Parts are named kinds of the same figure (breakdown), or metrics of their own that some form adds up to the whole. They need not be all, so
-- that only too much is wrong. Channels are left out: the same information goes through several. What is counted in another unit adds up to nothing.
with said as (
    select o.report_id, o.ordinal, o.metric_id, o.breakdown, o.value, m.channels, u.meaning as unit
    from observation o
    join check_report r using (report_id)
    join metric m using (metric_id)
    left join check_unit u on u.unit_class = m.unit_class and u.unit = coalesce(o.unit, m.unit)
    where o.method = 'narrative' and o.status = 'reported' and o.qualifier = 'exact' and not o.part_year
), part as (
    select report_id, metric_id, unit, null as form, sum(value) as parts, count(*) as n
    from said where breakdown is not null and len(channels) = 0
    group by all
    union all
    select s.report_id, p.metric_id, s.unit, p.form, sum(s.value), count(*)
    from said s join metric_part p on p.part_id = s.metric_id where s.breakdown is null
    group by all
)
select w.report_id, w.metric_id as metric, null as breakdown, max(p.parts) as expected, w.value as actual, w.ordinal,
    '正文列出的' || arg_max(p.n, p.parts) || '个分项之和为' || check_number(max(p.parts)) || '，大于总数' || check_number(w.value) as message
from part p
join said w on w.report_id = p.report_id and w.metric_id = p.metric_id and w.breakdown is null and w.unit = p.unit
where p.parts > w.value
group by w.report_id, w.metric_id, w.value, w.ordinal

-- name: stated_twice
select o.report_id, o.metric_id as metric, o.breakdown, null::double as expected, null::double as actual, min(o.ordinal) as ordinal,
    '正文对“' || any_value(m.short) || '”给出' || string_agg(distinct check_number(o.value), '、' order by check_number(o.value)) || '，未采用' as message
from observation o
join check_report r using (report_id)
join metric m using (metric_id)
where o.method = 'narrative' and o.status = 'conflicting'
group by o.report_id, o.metric_id, o.breakdown
having count(distinct o.value) > 1

-- name: mixed_figure
-- A blank cell is at least 0: what the filled cells add up to is too much already, or all cells are filled and differ.
with cell as (
    select report_id, metric, case when bool_or(cell = 6 and value is not null) then max(value) filter (cell = 6) else sum(known) filter (cell < 6) end as known,
        bool_or(cell = 6 and value is not null) or count(value) filter (cell < 6) = 6 as whole
    from check_cell where source = 0 group by report_id, metric
), both_outcomes as (
    select c.report_id, sum(c.known) as known, bool_and(c.whole) as whole, any_value(c.known) filter (m.metric_id = 'requests_granted') as granted
    from cell c join metric m on m.position = c.metric and m.metric_id in ('requests_granted', 'requests_partially_granted')
    group by c.report_id having count(*) = 2
)
select f.report_id, f.metric_id as metric, 'total' as breakdown, t.known as expected, f.actual, null::smallint as ordinal,
    '正文把予以公开与部分公开合为' || check_number(f.actual) || '件，表三两项各格之和为' || check_number(t.known)
        || case when t.whole then '' else '（空白的格未计）' end as message, f.quote, f.locator
from finding f
join both_outcomes t using (report_id)
where f.origin = 'extract' and f.rule_id = $rule_id and f.metric_id = 'requests_granted' and f.actual is not null
    and contains(f.quote, '部分公开') and (t.known > f.actual or t.whole) and f.actual <> t.known and f.actual <> t.granted

-- name: form_of_another_year
select r.report_id, null as metric, null as breakdown, f.since::double as expected, own.since::double as actual, null::smallint as ordinal,
    r.year || '年度应用' || f.name || '，报告所用为' || coalesce(own.name, '地方自定的表') as message
from check_report r
join (select max(since) as since, year from check_form, (select distinct year from check_report) where since <= year and id <> 'local' group by year) due on due.year = r.year
join check_form f on f.since = due.since and f.id <> 'local'
left join check_form own on own.id = r.form
where r.form is not null and (own.id is distinct from f.id) and (r.form <> 'local' or r.year >= $no_local_since)

-- name: year_disagrees
select r.report_id, null as metric, null as breakdown, r.year::double as expected, f.actual as actual, null::smallint as ordinal,
    '标题所示为' || f.expected::int || '年，正文为' || f.actual::int || '年，公布日期为' || strftime(r.published_on, '%Y年%-m月%-d日') as message, f.quote, f.locator
from finding f
join check_report r using (report_id)
where f.origin = 'extract' and f.rule_id = $rule_id and f.expected between 1990 and 2100 and f.actual between 1990 and 2100 and f.expected <> f.actual
    and r.published_on is not null and year(r.published_on) = f.actual + 1

-- name: not_a_whole_year
select report_id, null as metric, null as breakdown, null::double as expected, null::double as actual, null::smallint as ordinal,
    '统计期限为' || strftime(period_start, '%Y年%-m月%-d日') || '至' || strftime(period_end, '%Y年%-m月%-d日') as message
from check_report
where part_year

-- name: published_late
select r.report_id, null as metric, null as breakdown, null::double as expected, v.days_late::double as actual, null::smallint as ordinal,
    '公布日期为' || strftime(v.published_on, '%Y年%-m月%-d日') || '，期限为' || strftime(v.due_on, '%Y年%-m月%-d日') || '，晚' || v.days_late || '天' as message
from check_report r
join report_v v using (report_id)
where v.days_late > 0

-- name: section_missing
select r.report_id, null as metric, null as breakdown, null::double as expected, null::double as actual, null::smallint as ordinal,
    '未见' || t.name as message
from check_report r
join check_statutory t
    on case t.number when 2 then r.table_2 when 3 then r.table_3 else r.table_4 end = 'missing'
union all
select r.report_id, null, null, null, null, null, '未见“' || unnest(t.chapters_missing) || '”一章'
from check_report r
join report_text t using (report_id)
where len(t.chapters_missing) between 1 and $chapters and t.characters >= $characters

-- name: table_all_zero
-- What the prose says of reviews and suits is no proof where table 4 was not read.
with tables as (
    select t.report_id, sum(t.telling) as telling, sum(t.figures) as figures, bool_or(t.number = 4) as with_4,
        string_agg(s.name, '、' order by t.number) as names
    from check_table t join check_statutory s using (number) where t.number in (3, 4) group by t.report_id
)
select t.report_id, arg_min(o.metric_id, o.ordinal) as metric, null as breakdown, arg_min(o.value, o.ordinal) as expected, 0::double as actual,
    min(o.ordinal) as ordinal, any_value(t.names) || '各格全为零，正文有：' || string_agg(m.short || check_number(o.value), '、' order by o.ordinal) as message
from tables t
join observation o on o.report_id = t.report_id and o.method = 'narrative' and o.status = 'reported' and o.value > 0
join metric m on m.metric_id = o.metric_id and m.theme in ('requests', 'review_litigation') and m.unit_class = 'case'
where t.telling = 0 and t.figures >= $figures and (t.with_4 or m.theme = 'requests')
group by t.report_id

-- name: table_blank
select t.report_id, null as metric, null as breakdown, null::double as expected, null::double as actual, t.ordinal,
    coalesce(s.name, '统计表') || '没有填任何数：数值未知，不是零' as message
from check_table t
left join check_statutory s using (number)
where t.figures = 0 and t.empty and t.blank > 0

-- name: aggregate_below_sum (all)
with own as (
    select r.year, r.fictional, r.report_id, r.agency_id, o.metric_id, o.value, unnest([left(r.adcode, 2), left(r.adcode, 4), left(r.adcode, 6)]) as region
    from report r
    join observation o using (report_id)
    where r.is_current and r.kind = 'annual_report' and r.scope = 'own_agency' and r.adcode is not null and not r.part_year
        and o.method = 'table' and o.status = 'reported' and coalesce(o.breakdown, 'total') = 'total' and list_contains($metrics, o.metric_id)
), below as (
    select region, year, fictional, metric_id, sum(value) as total, count(distinct agency_id) as held from own group by all
), known as (
    select unnest([left(adcode, 2), left(adcode, 4), left(adcode, 6)]) as region, fictional, agency_id from agency where adcode is not null
), roster as (
    select region, fictional, count(distinct agency_id) as agencies from known group by all
)
select r.report_id, o.metric_id as metric, o.breakdown, b.total as expected, o.value as actual, o.ordinal,
    '“' || m.short || '”全地区汇总为' || check_number(o.value) || '，所持' || b.held || '个机关本级报告之和为' || check_number(b.total)
        || '（本库已知该地区机关' || k.agencies || '个）' as message
from report r
join observation o using (report_id)
join metric m using (metric_id)
join below b on b.region = case r.level when 'province' then left(r.adcode, 2) when 'city' then left(r.adcode, 4) else left(r.adcode, 6) end
    and b.year = r.year and b.fictional = r.fictional and b.metric_id = o.metric_id
join roster k on k.region = b.region and k.fictional = r.fictional
where r.is_current and r.kind = 'annual_report' and r.scope = 'government_aggregate' and r.level in ('province', 'city', 'county')
    and not r.part_year and o.method = 'table' and o.status = 'reported' and coalesce(o.breakdown, 'total') = 'total'
    and list_contains($metrics, o.metric_id) and o.value < b.total

-- name: near_duplicates (all)
with text as (
    select r.report_id, r.kind, r.year, r.agency_id, r.agency, r.fictional, t.characters, t.signature, t.sentences, t.lengths
    from report r join report_text t using (report_id)
    where r.is_current and r.kind in ('annual_report', 'work_summary') and t.characters >= $characters and r.agency_id is not null
), band as (
    select report_id, kind, year, fictional, b as band, hash(list_slice(signature, b * 4 + 1, b * 4 + 4)) as bucket
    from text, (select unnest(range(16)) as b)
), pair as (
    select distinct a, b from (
        select report_id as a, min(report_id) over bucket as b from band window bucket as (partition by kind, year, fictional, band, bucket)
        union all
        select report_id, lag(report_id) over bucket from band window bucket as (partition by kind, year, fictional, band, bucket order by report_id)
        union all
        select n.report_id, o.report_id from text n join text o on o.agency_id = n.agency_id and o.kind = n.kind and o.year = n.year - 1
    ) where b is not null and a <> b
), likely as (
    select a.report_id as a, b.report_id as b,
        list_sum(list_transform(list_zip(a.signature, b.signature), lambda x: (x[1] = x[2])::int)) / len(a.signature) as estimate
    from pair p join text a on a.report_id = p.a join text b on b.report_id = p.b
    where a.agency_id <> b.agency_id or a.year <> b.year
), counted as (
    select l.a, l.b, l.estimate, sum(s.characters) filter (o.sentence is not null) as shared, count(o.sentence) as sentences
    from likely l
    join (select distinct report_id, unnest(sentences) as sentence, unnest(lengths) as characters from text) s on s.report_id = l.a
    left join (select distinct report_id, unnest(sentences) as sentence from text) o on o.report_id = l.b and o.sentence = s.sentence
    where l.estimate >= $similar - 0.2
    group by all
), alike as (
    select c.*, greatest(c.estimate, 2 * coalesce(c.shared, 0) / (t.characters + o.characters)) as similarity, o.agency, o.year, o.agency_id, t.agency_id as own, t.year as own_year
    from counted c join text t on t.report_id = c.a join text o on o.report_id = c.b
)
select a as report_id, null as metric, null as breakdown, null::double as expected, round(100 * similarity) as actual, null::smallint as ordinal,
    b as other_report, null::smallint as other_ordinal,
    '正文与' || case when agency_id = own then '本机关上一年度（' || year || '年度）' else agency || year || '年度' end || '的报告约' || round(100 * similarity)::int
        || '%相同，相同的句子' || sentences || '句' as message
from (
    select *, row_number() over (partition by a order by similarity desc, b) as place from alike
    where similarity >= $similar
    union all
    select b, a, estimate, shared, alike.sentences, similarity, x.agency, x.year, x.agency_id, alike.agency_id, alike.year, 1
    from alike join text x on x.report_id = alike.a
    where similarity >= $similar and alike.year = alike.own_year
        and b not in (select a from alike where similarity >= $similar)
)
where place = 1
qualify row_number() over (partition by a order by similarity desc, b) = 1
