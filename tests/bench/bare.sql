-- The best SQL by hand for each case of query.py: straight from the stored tables, the columns that the page's query gives from them, without
-- its labels and without its rows for what is missing. Columns are named as the query names them, since both results are compared.

-- case: agencies
select agency_id as id, name, called, short_name, system, level, province, city, county, adcode, aliases, reports, first_year::int as first_year,
    last_year::int as last_year, province_id, city_id
from agency_stored where fictional and reports > 0 order by place

-- case: metrics
select w.id, w.name, w.short, w.unit, w.theme, w.definition, w.caution, w.direction, h.held
from (
    select metric_id as id, name, short, unit, theme, definition, caution, direction, position from metric
    union all select indicator_id, name, short, unit, theme, definition, caution, direction, 10000 + position from indicator
) w join (select metric as id, sum(held)::bigint as held from held_stored where fictional group by all) h using (id)
order by w.position

-- case: reach
select year::int as year, kind, scope, reports, agencies from reach_stored where fictional order by year, kind, scope

-- case: catalogue
select w.id, w.name, w.short, w.english, w.unit, w.theme, w.definition, w.caution, w.place, coalesce(h.held, 0) as held
from (
    select metric_id as id, name, short, english, unit, theme, definition, caution, place, position from metric
    union all select indicator_id, name, short, english, unit, theme, definition, caution, null, 10000 + position from indicator
) w left join (select metric as id, sum(held)::bigint as held from held_stored where fictional group by all) h using (id)
order by w.position

-- case: values
with f as (
    select s.agency_id as id, s.year::int as year, v.metric, v.value, v.status, v.qualifier, v.method, v.unit, v.report_id, v.ordinal, v.has_finding,
        v.corrected, v.printed_value, t.title, t.form, t.source_path, s.city_id, s.level || '|' || s.system as peer, v.part_year
    from figure_stored v join slot_stored s using (slot) join slot_report_stored t on t.slot = v.slot and t.report_id = v.report_id
    where v.metric = $metric and v.is_total and s.fictional and s.scope = $scope and s.year between $first and $year {province}
), ranked as (
    select id, year, rank() over (partition by year, peer order by value desc) as peer_rank, median(value) over (partition by year, peer) as m,
        count(*) over (partition by year, peer) as n, count(*) over (partition by year, peer, value) as ties
    from f where status = 'reported' and not part_year and peer is not null
)
select f.id, a.called as name, a.name as agency, a.adcode, a.level, a.system, f.* exclude (id, peer, city_id), f.city_id,
    r.peer_rank::int as peer_rank, r.n::int as peer_n, r.ties::int as peer_ties, case when r.n >= 3 then r.m end as peer_median
from f join agency_stored a on a.agency_id = f.id left join ranked r on r.id = f.id and r.year = f.year {city}

-- case: city_values, sums
with summed as (
    select s.city_id as id, s.year::int as year, case when min(v.unit) is not distinct from max(v.unit) then sum(v.value) end as value, count(*)::int as parts_held, bool_or(v.part_year) as part_year,
        bool_or(v.has_finding) as has_finding, bool_or(v.corrected) as corrected, mode(v.form) as form, arg_max(v.unit, v.value) as unit,
        case when bool_and(v.qualifier = 'exact') then 'exact' when min(v.qualifier) filter (v.qualifier <> 'exact') = max(v.qualifier)
             filter (v.qualifier <> 'exact') then max(v.qualifier) filter (v.qualifier <> 'exact') else 'about' end as qualifier,
        case when bool_and(v.method = 'narrative') then 'narrative' else 'table' end as method
    from figure_stored v join slot_stored s using (slot)
    where v.metric = $metric and v.is_total and s.fictional and s.scope = $scope and s.year between $first and $year and v.status = 'reported'
        and s.city_id is not null {province}
    group by all
)
select *, rank() over (partition by year order by value desc)::int as peer_rank, count(*) over (partition by year)::int as peer_n,
    case when peer_n >= 3 then median(value) over (partition by year) end as peer_median, count(*) over (partition by year, value)::int as peer_ties
from summed

