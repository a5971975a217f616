-- What every page of the app asks for, counted, joined and sorted once (schema.sql has the tables). Run at each publish, whole: some seconds
-- for a million reports.

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

delete from report_figures_stored;
insert into report_figures_stored by name
select report_id, count(*) as figures from observation where status = 'reported' group by all;

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

delete from finding_stored;
insert into finding_stored by name
select report_id, ordinal, origin, rule_id, severity, state, metric, accepted, agency_id, agency, city, adcode, year, scope, is_current,
    fictional, province_of(adcode) as province_id, city_of(adcode, city) as city_id, level, system
from finding_v
order by year desc nulls last, severity, agency, rule_id, report_id, ordinal;

delete from coverage_stored;
insert into coverage_stored by name select * from derived_coverage order by adcode nulls last, agency, agency_id, year;
