-- All equations of rules.yml in one pass: terms joined to the cells of the reports, summed per (equation, report, column or row).
-- Steps are separated by `-- step: name`; engine.py runs them in order. check_term, check_equation, check_break, check_unit and the
-- variables applicants and applicant_names come from the registry.

-- step: macros
create or replace temp macro check_number(v) as case when v is null then '空白' when v = floor(v) and abs(v) < 1e15 then v::bigint::varchar else round(v, 6)::varchar end;
create or replace temp macro check_column(applicants, c) as case when applicants and c is not null then
    '（' || coalesce(getvariable('applicant_names')[list_position(getvariable('applicants'), c)], c) || '）' else '' end;
create or replace temp macro holds(operator, gap, tolerance, qualifier, stated, hedge) as case
    when qualifier = 0 or stated is null then case operator when '=' then abs(gap) <= tolerance + 1e-9 when '>=' then gap >= -tolerance - 1e-9 else gap <= tolerance + 1e-9 end
    when qualifier = 1 then gap <= 0 and gap >= -greatest(hedge * stated, 1)
    when qualifier = 2 then gap >= 0 and gap <= greatest(hedge * stated, 1)
    else abs(gap) <= greatest(hedge * stated, 1) end;
create or replace temp macro check_cell_id(c) as list_extract(getvariable('applicants'), c::int + 1);

-- step: reports
create or replace temp table check_report as
select r.report_id, r.agency_id, r.agency, r.scope, r.year, r.form, r.level, r.adcode, r.fictional, r.part_year, r.period_start, r.period_end,
    r.published_on, r.table_2, r.table_3, r.table_4, f.number as form_no
from report r
left join check_form f on f.id = r.form
where r.is_current and r.kind = 'annual_report' and r.agency_id is not null and r.year is not null and hash(r.agency_id) % $batches = $batch;
-- loose: one of the two does not say whose figures it holds, and there is no other; what differs may then be the scope.
create or replace temp table check_previous as
select n.report_id, b.report_id as previous_id, n.year, n.agency is distinct from b.agency as renamed, b.agency as former, n.scope <> b.scope as loose
from check_report n
join check_report b on b.agency_id = n.agency_id and b.year = n.year - 1 and (b.scope = n.scope or b.scope = 'unknown' or n.scope = 'unknown')
where not n.part_year and not b.part_year
qualify row_number() over (partition by n.report_id order by b.scope <> n.scope, b.report_id) = 1
    and count(*) over (partition by n.report_id, b.scope = n.scope) = 1;

-- step: cells
-- source: 0 this report's tables, 1 the tables of the year before, 2 its prose. status: 0 reported, 1 blank, 2 "/" and the like, 3 in doubt,
-- which a figure with 约 or 余 is too (imported rows may hold one): nothing can be judged by it to the last case. unit: what the unit
-- counts, as a number; null where nobody printed one.
create or replace temp table check_cell as
select 0::utinyint as source, o.report_id, r.form_no as form, m.position::usmallint as metric,
    (list_position(getvariable('applicants'), coalesce(o.breakdown, 'total')) - 1)::utinyint as cell,
    case when o.status = 'reported' and o.qualifier = 'exact' then o.value end as value,
    case when o.status = 'reported' and o.qualifier = 'exact' then o.value else 0 end as known,
    (case when o.status = 'reported' and o.qualifier = 'exact' then 0 when o.status = 'blank' then 1 when o.status = 'not_applicable' then 2 else 3 end)::utinyint as status,
    0::utinyint as qualifier, o.ordinal, o.report_id as place_of, u.meaning as unit
from observation o
join check_report r using (report_id)
join metric m using (metric_id)
left join check_unit u on u.unit_class = m.unit_class and u.unit = coalesce(o.unit, m.unit)
where o.method <> 'narrative' and o.status <> 'conflicting'
    and (o.breakdown is null or o.breakdown in getvariable('applicants'));
-- Two figures in one cell are one cell in doubt.
insert into check_cell
select 0, o.report_id, any_value(r.form_no), any_value(m.position),
    list_position(getvariable('applicants'), coalesce(o.breakdown, 'total')) - 1,
    null, 0, 3, 0, min(o.ordinal), o.report_id, null
from observation o
join check_report r using (report_id)
join metric m using (metric_id)
where o.method <> 'narrative' and o.status = 'conflicting'
    and (o.breakdown is null or o.breakdown in getvariable('applicants'))
group by o.report_id, o.metric_id, o.breakdown;

-- step: tables
create or replace temp table check_table as
select o.report_id, o.locator."table" as number, count(o.value) as figures, count(*) filter (o.value <> 0) as telling,
    bool_and(o.status in ('blank', 'not_applicable')) as empty, count(*) filter (o.status = 'blank') as blank, min(o.ordinal) as ordinal
