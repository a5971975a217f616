-- step: due
update report set due_on = d.due_on from (
    select report_id, due_date(agency_id, ends_with(agency, '人民政府') or scope = 'government_aggregate', level, adcode, year) as due_on
    from report where year is not null and agency is not null
) d where d.report_id = report.report_id and d.due_on is distinct from report.due_on;

-- step: made
create or replace temp table finding_made (
    report_id bigint, rule_id varchar, severity varchar, metric_id varchar, breakdown varchar, expected double, actual double,
    message varchar, state varchar, operands varchar, ordinal smallint, quote varchar,
    locator struct("table" tinyint, block integer, "row" integer, "column" integer, page integer, "start" integer, "end" integer, other varchar),
    equation integer, item integer
);

-- step: store
-- Numbered by narrow rows; the findings themselves, with their long words, only pass by.
create or replace temp table finding_number as
select f.rowid as at,
    10000 + row_number() over (partition by f.report_id order by r.position, f.equation, f.item, f.metric_id nulls first, f.breakdown nulls first, f.message) as number
from finding_made f join rule r using (rule_id);
create or replace temp table finding_quote as
select o.report_id, o.ordinal, o.quote, o.locator
from observation o
semi join (select report_id, ordinal from finding_made where quote is null or locator is null) f on f.report_id = o.report_id and f.ordinal = o.ordinal;
insert into finding (report_id, ordinal, rule_id, severity, metric_id, breakdown, expected, actual, message, quote, locator, origin, state, operands)
select f.report_id, n.number, f.rule_id, f.severity, f.metric_id, f.breakdown, f.expected, f.actual, f.message, coalesce(f.quote, o.quote),
    coalesce(f.locator, o.locator), 'check', f.state, f.operands
from finding_made f
join finding_number n on n.at = f.rowid
left join finding_quote o on o.report_id = f.report_id and o.ordinal = f.ordinal;
drop table finding_made;
drop table finding_number;
drop table finding_quote;
-- What a reader noticed and a check says better is kept and not shown.
update finding set state = 'fail' where origin = 'extract' and state = 'superseded';
update finding set state = 'superseded' where origin = 'extract'
    and (report_id, rule_id, coalesce(metric_id, '')) in (select (report_id, rule_id, coalesce(metric_id, '')) from finding where origin = 'check');
