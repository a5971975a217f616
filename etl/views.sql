-- The contract with the pages and with anyone who opens a build in another tool (CONTRACT 3). Only columns are added, never changed.
-- Run at every publish. Column comments come from data/registry/columns.csv.

-- One row per report, superseded ones included (is_current false).
create or replace view report_v as
select r.report_id, r.agency_id, coalesce(a.name, r.agency) as agency, a.short_name, coalesce(a.system, r.system) as system,
    coalesce(a.level, r.level) as level, r.province, r.city, r.county, r.township, r.adcode, r.year,
    case when r.period_start is not null then strftime(r.period_start, '%Y-%m-%d') || '/' || strftime(r.period_end, '%Y-%m-%d') end as period,
    r.period_start, r.period_end, r.part_year, r.kind, r.form, r.scope, r.title, r.stated_as, r.index_number, r.published_on,
    r.due_on, case when r.kind = 'annual_report' then date_diff('day', r.due_on, r.published_on) end as days_late,
    r.is_current, r.table_2, r.table_3, r.table_4, r.reason,
    s.path as source_path, r.document, r.part, r.sha256, r.source_id, r.fictional, r.agency as named, s.location, r.imported
from report r
left join agency a using (agency_id)
left join source s using (source_id);

-- One row per observation of every report, with its evidence.
create or replace view observation_v as
select o.report_id, o.ordinal, o.metric_id as metric, o.breakdown, o.value, o.status, o.qualifier, o.method, o.unit, o.raw,
    o.quote, o.locator, o.part_year or r.part_year as part_year,
    r.agency_id, r.agency, r.short_name, r.system, r.level, r.province, r.city, r.county, r.township, r.adcode, r.year,
    r.kind, r.form, r.scope, r.title, r.published_on, r.is_current, r.source_path, r.document, r.part, r.sha256, r.fictional
from observation o
join report_v r using (report_id);

-- The figure to show: one row per agency, scope, year, metric and breakdown.
create or replace view metric_value as
select s.agency_id, s.agency, s.short_name, s.system, s.level, s.province, s.city, s.county, s.township, s.adcode, s.scope, s.year,
    v.metric, v.breakdown, v.is_total, v.value, v.status, v.qualifier, v.method, v.unit, v.report_id, v.ordinal, v.kind, v.form,
    v.part_year, v.has_finding, v.corrected, v.printed_value, v.correction_reason, v.narrative_value, v.narrative_qualifier,
    v.narrative_report_id, v.narrative_ordinal, s.fictional, s.province_id, s.city_id, v.slot
from figure_stored v
join slot_stored s using (slot);

-- Rates with numerator and denominator: one row per agency, scope, year and indicator.
create or replace view indicator_value as
select s.agency_id, s.agency, s.short_name, s.system, s.level, s.province, s.city, s.county, s.township, s.adcode, s.scope, s.year,
    v.indicator, v.numerator, v.denominator, v.value, v.reliable, v.status, v.qualifier, v.from_prose, v.part_year, v.has_finding,
    v.corrected, v.report_id, s.fictional, v.kind, v.form, s.province_id, s.city_id, v.slot
from rate_stored v
join slot_stored s using (slot);

create or replace view metric_v as
select metric_id as id, name, short, english, unit, theme, decimals, definition, caution, direction, forms, parts, carry, derived,
    position, unit_class, unit_as_printed, place, applicants, signed, channels, wordings
from metric;

create or replace view indicator_v as
select i.indicator_id as id, i.name, i.short, i.english, i.unit, i.theme, i.decimals, i.definition, i.caution, i.direction, i.factor,
    i.smallest, i.position,
    (select list(p.metric_id order by p.metric_id) from indicator_part p where p.indicator_id = i.indicator_id and p.side = 'numerator') as numerator,
    (select list(p.metric_id order by p.metric_id) from indicator_part p where p.indicator_id = i.indicator_id and p.side = 'denominator') as denominator,
    i.kind, i.proportion, i.forms, i.wordings
from indicator i;