from observation o
join check_report r using (report_id)
where o.method = 'table' and o.locator."table" is not null
group by o.report_id, o.locator."table";

-- step: sums
-- Sums that the form prints no cell for; where a report prints one all the same (其他处理 as one row), the printed cell stands.
insert into check_cell
select 0, c.report_id, c.form, t.position, c.cell, case when count(c.value) = t.parts then sum(c.value) end, sum(c.known),
    greatest(max(c.status), case when count(*) < t.parts then 1 else 0 end), 0, null, c.report_id, null
from check_cell c
join (
    select n.position::usmallint as part, f.number as form, m.position::usmallint as position, count(*) over (partition by p.metric_id, p.form) as parts
    from metric_part p join metric m using (metric_id) join metric n on n.metric_id = p.part_id join check_form f on f.id = p.form
    where p.computed
) t on t.part = c.metric and t.form = c.form
where not exists (select 1 from check_cell x where x.report_id = c.report_id and x.metric = t.position and x.source = 0)
group by c.report_id, c.form, t.position, c.cell, t.parts;

-- step: neighbours
insert into check_cell
select 1, p.report_id, r.form_no, c.metric, c.cell, c.value, c.known, c.status, 0, c.ordinal, c.place_of, c.unit
from check_previous p
join check_report r using (report_id)
join check_cell c on c.report_id = p.previous_id and c.source = 0
where c.metric in (select metric from check_term where source = 1);
insert into check_cell
select 2, o.report_id, r.form_no, m.position, 6, o.value, o.value, 0,
    case o.qualifier when 'exact' then 0 when 'at_least' then 1 when 'at_most' then 2 else 3 end, o.ordinal, o.report_id, u.meaning
from observation o
join check_report r using (report_id)
join metric m using (metric_id)
left join check_unit u on u.unit_class = m.unit_class and u.unit = coalesce(o.unit, m.unit)
where o.method = 'narrative' and o.status = 'reported' and not o.part_year and o.breakdown is null;

-- step: instances
-- item: 0-6 a column of table 3 (6: total, and all that has no columns); from 100 a row of table 3 (100 + metric).
create or replace temp table check_instance as
with added as (
    select t.equation, c.report_id, case when t.every then c.cell else 6 end::usmallint as item, sum(t.weight * c.value) as gap,
        sum(t.weight * c.known) as gap_if_zero, count(*) as found, count(*) filter (c.status <> 0) as unknown, count(*) filter (c.status = 3) as doubtful,
        max(c.qualifier) as qualifier, sum(c.known) filter (t.source = 2) as stated, count(*) filter (t.source = 1) as previous
    from check_cell c
    join check_term t on t.form = c.form and t.source = c.source and t.metric = c.metric and (t.every or t.cell = c.cell)
    group by all
    union all
    select e.equation, c.report_id, (100 + c.metric)::usmallint, sum(case when c.cell = 6 then -c.value else c.value end),
        sum(case when c.cell = 6 then -c.known else c.known end), count(*), count(*) filter (c.status <> 0), count(*) filter (c.status = 3), 0, null, 0
    from check_cell c
    join check_equation e on e.across and list_contains(e.forms, c.form)
    join metric m on m.position = c.metric and m.applicants
    where c.source = 0 and c.ordinal is not null
    group by all
)
select a.*, e.rule_id, e.alternative,
    case when a.found < e.terms or a.unknown > 0 then
            case when a.found = a.unknown or a.doubtful > 0 then case when a.doubtful > 0 then 'not_assessable' else 'blank' end
                 when a.found = e.terms and holds(e.operator, a.gap_if_zero, e.tolerance, a.qualifier, a.stated, $hedge) then 'pass_if_blank_is_zero'
                 else 'not_assessable' end
         when holds(e.operator, a.gap, e.tolerance, a.qualifier, a.stated, $hedge) then 'pass' else 'fail' end as state
from added a
join check_equation e using (equation)
where (e.prose_terms = 0 or (a.stated is not null and (e.prose = 'any' or (e.prose = 'zero') = (a.stated = 0))))
    and (e.previous_terms = 0 or a.previous = e.previous_terms)
    and a.found > 1;

-- step: outcomes
insert into rule_result
select report_id, rule_id, count(*) filter (state = 'pass'), count(*) filter (state = 'fail'), count(*) filter (state in ('not_assessable', 'blank')),
    count(*) filter (state = 'pass_if_blank_is_zero')
from check_instance
where alternative = 0
group by report_id, rule_id;

