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

-- step: printed
-- Every figure that could be shown for the metrics of $chunk and the slots from $first to $last, with its rank (CONTRACT 3): the statutory table; the annual report's prose;
-- a work summary's; an imported row. Conflicting figures show as none. Most have no rival, so that only rivals are sorted. A
-- blank cell of a table stays blank; the annual report's prose figure stands beside it.
create or replace temp table shown (
    slot integer, metric_no integer, metric varchar, breakdown varchar, cell varchar, value double, status varchar, qualifier varchar,
    method varchar, unit varchar, report_id bigint, ordinal smallint, part_year boolean, corrected boolean, printed_value double,
    correction_reason varchar, narrative_value double, narrative_qualifier varchar, narrative_report_id bigint, narrative_ordinal smallint,
    rank tinyint
);
create or replace temp table candidate as
select s.slot, coalesce(m.position, 30000) as metric_no, o.metric_id as metric, o.breakdown, coalesce(o.breakdown, 'total') as cell,
    case when o.status = 'reported' then o.value end as value, o.status, o.qualifier, o.method, o.unit, o.report_id, o.ordinal,
    o.part_year or s.part_year as part_year, (case o.method when 'table' then 10 when 'narrative' then 20 else 40 end + s.later)::tinyint as rank
from observation o
join slot_report s using (report_id)
left join metric m on m.metric_id = o.metric_id
where list_contains($chunk, o.metric_id) and s.slot between $first and $last;
create or replace temp table rivalry as
select slot, metric_no, metric, cell from candidate group by all having count(*) > 1;
insert into shown
select c.slot, c.metric_no, c.metric, c.breakdown, c.cell, c.value, c.status, c.qualifier, c.method, c.unit, c.report_id, c.ordinal, c.part_year,
    false, null, null, null, null, null, null, c.rank
from candidate c
anti join rivalry r on r.slot = c.slot and r.metric_no = c.metric_no and r.metric = c.metric and r.cell = c.cell;
insert into shown
select slot, metric_no, metric, breakdown, cell, value, status, qualifier, method, unit, report_id, ordinal, part_year, false, null, null,
    case when method = 'table' then prose.v end, case when method = 'table' then prose.q end, case when method = 'table' then prose.r end,
    case when method = 'table' then prose.o end, rank
from (
    select c.*,
        row_number() over (partition by c.slot, c.metric_no, c.metric, c.cell
                           order by c.rank, c.status <> 'conflicting', c.breakdown nulls last, c.report_id, c.ordinal) as place,
        arg_min(struct_pack(v := c.value, q := c.qualifier, r := c.report_id, o := c.ordinal), c.ordinal) filter (c.rank = 20)
            over (partition by c.slot, c.metric_no, c.metric, c.cell) as prose
    from candidate c
    semi join rivalry r on r.slot = c.slot and r.metric_no = c.metric_no and r.metric = c.metric and r.cell = c.cell
)
where place = 1;

-- step: derived
-- Sums that a form prints no cell for (不予公开合计 since 2019 and the like), from the table cells of the same report. A blank part
-- is not zero: the sum is then blank (all parts) or partial (some), without a value. A printed cell comes before, prose before an incomplete sum.
create or replace temp table computed as
with needed as (
    select metric_id, form, count(*) as parts from metric_part where computed group by all
), summed as (
    select v.slot, v.report_id, p.metric_id as metric, v.breakdown, n.parts,
        count(*) filter (v.status = 'reported') as reported, count(*) filter (v.status = 'blank') as blank,
        count(*) filter (v.status = 'not_applicable') as not_applicable,
        sum(v.value) as value, bool_or(v.corrected) as corrected, bool_or(v.part_year) as part_year
    from shown v
    join slot_report s using (report_id)
    join metric_part p on p.part_id = v.metric and p.form = s.form and p.computed
    join needed n on n.metric_id = p.metric_id and n.form = p.form
    where v.method in ('table', 'correction', 'imported')
    group by v.slot, v.report_id, p.metric_id, v.breakdown, n.parts
)
select c.slot, m.position as metric_no, c.metric, case when c.breakdown is null and m.applicants then 'total' else c.breakdown end as breakdown,
    coalesce(c.breakdown, 'total') as cell, case when c.reported = c.parts then c.value end as value,
    case when c.reported = c.parts then 'reported' when c.blank = c.parts then 'blank' when c.not_applicable = c.parts then 'not_applicable'
         else 'partial' end as status,
    'exact' as qualifier, 'derived' as method, m.unit, c.report_id, null::smallint as ordinal, c.part_year, c.corrected,
    null::double as printed_value, null::varchar as correction_reason, null::double as narrative_value, null::varchar as narrative_qualifier,
    null::bigint as narrative_report_id, null::smallint as narrative_ordinal, (case when c.reported = c.parts then 15 else 37 end)::tinyint as rank
from summed c
join metric m on m.metric_id = c.metric;
delete from computed where exists (
    select 1 from shown v where v.slot = computed.slot and v.metric = computed.metric and v.cell = computed.cell and v.rank < computed.rank
);
delete from shown where exists (
    select 1 from computed c where c.slot = shown.slot and c.metric = shown.metric and c.cell = shown.cell
);
insert into shown
select * from computed
qualify row_number() over (partition by slot, metric, cell order by rank, report_id) = 1;

-- step: store
-- Sorted by metric, year and region, so that a scan skips what it does not need; the report's words are joined after the sort.
create or replace temp table doubted as
select distinct report_id, metric_id as metric, breakdown from finding
where metric_id in (select distinct metric from shown) and report_id is not null and severity <> 'info';
insert into figure_stored by name
select v.slot, v.metric, v.breakdown, v.cell = 'total' as is_total, v.value, v.status, v.qualifier, v.method, v.unit, v.report_id, v.ordinal,
    r.kind, r.form, v.part_year, d.report_id is not null or w.report_id is not null as has_finding, v.corrected, v.printed_value,
    v.correction_reason, v.narrative_value, v.narrative_qualifier, v.narrative_report_id, v.narrative_ordinal
from (select * from shown order by metric_no, metric, slot, cell) v
join slot_report r using (report_id)
left join doubted d on d.report_id = v.report_id and d.metric = v.metric and d.breakdown = v.breakdown
left join doubted w on w.report_id = v.report_id and w.metric = v.metric and w.breakdown is null;

-- step: rates
insert into rate_stored by name select * from derived_indicator order by indicator, slot;

-- step: tidy
drop table if exists slot_report;
drop table if exists shown;
drop table if exists candidate;
drop table if exists rivalry;
drop table if exists computed;
drop table if exists doubted;
