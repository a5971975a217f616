-- From observations to the figures to show, in steps that finish.py runs one after the other. Everything that is sorted or grouped is narrow:
-- a slot is a number for one agency, scope and year, in the order in which figures are stored.

-- step: slots
delete from slot_stored;
delete from figure_stored;
delete from rate_stored;
insert into slot_stored by name
select (row_number() over (order by year, adcode nulls last, agency_id, scope))::integer as slot, *
from (
    select agency_id, scope, year, agency, short_name, system, level, province, city, county, township, adcode, fictional,
        province_of(adcode) as province_id, city_of(adcode, city) as city_id
    from current_report group by all
);
create or replace temp table slot_report as
select r.report_id, s.slot, r.kind, r.form, r.part_year, case r.kind when 'annual_report' then 0 else 5 end as later
from current_report r
join slot_stored s using (agency_id, scope, year);

-- step: dirty slots
-- Only what the agencies of dirty_agency have. A slot keeps its number; new ones follow after the last, where nothing is sorted.
create or replace temp table slot_before as select slot, agency_id, scope, year from slot_stored where agency_id in (select agency_id from dirty_agency);
delete from figure_stored where slot in (select slot from slot_before);
delete from rate_stored where slot in (select slot from slot_before);
delete from slot_stored where slot in (select slot from slot_before);
insert into slot_stored by name
select coalesce(b.slot, m.last + row_number() over (partition by b.slot is null order by c.year, c.adcode nulls last, c.agency_id, c.scope))::integer as slot, c.*
from (
    select agency_id, scope, year, agency, short_name, system, level, province, city, county, township, adcode, fictional,
        province_of(adcode) as province_id, city_of(adcode, city) as city_id
    from current_report where agency_id in (select agency_id from dirty_agency) group by all
) c
left join slot_before b using (agency_id, scope, year)
cross join (select greatest(coalesce((select max(slot) from slot_stored), 0), coalesce((select max(slot) from slot_before), 0)) as last) m;
create or replace temp table slot_report as
select r.report_id, s.slot, r.kind, r.form, r.part_year, case r.kind when 'annual_report' then 0 else 5 end as later
from current_report r
join slot_stored s using (agency_id, scope, year)
where r.agency_id in (select agency_id from dirty_agency);
drop table slot_before;

-- step: words
-- The words of the figures as numbers, so that what is sorted and joined is narrow; metrics in the order of the registry.
create or replace temp table held_words as
select metric_id, breakdown, unit, count(*) as n from observation where $all or report_id in (select report_id from slot_report) group by all;
create temp type figure_metric as enum (
    select metric_id from (select metric_id from metric union select metric_id from held_words) left join metric m using (metric_id)
    order by coalesce(m.position, 30000), metric_id);
create temp type figure_cell as enum (select coalesce(breakdown, 'total') as cell from held_words union select 'total' order by 1);
create temp type figure_unit as enum (select unit from (select unit from held_words union select unit from metric) where unit is not null order by 1);
create temp type figure_status as enum ('reported', 'blank', 'not_applicable', 'unreadable', 'conflicting', 'partial');
create temp type figure_qualifier as enum ('exact', 'at_least', 'at_most', 'about');
create temp type figure_method as enum ('table', 'narrative', 'derived', 'imported', 'correction');
create or replace temp table part_of as
select p.metric_id::figure_metric as metric, p.part_id::figure_metric as part, p.form, count(*) over (partition by p.metric_id, p.form) as parts
from metric_part p where p.computed;

-- step: printed
-- Every figure that could be shown for the metrics of $chunk and the slots from $first to $last, with its rank (CONTRACT 3): the statutory table; the annual report's prose;
-- a work summary's; an imported row. Conflicting figures show as none. Most have no rival, so that only rivals are sorted. A
-- blank cell of a table stays blank; the annual report's prose figure stands beside it.
create or replace temp table shown as
select s.slot, o.metric_id::figure_metric as metric, coalesce(o.breakdown, 'total')::figure_cell as cell, o.breakdown is null as whole,
    case when o.status = 'reported' then o.value end as value, o.status::figure_status as status, o.qualifier::figure_qualifier as qualifier,
    o.method::figure_method as method, o.unit::figure_unit as unit, o.report_id, o.ordinal, o.part_year or s.part_year as part_year, false as corrected,
    (case o.method when 'table' then 10 when 'narrative' then 20 else 40 end + s.later)::tinyint as rank
