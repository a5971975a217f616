-- What every page of the app asks for, counted, joined and sorted once (schema.sql has the tables). Run at each publish, whole: some seconds
-- for a million reports.

-- step: counts
delete from agency_stored;
insert into agency_stored by name
with counted as (
    select agency_id, count(*) as reports, min(year) as first_year, max(year) as last_year, list(distinct scope order by scope) as scopes
    from report where is_current group by all
), named as (
    select a.*, coalesce(n.reports, 0) as reports, n.first_year, n.last_year, coalesce(n.scopes, []) as scopes,
        case when a.province is not null and a.city is not null and starts_with(a.name, a.province) and length(a.name) > length(a.province) + 3
             then substr(a.name, length(a.province) + 1) else a.name end as bare
    from agency a left join counted n using (agency_id)
)
-- What a body is called among others: its name without the province, with its place where two share that name.
select n.* exclude (bare), province_of(adcode) as province_id, city_of(adcode, city) as city_id,
    case when count(*) over (partition by bare, fictional, reports > 0) = 1 then bare
         else bare || '（' || coalesce(nullif(concat_ws('', city, county), ''), '所在地不详') || '）' end as called,
    row_number() over (order by adcode nulls last, name, agency_id)::integer as place
from named n
order by place;

delete from slot_report_stored;
insert into slot_report_stored by name
select s.slot, r.report_id, r.kind, r.form, r.title, f.path as source_path, r.is_current,
    row_number() over (partition by s.slot order by not r.is_current, r.kind <> 'annual_report', r.report_id) = 1 as leads,
    r.table_2, r.table_3, r.table_4
from report r
join slot_stored s using (agency_id, scope, year)
left join source f using (source_id)
where r.counts and r.kind in ('annual_report', 'work_summary')
order by s.slot, r.report_id;

delete from held_stored;
insert into held_stored by name
select v.metric, false as indicator, s.fictional, s.scope, s.year, count(*) as held
from figure_stored v join slot_stored s using (slot) where v.is_total and v.status = 'reported' group by all
union all
select v.indicator, true, s.fictional, s.scope, s.year, count(*)
from rate_stored v join slot_stored s using (slot) where v.status = 'reported' group by all
order by all;

delete from reach_stored;
insert into reach_stored by name
select fictional, year, kind, scope, count(*) as reports, count(distinct agency_id) as agencies
from report where is_current and year is not null and kind in ('annual_report', 'work_summary') group by all order by all;

delete from rule_use_stored;
insert into rule_use_stored by name
select r.fictional, t.rule_id, sum(t.passed)::bigint as passed, sum(t.failed)::bigint as failed, sum(t.not_assessable)::bigint as not_assessable,
    sum(t.pass_if_blank_is_zero)::bigint as pass_if_blank_is_zero, count(*) as reports
from rule_result t join report r using (report_id) join rule u using (rule_id) group by all order by r.fictional, t.rule_id;

delete from plan_stored;
insert into plan_stored by name
select r.fictional, r.report_id, r.agency_id, r.agency, r.year, r.title, coalesce(t.tasks, 0) as tasks, coalesce(c.columns, 0) as columns
from report_v r
left join (select report_id, count(*) as tasks from plan_task group by all) t using (report_id)
left join (select report_id, count(*) as columns from plan_column group by all) c using (report_id)
where r.is_current and (t.report_id is not null or c.report_id is not null)
order by r.year desc nulls last, r.agency, r.report_id;

delete from plan_section_stored;
insert into plan_section_stored by name
select distinct fictional, trim(section) as section
from (select fictional, unnest(string_split(section, '、')) as section from plan_v) where trim(section) <> '' order by all;

delete from coverage_stored;
insert into coverage_stored by name select * from derived_coverage order by adcode nulls last, agency, agency_id, year;

delete from coverage_count_stored;
insert into coverage_count_stored by name
select c.fictional, c.province_id, c.level, c.system, coalesce(c.city_id, c.province_id, 'unknown') as id,
    coalesce(c.city, c.province || case when c.level = 'province' then '本级' else '（市不详）' end, '所在地不详') as name, c.year,
    count(*) as known, count(c.report_id) as held, count(*) filter (c.state = 'late') as late
from coverage_stored c semi join (select agency_id from agency_stored where reports > 0) a on a.agency_id = c.agency_id
group by all order by id, c.year, c.province_id, c.level, c.system;

delete from finding_stored;

-- step: findings
-- Of the years from $first to $last, 0 where the year is not known.
insert into finding_stored by name
select report_id, ordinal, origin, rule_id, severity, state, metric, accepted, agency_id, agency, city, adcode, year, scope, is_current,
    fictional, province_of(adcode) as province_id, city_of(adcode, city) as city_id, level, system, breakdown, expected, actual, message, quote, locator,
    operands, title, document
from finding_v
where coalesce(year, 0) between $first and $last
order by year desc nulls last, case severity when 'error' then 0 when 'warning' then 1 else 2 end, adcode nulls last, agency, rule_id, report_id, ordinal;

-- step: reports
delete from report_page_stored;
insert into report_page_stored by name
select r.report_id, r.agency_id, r.agency, r.adcode, r.year, r.kind, r.scope, r.title, r.form, r.index_number, r.published_on, r.due_on, r.days_late,
    r.is_current, r.part_year, r.fictional, r.table_2, r.table_3, r.table_4, r.source_path, r.document, r.part, r.sha256, r.source_id, r.location,
    s.other_paths, coalesce(f.findings, 0) as findings, coalesce(n.figures, 0) as figures
from report_v r
left join source s using (source_id)
left join (select report_id, count(*) as findings from finding_stored where severity in ('error', 'warning') and state = 'fail' and not accepted group by all) f
    on f.report_id = r.report_id
left join (select report_id, count(*) as figures from observation where status = 'reported' group by all) n on n.report_id = r.report_id;