create or replace view agency_v as select * from agency_stored;

create or replace view source_v as
select s.source_id, s.path, s.location, s.other_paths, s.size, s.state, s.reason, s.advice, coalesce(n.reports, 0) as reports, s.wrong_rows
from source s
left join (select source_id, count(*) as reports from report group by all) n using (source_id);

create or replace view build_v as select * from build;

create or replace view correction_v as
select line, agency, year, kind, scope, metric_id as metric, breakdown, old_value, new_value, reason, who, made_on, state
from correction;

-- What readers and checks noticed. `accepted`: a person let it stand (accepted.jsonl), as long as the figure is the same.
create or replace view finding_v as
select f.rule_id, f.severity, r.agency_id, r.agency, r.short_name, r.system, r.level, r.province, r.city, r.county, r.township,
    r.adcode, r.year, r.kind, r.scope, f.metric_id as metric, m.name as metric_name, f.breakdown, f.expected, f.actual, f.message,
    f.quote, f.locator, f.origin, f.report_id, f.ordinal, r.title, r.source_path, r.document, r.is_current,
    coalesce(r.fictional, false) as fictional, coalesce(f.state, 'fail') as state, f.operands,
    u.family, u.title as rule_title, u.explanation, u.advice, u.position as rule_position,
    a.who is not null as accepted, a.who as accepted_by, a.why as accepted_reason, a.made_on as accepted_on
from finding f
left join report_v r using (report_id)
left join metric m using (metric_id)
left join rule u using (rule_id)
left join (
    select f.report_id, f.ordinal, f.origin, max_by(c.who, c.line) as who, max_by(c.why, c.line) as why, max_by(c.made_on, c.line) as made_on
    from acceptance c
    join report r on r.year = c.year and (r.agency = c.agency or r.agency_id = c.agency)
    join finding f on f.report_id = r.report_id and f.rule_id = c.rule_id
    where (c.metric_id is null or c.metric_id = f.metric_id) and (c.breakdown is null or c.breakdown = f.breakdown)
        and (c.actual is null or c.actual = f.actual) and (c.message is null or c.message = f.message)
    group by all
) a on a.report_id = f.report_id and a.ordinal = f.ordinal and a.origin = f.origin
where coalesce(f.state, 'fail') <> 'superseded';

create or replace view rule_v as
select rule_id as id, position, family, severity, title, explanation, advice, basis, equations, instead, forms, query, way from rule;

create or replace view rule_result_v as
select t.report_id, r.agency_id, r.agency, r.year, r.scope, t.rule_id, u.severity, t.passed, t.failed, t.not_assessable, t.pass_if_blank_is_zero,
    r.fictional
from rule_result t join report_v r using (report_id) join rule u using (rule_id);

-- Expected annual reports and those held beyond that.
create or replace view coverage as select * from coverage_stored;

-- Tasks and columns of work plans.
create or replace view plan_item_v as
select r.fictional, p.*
from (
    select report_id, 'task' as item, number, path, task, array_to_string(sections, '、') as section, null::varchar as frequency,
        null::varchar[] as parent, raw, locator, ordinal
    from plan_task
    union all
    select report_id, 'column', number::varchar, names, null, section, frequency, parent, raw, locator, ordinal from plan_column
) p
join report r using (report_id);

create or replace view plan_v as
select r.agency_id, r.agency, r.short_name, r.system, r.level, r.province, r.city, r.county, r.adcode, r.year, p.item, p.number,
    p.path, p.task, p.section, p.frequency, p.parent, p.raw, p.locator, p.ordinal, r.report_id, r.title, r.source_path, r.document,
    r.is_current, r.fictional
from plan_item_v p
join report_v r using (report_id);

-- Narrow helpers of the pages -----------------------------------------------------------------------------------

-- An agency, scope and year with a report whose figures count.
create or replace view slot_v as
select slot, agency_id, agency, scope, year, level, system, province_id, city_id, adcode, fictional from slot_stored;