-- case: city_values, governments
with own as (
    select s.city_id as id, s.year::int as year, s.agency_id, s.agency, v.value, v.status, v.qualifier, v.method, v.unit, v.report_id, v.ordinal,
        v.part_year, v.has_finding, v.corrected, v.form, t.title
    from figure_stored v join slot_stored s using (slot) join slot_report_stored t on t.slot = v.slot and t.report_id = v.report_id
    where v.metric = $metric and v.is_total and s.fictional and s.scope = 'government_aggregate' and s.year between $first and $year
        and (s.level = 'city' or (s.level = 'province' and s.city_id = s.adcode))
    qualify row_number() over (partition by s.city_id, s.year order by ends_with(s.agency, '人民政府') desc, v.report_id) = 1
), ranked as (
    select id, year, rank() over (partition by year order by value desc)::int as peer_rank, count(*) over (partition by year)::int as peer_n,
        median(value) over (partition by year) as m, count(*) over (partition by year, value)::int as peer_ties
    from own where status = 'reported'
)
select o.*, r.peer_rank, r.peer_n, r.peer_ties, case when r.peer_n >= 3 then r.m end as peer_median from own o left join ranked r using (id, year)

-- case: coverage
select id, min(name) as name, year::int as year, sum(known)::int as known, sum(held)::int as held, sum(late)::int as late
from coverage_count_stored where fictional group by all

-- case: headlines
with held as (
    select v.metric as id, s.agency_id, s.year = $year as now, v.value, v.unit, v.qualifier, v.part_year
    from figure_stored v join slot_stored s using (slot)
    where v.metric in ($headline_0, $headline_1, $headline_2, $headline_3) and v.is_total and v.status = 'reported' and s.fictional and s.scope = $scope
        and s.year in ($year, $before)
), pair as (
    select id, max(value) filter (now) as value, max(value) filter (not now) as before from held where not part_year
    group by id, agency_id, unit having count(*) = 2
), paired as (
    select id, sum(value) as now_value, sum(before) as before_value, count(*)::int as pairs from pair group by id
)
select id, sum(value) as value, count(*)::int as n, (count(*) filter (part_year))::int as parts, count(distinct unit)::int as units,
    case when bool_and(qualifier = 'exact') then 'exact' when count(distinct qualifier) filter (qualifier <> 'exact') = 1
        then max(qualifier) filter (qualifier <> 'exact') else 'about' end as qualifier, any_value(p.now_value) as now_value,
    any_value(p.before_value) as before_value, any_value(p.pairs) as pairs
from held left join paired p using (id) where now group by id

-- case: newest_findings
select k.severity, coalesce(k.agency, '机关不详') as agency, k.year::int as year, m.name as metric, k.message, k.expected, k.actual, k.quote, k.rule_id,
    coalesce(k.title, k.document) as title
from finding_stored k left join metric m on m.metric_id = k.metric
where k.fictional and k.year = $year and coalesce(k.is_current, true) and k.severity in ('error', 'warning')
order by k.severity, k.agency, k.rule_id, k.report_id, k.ordinal limit 50

-- case: evidence
select o.metric_id as metric, m.name as metric_name, o.value, o.status, o.qualifier, o.method, o.unit, o.raw, o.quote, o.report_id,
    o.ordinal::int as ordinal, t.title, t.document, v.printed_value
from figure_stored v join slot_stored s using (slot)
join observation o on o.report_id = v.report_id and o.ordinal in (v.ordinal, v.narrative_ordinal)
join report_page_stored t on t.report_id = o.report_id join metric m on m.metric_id = o.metric_id
where s.agency_id = $agency and s.year = $year and s.scope = $scope and v.metric = $metric and v.is_total

-- case: findings_of
select distinct severity, message from finding_stored
where fictional and agency_id = $agency and year = $year and scope = $scope and coalesce(is_current, true) and metric = $metric
order by all limit 10

-- case: nearest
select scope, year::int as year, sum(held)::int as n from held_stored where fictional and metric = $metric
group by all order by n desc, year desc, scope limit 5

-- case: sources
select report_id, title, agency, year::int as year, published_on::varchar as published_on, location, coalesce(document, source_path) as document, sha256
from report_page_stored where fictional and report_id in (select unnest($some::bigint[])) order by adcode nulls last, agency, year, report_id

-- case: sources_of_sums
select report_id, title, agency, year::int as year, published_on::varchar as published_on, location, coalesce(document, source_path) as document, sha256
from report_page_stored where report_id in (
    select v.report_id from figure_stored v join slot_stored s using (slot)
    where v.metric = $metric and v.is_total and s.fictional and s.scope = $scope and s.year between $first and $year and s.city_id = $city
        and v.status = 'reported'
) order by adcode nulls last, agency, year, report_id