-- step: noticed
create or replace temp table check_noticed as
select i.equation, i.report_id, i.item, i.gap, i.state, i.rule_id, i.qualifier,
    case when i.state = 'fail' then (
        select min(x.equation) from check_instance x
        where x.rule_id = i.rule_id and x.report_id = i.report_id and x.item = i.item and x.alternative > 0 and x.state = 'pass') end as reading
from check_instance i
join check_equation e using (equation)
where i.alternative = 0 and (i.state in ('fail', 'not_assessable', 'pass_if_blank_is_zero') or (i.state = 'pass' and e.prose_terms > 0 and e.terms > 2));
create or replace temp table check_operand as
select n.equation, n.report_id, n.item, n.state, coalesce(n.reading, n.equation) as shown, t.side, t.place, t.weight, t.factor, t.subject, c.source, c.metric, c.cell,
    c.value, c.status, c.place_of, c.ordinal
from check_noticed n
join check_report r using (report_id)
join check_term t on t.equation = coalesce(n.reading, n.equation) and t.form = r.form_no
join check_cell c on c.report_id = n.report_id and c.source = t.source and c.metric = t.metric and c.cell = case when t.every then n.item else t.cell end
where n.item < 100
union all
select n.equation, n.report_id, n.item, n.state, n.equation, case when c.cell = 6 then 1 else 0 end, c.cell, case when c.cell = 6 then -1 else 1 end, 1,
    c.cell = 6, c.source, c.metric, c.cell, c.value, c.status, c.place_of, c.ordinal
from check_noticed n
join check_cell c on c.report_id = n.report_id and c.source = 0 and c.metric = n.item - 100
where n.item >= 100;

-- step: failures
insert into finding_made
with side as (
    select o.equation, o.report_id, o.item, o.shown, o.side, sum(o.factor * o.value) as total, count(*) as terms,
        string_agg(case when o.factor < 0 then '－' when o.place = 0 or o.side = 1 and o.place = first_place then '' else '＋' end
            || case when abs(o.factor) <> 1 then abs(o.factor) || '×' else '' end
            || case o.source when 1 then '上年报告“' when 2 then '正文“' else '“' end || m.short || '”' || check_number(o.value), '' order by o.place) as words
    from (select *, min(place) over (partition by equation, report_id, item, side) as first_place from check_operand where state in ('fail', 'pass')) o
    join metric m on m.position = o.metric
    group by o.equation, o.report_id, o.item, o.shown, o.side
), sides as (
    select l.equation, l.report_id, l.item, l.shown, l.total as left_total, r.total as right_total,
        l.words || case when l.terms > 1 then '，合' || check_number(l.total) else '' end as left_words,
        r.words || case when r.terms > 1 then '，合' || check_number(r.total) else '' end as right_words
    from side l join side r on r.equation = l.equation and r.report_id = l.report_id and r.item = l.item and r.side = 1
    where l.side = 0
), subject as (
    select equation, report_id, item, any_value(metric) as metric, any_value(cell) as cell, any_value(value) as value, any_value(weight) as weight,
        any_value(ordinal) as ordinal, any_value(place_of) as place_of, any_value(source) as source
    from check_operand where subject and state in ('fail', 'pass') group by all
), operands as (
    select o.equation, o.report_id, o.item, to_json(list(struct_pack(
        side := case when o.side = 0 then 'left' else 'right' end, factor := o.factor, source := case o.source when 1 then 'previous' when 2 then 'prose' else 'table' end,
        metric := m.metric_id, breakdown := case when m.applicants and o.source <> 2 then check_cell_id(o.cell) end, value := o.value,
        status := case o.status when 0 then 'reported' when 1 then 'blank' when 2 then 'not_applicable' else 'unreadable' end,
        report_id := o.place_of::varchar, ordinal := o.ordinal) order by o.side, o.place))::varchar as operands
    from check_operand o join metric m on m.position = o.metric
    where o.state in ('fail', 'pass')
    group by o.equation, o.report_id, o.item
), judged as (
    select n.*, e.operator, e.severity, e.severity_total, e.previous_terms, s.metric, s.cell, s.value, s.weight, s.ordinal, s.place_of, s.source,
        b.left_words, b.right_words, b.left_total, b.right_total, p.renamed, p.former, coalesce(p.loose, false) as loose, o.operands, r.agency, r.scope, quoted.quote as said,
        (select min(k.reason) from check_break k where k.rule_id = n.rule_id and k.year = r.year
            and (k.agency is null or k.agency = r.agency)
            and (k.metric_id is null or k.metric_id in (select x.metric_id from check_operand q join metric x on x.position = q.metric
                where q.equation = n.equation and q.report_id = n.report_id and q.item = n.item))) as broken
    from check_noticed n
    join check_equation e using (equation)
    join check_report r using (report_id)
    join sides b using (equation, report_id, item)
    join operands o using (equation, report_id, item)
    left join subject s using (equation, report_id, item)
    left join check_previous p on e.previous_terms > 0 and p.report_id = n.report_id
    left join observation quoted on s.source = 2 and quoted.report_id = n.report_id and quoted.ordinal = s.ordinal
    where n.state in ('fail', 'pass')
), worded as (
    select j.*, m.metric_id, m.applicants,
        case when j.state = 'pass' then 'pass' when j.reading is not null then 'explained' when j.renamed then 'succession' when j.broken is not null then 'suspended'
             when j.said is not null and j.scope = 'government_aggregate' and j.value < j.right_total and regexp_matches(j.said, $office) then 'office'
             when j.said is not null and j.scope = 'own_agency' and j.value > j.right_total and regexp_matches(j.said, $region) then 'region'
             else 'fail' end as verdict
    from judged j
    left join metric m on m.position = j.metric
)
select report_id, case verdict when 'succession' then 'XY-SUCCESSION' when 'suspended' then 'XY-BREAK' else rule_id end,
    case when verdict <> 'fail' then 'info' when loose and coalesce(severity_total, severity) <> 'info' then 'warning' when severity_total is not null and item = 6 then severity_total else severity end,
    metric_id, case when applicants and source <> 2 then check_cell_id(cell) when applicants then 'total' end,
    case when weight <> 0 then value - gap / weight end, value,
    case when item < 6 then trim(check_column(true, check_cell_id(item)), '（）') || '：' else '' end
        || case when item >= 100 then '“' || any_short || '”六类申请人合' || check_number(left_total) else left_words end || '；' || case when item >= 100 then '总计' || check_number(right_total) else right_words end
        || case when verdict = 'pass' then '，一致' when verdict = 'explained' then '，按此口径一致'
                when operator = '=' then '，相差' || check_number(abs(gap)) when operator = '>=' then '，前者应不小于后者' else '，前者应不大于后者' end
        || case verdict when 'office' then '。该句写明本级或本机关，正文可能只计本机关' when 'region' then '。该句写明全地区或所辖，正文可能计入所属机关'
                when 'succession' then '。机关由“' || former || '”变更而来，不作判断' when 'suspended' then '。' || broken || '，不作判断' else case when loose then '。两年报告有一份未写明范围' else '' end end,
    case verdict when 'succession' then 'suspended' when 'office' then 'explained' when 'region' then 'explained' else verdict end,
    operands, case when source = 1 then null else ordinal end, null, null, equation, item