create or replace view slot_report_v as select * from slot_report_stored;
create or replace view report_rows_v as
select p.report_id, p.first_row, p.last_row, r.agency_id, r.year, r.title, r.document, r.published_on, r.fictional
from report_rows_stored p join report r using (report_id);
-- Observations without their report's words; `place` between first_row and last_row of report_rows_v makes a scan skip all other reports.
create or replace view observation_key_v as
select report_id, ordinal, metric_id as metric, breakdown, value, status, qualifier, method, unit, raw, quote, locator, rowid as place
from observation;
create or replace view held_v as select * from held_stored;
create or replace view reach_v as select * from reach_stored;
-- `place` of a finding: those that are listed together stand together.
create or replace view finding_key_v as select *, rowid as place from finding_stored;
create or replace view report_page_v as select * from report_page_stored;
create or replace view rule_use_v as select * from rule_use_stored;
create or replace view plan_key_v as select * from plan_stored;
create or replace view plan_section_v as select * from plan_section_stored;
create or replace view coverage_count_v as select * from coverage_count_stored;

-- What the materialised tables are made from (the rest is in warehouse/figures.sql) --------------------------------

-- The reports whose numbers count: one per agency, year, kind and scope, and beside it the newest imported rows.
create or replace view current_report as
select r.report_id, r.agency_id, a.name as agency, a.short_name, a.system, a.level, a.province, a.city, a.county, a.township, a.adcode,
    r.scope, r.year, r.kind, r.form, r.part_year, r.fictional
from report r
join agency a using (agency_id)
where r.counts and r.year is not null and r.kind in ('annual_report', 'work_summary');

-- Expected annual reports. Without a roster nobody knows who had to report, so a gap says no_roster and never missing.
create or replace view derived_coverage as
with years as (
    select distinct year, fictional from report where kind = 'annual_report' and is_current and year is not null
), held as (
    -- the first that was published, of those of both scopes
    select agency_id, year, arg_min(struct_pack(report_id, published_on, due_on, days_late), row(coalesce(published_on, date '9999-12-31'), report_id)) as h
    from report_v where kind = 'annual_report' and is_current and agency_id is not null and year is not null group by all
), body as (
    select agency_id, name as agency, short_name, system, level, province, city, county, township, adcode, fictional, null::smallint as first_year,
        null::smallint as last_year, false as expected
    from agency where agency_id not in (select agency_id from roster)
    union all
    select o.agency_id, coalesce(a.name, o.agency), coalesce(a.short_name, o.agency), coalesce(a.system, o.system), coalesce(a.level, o.level),
        coalesce(a.province, o.province), coalesce(a.city, o.city), coalesce(a.county, o.county), coalesce(a.township, o.township),
        coalesce(a.adcode, o.adcode), o.fictional, o.first_year, o.last_year, true
    from roster o left join agency a using (agency_id)
), asked as (
    select b.*, y.year, b.expected and y.year >= coalesce(b.first_year, 0) and y.year <= coalesce(b.last_year, 9999) as must,
        due_date(b.agency_id, ends_with(b.agency, '人民政府'), b.level, b.adcode, y.year) as due_by
    from body b
    join years y on y.fictional = b.fictional
)
select k.agency_id, k.agency, k.short_name, k.system, k.level, k.province, k.city, k.county, k.township, k.adcode, k.year,
    case when h.agency_id is not null and h.h.published_on is null then 'undated'
         when h.agency_id is not null and h.h.days_late > 0 then 'late'
         when h.agency_id is not null then 'in_time'
         when not k.must then 'no_roster'
         when coalesce(k.due_by, make_date(k.year + 1, 12, 31)) >= (select max(created_at)::date from build) then 'not_due'
         else 'missing' end as state,
    h.h.published_on as published_on, coalesce(h.h.due_on, k.due_by) as due_on, h.h.days_late as days_late, h.h.report_id as report_id, k.fictional,
    k.must as expected, province_of(k.adcode) as province_id, city_of(k.adcode, k.city) as city_id
from asked k
left join held h on h.agency_id = k.agency_id and h.year = k.year;