from observation o
join slot_report s using (report_id)
where list_contains($chunk, o.metric_id) and s.slot between $first and $last;
create or replace temp table rival as
select * from shown semi join (select slot, metric, cell from shown group by all having count(*) > 1) r using (slot, metric, cell);
delete from shown where (slot, metric, cell) in (select (slot, metric, cell) from rival);
create or replace temp table beside as
select slot, metric, cell, value as narrative_value, qualifier as narrative_qualifier, report_id as narrative_report_id, ordinal as narrative_ordinal
from rival where rank = 20
qualify row_number() over (partition by slot, metric, cell order by ordinal) = 1;
insert into shown
select * from rival
qualify row_number() over (partition by slot, metric, cell order by rank, status <> 'conflicting', whole, report_id, ordinal) = 1;
delete from beside where (slot, metric, cell) in (select (slot, metric, cell) from shown where method <> 'table');
create or replace temp table mended (slot integer, metric figure_metric, cell figure_cell, printed_value double, correction_reason varchar);

-- step: derived
-- Sums that a form prints no cell for (不予公开合计 since 2019 and the like), from the table cells of the same report. A blank part
-- is not zero: the sum is then blank (all parts) or partial (some), without a value. A printed cell comes before, prose before an incomplete sum.
create or replace temp table computed as
with summed as (
    select v.slot, v.report_id, p.metric, v.cell, v.whole, p.parts,
        count(*) filter (v.status = 'reported') as reported, count(*) filter (v.status = 'blank') as blank,
        count(*) filter (v.status = 'not_applicable') as not_applicable,
        sum(v.value) as value, bool_or(v.corrected) as corrected, bool_or(v.part_year) as part_year, bool_or(v.qualifier <> 'exact') as hedged
    from shown v
    join slot_report s using (report_id)
    join part_of p on p.part = v.metric and p.form = s.form
    where v.method in ('table', 'correction', 'imported')
    group by all
)
select c.slot, c.metric, c.cell, c.whole and not m.applicants as whole, case when c.reported = c.parts then c.value end as value,
    (case when c.reported = c.parts then 'reported' when c.blank = c.parts then 'blank' when c.not_applicable = c.parts then 'not_applicable'
         else 'partial' end)::figure_status as status,
    (case when c.hedged then 'about' else 'exact' end)::figure_qualifier as qualifier, 'derived'::figure_method as method, m.unit::figure_unit as unit, c.report_id, null::smallint as ordinal, c.part_year,
    c.corrected, (case when c.reported = c.parts then 15 else 37 end)::tinyint as rank
from summed c
join metric m on m.metric_id = c.metric::varchar;
delete from computed where exists (
    select 1 from shown v where v.slot = computed.slot and v.metric = computed.metric and v.cell = computed.cell and v.rank < computed.rank
);
delete from shown where (slot, metric, cell) in (select (slot, metric, cell) from computed);
delete from beside where (slot, metric, cell) in (select (slot, metric, cell) from computed);
delete from mended where (slot, metric, cell) in (select (slot, metric, cell) from computed);
insert into shown
select * from computed
qualify row_number() over (partition by slot, metric, cell order by rank, report_id) = 1;

-- step: store
-- Sorted by metric, year and region, so that a scan skips what it does not need; what few figures have, and words, are joined after the sort.
create or replace temp table doubted as
select distinct report_id, try_cast(metric_id as figure_metric) as metric, breakdown is null as whole, try_cast(breakdown as figure_cell) as cell
from finding where metric_id is not null and report_id is not null and severity <> 'info';
insert into figure_stored by name
select v.slot, v.metric, case when not v.whole then v.cell end as breakdown, v.cell = 'total' as is_total, v.value, v.status, v.qualifier, v.method, v.unit,
    v.report_id, v.ordinal, r.kind, r.form, v.part_year, d.report_id is not null or w.report_id is not null as has_finding, v.corrected, m.printed_value,
    m.correction_reason, b.narrative_value, b.narrative_qualifier, b.narrative_report_id, b.narrative_ordinal
from (select * from shown order by metric, slot, cell) v
join slot_report r using (report_id)
left join doubted d on not d.whole and d.report_id = v.report_id and d.metric = v.metric and d.cell = v.cell and not v.whole
left join doubted w on w.whole and w.report_id = v.report_id and w.metric = v.metric
left join beside b on b.slot = v.slot and b.metric = v.metric and b.cell = v.cell
left join mended m on m.slot = v.slot and m.metric = v.metric and m.cell = v.cell;