-- case: totals
with held as (
    select v.slot, v.metric, v.value, v.status, v.qualifier, v.method, v.form, v.part_year, v.has_finding, v.corrected, v.report_id
    from figure_stored v join slot_stored s using (slot)
    where v.metric in ($metric, 'requests_closed') and v.is_total and s.fictional and s.scope = $scope and s.year = $year {province}
        and v.method in ('table', 'derived', 'correction', 'imported')
), inside as (
    select slot, max(form) as form, bool_or(part_year) as part_year, any_value(report_id) as report_id from held group by slot having count(*) filter (status = 'reported') >= 1
), of_year as (
    select count(*)::int as parts_held, mode(form) as form, bool_or(part_year) as part_year, case when count(*) = 1 then max(report_id) end as report_id
    from inside
)
select h.metric, sum(h.value) filter (h.status = 'reported') as value, (count(*) filter (h.status = 'reported'))::int as n,
    case when n > 0 then 'reported' when min(h.status) = max(h.status) then min(h.status) else 'blank' end as status,
    case when not bool_and(coalesce(h.qualifier, 'exact') = 'exact') then 'about' when 0 < n and n < any_value(y.parts_held) then 'at_least' else 'exact' end as qualifier,
    bool_or(h.has_finding) as has_finding, bool_or(h.corrected) as corrected, case when bool_and(h.method = 'derived') then 'derived' else 'table' end as method,
    any_value(y.parts_held) as parts_held, any_value(y.form) as form, any_value(y.part_year) as part_year, any_value(y.report_id) as report_id
from held h semi join inside using (slot), of_year y group by h.metric

-- case: outcome_shares
with held as (
    select s.agency_id, s.year::int as year, v.metric, v.value, v.status, v.method, v.form, v.part_year, v.has_finding, v.corrected, v.report_id
    from figure_stored v join slot_stored s using (slot)
    where v.metric in ($outcome_0, $outcome_1, $outcome_2, $outcome_3, $outcome_4, $outcome_5) and v.is_total and s.fictional and s.scope = $scope
        and s.year = $year and s.province_id = $province and v.method in ('table', 'derived', 'correction', 'imported')
), complete as (
    select agency_id, count(*) filter (status = 'reported') = 6 as known, sum(value) as whole, any_value(report_id) as report_id from held group by all
), part as (
    select h.agency_id, h.year, h.metric, h.value, c.whole, 'reported' as status, h.method, h.form, h.part_year, h.has_finding, h.corrected, c.report_id
    from held h join complete c using (agency_id) where c.known
    union all
    select c.agency_id, $year, m.metric_id, null, 0, 'partial', 'table', null, false, false, false, c.report_id
    from complete c, metric m where not c.known and m.metric_id in ($outcome_0, $outcome_1, $outcome_2, $outcome_3, $outcome_4, $outcome_5)
)
select p.agency_id as id, p.year, p.metric, m.name as metric_name, m.short as metric_short, m.unit, p.value, p.whole,
    case when p.whole = 0 then 0 else 100 * p.value / p.whole end as share, p.status, p.method, p.form, p.part_year, p.has_finding, p.corrected, p.report_id,
    a.name as agency, a.called as display, a.adcode, a.city, a.level, a.system
from part p join metric m on m.metric_id = p.metric join agency_stored a on a.agency_id = p.agency_id
order by p.whole desc, p.agency_id, m.position

-- case: reports_of
select report_id, agency_id, agency, year::int as year, kind, scope, title, form, published_on::varchar as published_on, due_on::varchar as due_on,
    days_late::int as days_late, is_current, table_2, table_3, table_4, part_year, source_path, document, part::int as part, sha256, source_id, location,
    other_paths, index_number, findings::int as findings, figures::int as figures
from report_page_stored where fictional and agency_id = $agency order by is_current desc, year desc nulls last, kind, scope, report_id

-- case: observations_of
select o.ordinal::int as ordinal, o.metric_id as metric, m.name as metric_name, m.short, m.theme, m.definition, m.place, o.breakdown, o.value, o.status,
    o.qualifier, o.method, o.unit, o.raw, o.quote, v.slot is not null as shown
from observation o join metric m using (metric_id)
left join (
    select v.slot, v.report_id, v.ordinal from figure_stored v join slot_report_stored t using (slot, report_id) where report_id = $report
) v on v.report_id = o.report_id and v.ordinal = o.ordinal
where o.report_id = $report

-- case: findings_in
select k.ordinal::int as ordinal, k.origin, k.rule_id, u.title as rule_title, k.severity, k.metric, m.name as metric_name, k.breakdown, k.message,
    u.explanation, u.advice, k.quote, k.locator, k.expected, k.actual, k.accepted, k.operands
from finding_stored k left join rule u using (rule_id) left join metric m on m.metric_id = k.metric
where k.report_id = $noticed and k.state = 'fail'
order by case k.severity when 'error' then 0 when 'warning' then 1 else 2 end, k.rule_id, k.ordinal