from (select w.*, (select short from metric x where x.position = w.metric) as any_short from worded w);

-- step: unclear
insert into finding_made
with gap as (
    select distinct n.report_id, n.rule_id, n.state, o.source, o.metric, o.cell, o.value, o.status, o.place_of, o.ordinal
    from check_noticed n
    join check_operand o on o.equation = n.equation and o.report_id = n.report_id and o.item = n.item and o.status <> 0
    where n.state in ('not_assessable', 'pass_if_blank_is_zero')
), listed as (
    select g.report_id, g.rule_id, g.state, count(*) as cells,
        list(case g.source when 1 then '上年报告' else '' end || m.short || check_column(m.applicants, check_cell_id(g.cell)) order by g.source, m.position, g.cell) as words,
        list(struct_pack(side := 'left', factor := 1, source := case g.source when 1 then 'previous' when 2 then 'prose' else 'table' end,
            metric := m.metric_id, breakdown := case when m.applicants then check_cell_id(g.cell) end, value := g.value,
            status := case g.status when 1 then 'blank' when 2 then 'not_applicable' else 'unreadable' end,
            report_id := g.place_of::varchar, ordinal := g.ordinal) order by g.source, m.position, g.cell) as operands
    from gap g join metric m on m.position = g.metric
    group by g.report_id, g.rule_id, g.state
), places as (
    select report_id, rule_id, state, count(*) as n, min(equation) as equation from check_noticed
    where state in ('not_assessable', 'pass_if_blank_is_zero') group by report_id, rule_id, state
)
select p.report_id, p.rule_id, 'info', null, null, null, null,
    case when p.state = 'pass_if_blank_is_zero' then '有' || p.n || '处须把空白当作0才相符，空白的是：'
         else '有' || p.n || '处不能判定，空白或不能辨认的是：' end
        || coalesce(array_to_string(list_slice(l.words, 1, 8), '、') || case when l.cells > 8 then '等' || l.cells || '格' else '' end, '表中未见的行'),
    p.state, to_json(list_slice(l.operands, 1, 60))::varchar, null, null, null, p.equation, case p.state when 'not_assessable' then 1 else 2 end
from places p
left join listed l using (report_id, rule_id, state);