-- step: ratio
-- A ratio; numerator and denominator always beside the value (DOMAIN C.3).
insert into rate_stored by name
with part as (
    select metric_id, breakdown, side, sign from indicator_part where indicator_id = $indicator
), needed as (
    select count(*) filter (side = 'numerator') as n, count(*) filter (side = 'denominator') as d from part
), gathered as (
    select v.report_id, any_value(v.slot) as slot, any_value(v.kind) as kind, any_value(v.form) as form,
        count(*) filter (p.side = 'numerator') as n_found, count(*) filter (p.side = 'denominator') as d_found,
        count(*) filter (p.side = 'numerator' and v.status = 'reported') as n_reported,
        count(*) filter (p.side = 'denominator' and v.status = 'reported') as d_reported,
        sum(v.value * p.sign) filter (p.side = 'numerator') as numerator,
        sum(v.value * p.sign) filter (p.side = 'denominator') as denominator,
        bool_or(v.qualifier <> 'exact') as approximate, bool_or(v.method = 'narrative') as from_prose,
        bool_or(v.part_year) as part_year, bool_or(v.has_finding) as has_finding, bool_or(v.corrected) as corrected
    from figure_stored v
    join part p on p.metric_id = v.metric and p.breakdown = coalesce(v.breakdown, 'total')
    semi join slot_report r on r.report_id = v.report_id
    where list_contains((select forms from indicator where indicator_id = $indicator), v.form)
    group by v.report_id
), ratio as (
    select g.*, i.factor, i.smallest, n_reported = n and d_reported = d as complete
    from gathered g, needed, indicator i
    where i.indicator_id = $indicator and n_found > 0 and d_found > 0
)
select slot, $indicator as indicator, case when complete then numerator end as numerator, case when complete then denominator end as denominator,
    case when complete and denominator > 0 then factor * numerator / denominator end as value,
    complete and denominator > 0 and denominator >= smallest as reliable,
    case when not complete then 'partial' when denominator > 0 then 'reported' else 'no_denominator' end as status,
    case when approximate then 'about' else 'exact' end as qualifier, from_prose, part_year, has_finding, corrected, report_id, kind, form
from ratio
-- parts from an annual report and from imported rows beside it: neither is whole, and one row says so
qualify row_number() over (partition by slot order by complete desc, n_found + d_found desc, report_id) = 1
order by slot;

-- step: rates
-- The rates that are no ratios of figures.
insert into rate_stored by name
select s.slot, i.indicator_id as indicator, r.days_late as numerator, null as denominator, r.days_late as value, true as reliable, 'reported' as status,
    'exact' as qualifier, false as from_prose, r.part_year, false as has_finding, false as corrected, r.report_id, r.kind, r.form
from report_v r
join slot_report s using (report_id)
join indicator i on i.kind = 'days_late'
where r.is_current and r.kind = 'annual_report' and r.days_late is not null
union all
-- Residents of the newest year not after the report's; only what a government reports for its whole region (DOMAIN C.3).
select s.slot, i.indicator_id, v.value, p.people, i.factor * v.value / p.people, p.people >= i.smallest, 'reported', v.qualifier,
    v.method = 'narrative', v.part_year, v.has_finding, v.corrected, v.report_id, v.kind, v.form
from indicator i
join indicator_part o on o.indicator_id = i.indicator_id and o.side = 'numerator'
join figure_stored v on v.metric = o.metric_id and v.is_total and v.status = 'reported' and list_contains(i.forms, v.form)
join slot_stored s on s.slot = v.slot and s.scope = 'government_aggregate'
join population p on p.adcode = s.adcode and p.people > 0
    and p.year = (select max(q.year) from population q where q.adcode = s.adcode and q.year <= s.year)
where i.kind = 'per_population' and v.slot in (select slot from slot_report)
union all
-- Of the rules of severity error that could be judged for a report, those it passes.
select r.slot, i.indicator_id, t.passed, t.judged, i.factor * t.passed / t.judged, t.judged >= i.smallest, 'reported', 'exact', false,
    r.part_year, t.passed < t.judged, false, r.report_id, r.kind, r.form
from (
    select t.report_id, count(*) filter (t.failed = 0)::double as passed, count(*)::double as judged
    from rule_result t join rule u using (rule_id)
    where u.severity = 'error' and t.passed + t.failed > 0
    group by all
) t
join slot_report r using (report_id)
join indicator i on i.kind = 'rule_share' and list_contains(i.forms, r.form)
order by indicator, slot;

-- step: tidy
drop table if exists slot_report;
drop table if exists shown;
drop table if exists rival;
drop table if exists beside;
drop table if exists mended;
drop table if exists computed;
drop table if exists doubted;
drop table if exists part_of;
drop table if exists held_words;
drop type if exists figure_metric;
drop type if exists figure_cell;
drop type if exists figure_unit;
drop type if exists figure_status;
drop type if exists figure_qualifier;
drop type if exists figure_method;