-- case: findings_about
select k.year::int as year, k.severity, m.name as metric_name, k.message, u.advice, k.report_id, k.rule_id, k.ordinal::int as ordinal
from finding_stored k left join rule u using (rule_id) left join metric m on m.metric_id = k.metric
where k.agency_id = $of and k.fictional and coalesce(k.is_current, true) and k.severity in ('error', 'warning') and k.state = 'fail' and not k.accepted
order by k.year desc nulls last, k.severity, k.rule_id, k.ordinal

-- case: finding_counts
select k.rule_id, u.title as rule_title, u.position::int as rule_position, u.family, k.agency_id, k.agency, k.city, k.year, k.severity, k.state, k.accepted, k.n
from (
    select rule_id, agency_id, any_value(agency) as agency, coalesce(any_value(city), '—') as city, year::int as year, severity, state, accepted,
        count(*)::int as n
    from finding_stored
    where fictional and year between $first and $year and province_id = $province and coalesce(is_current, true) and agency_id is not null
        and state <> 'pass'
    group by rule_id, agency_id, year, severity, state, accepted
) k left join rule u using (rule_id)
order by u.position nulls last, k.rule_id, k.agency, k.year

-- case: findings
select k.rule_id, u.title as rule_title, u.explanation, u.advice, k.severity, k.state, k.agency_id, k.agency, k.city, k.year::int as year, k.scope, k.metric,
    m.name as metric_name, k.breakdown, k.expected, k.actual, k.message, k.quote, k.locator, k.operands, k.report_id, k.ordinal, k.title, k.document,
    k.accepted, count(*) over ()::int as more
from finding_stored k left join rule u using (rule_id) left join metric m on m.metric_id = k.metric
where k.fictional and k.year between $first and $year and k.province_id = $province and coalesce(k.is_current, true) and k.agency_id is not null
    and k.severity in ('error', 'warning') and k.state = 'fail' and not k.accepted
order by case k.severity when 'error' then 0 when 'warning' then 1 else 2 end, k.year desc, k.adcode nulls last, k.agency, u.position nulls last, k.rule_id,
    k.report_id, k.ordinal
limit 200

-- case: operand_cells
select o.ordinal - 1 as at, o.report_id, o.ordinal::int as ordinal, o.metric_id as metric, m.name as metric_name, m.short, o.breakdown, o.value, o.status,
    o.method, o.raw, o.quote, r.year::int as year, r.agency_id
from observation o join report r using (report_id) join metric m using (metric_id) where o.report_id = $report and o.ordinal in (1, 2)

-- case: table_of
select o.ordinal::int as ordinal, o.metric_id as metric, m.short, m.name, o.breakdown, o.raw, o.status, o.value
from observation o join metric m using (metric_id)
where o.report_id = $report and o.locator."table" = 3 and o.method <> 'narrative' order by o.locator."row", o.locator."column", o.ordinal

-- case: coverage_states
select agency_id, agency, coalesce(city_id, province_id, 'unknown') as id,
    coalesce(city, case when level = 'province' then province || '本级' end, province, '所在地不详') as name, level, system, year::int as year, state,
    published_on::varchar as published_on, due_on::varchar as due_on, days_late::int as days_late, report_id, expected
from coverage_stored where fictional and year = $year and province_id = $province order by adcode nulls last, agency, year

-- case: plans
select report_id, agency_id, agency, year::int as year, title, tasks::int as tasks, columns::int as columns
from plan_stored where fictional order by year desc nulls last, agency, report_id

-- case: plan_items
select * exclude (ordinal) from (
    select 'column' as item, number::varchar as number, array_to_string(names, ' ＞ ') as path, null as task, section, frequency, raw, ordinal
    from plan_column where report_id = $plan
    union all
    select 'task', number, array_to_string(path, ' ＞ '), task, array_to_string(sections, '、'), null, raw, ordinal from plan_task where report_id = $plan
) order by item desc, ordinal

-- case: plan_sections
select section from plan_section_stored where fictional and length(section) <= 60 order by section

-- case: report_file
select location, document, source_path, part::int as part, agency, agency_id, year::int as year from report_page_stored where report_id = $report and fictional

-- case: rules
select rule_id as id, position, family, severity, title, explanation, advice, basis, equations, instead, forms, query, way from rule order by position

-- case: rule_uses
select rule_id, passed, failed, not_assessable, pass_if_blank_is_zero, reports from rule_use_stored where fictional order by rule_id
