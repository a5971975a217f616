-- step: due
update report set due_on = d.due_on from (
    select report_id, due_date(agency_id, ends_with(agency, '人民政府') or scope = 'government_aggregate', level, adcode, year) as due_on
    from report where year is not null and agency is not null
) d where d.report_id = report.report_id and d.due_on is distinct from report.due_on;

-- step: store
insert into finding (report_id, ordinal, rule_id, severity, metric_id, breakdown, expected, actual, message, quote, locator, origin, state, operands)
select f.report_id, 10000 + row_number() over (partition by f.report_id order by r.position, f.equation, f.item, f.metric_id nulls first, f.breakdown nulls first, f.message),
    f.rule_id, f.severity, f.metric_id, f.breakdown, f.expected, f.actual, f.message, coalesce(f.quote, o.quote), coalesce(f.locator, o.locator), 'check', f.state, f.operands
from finding_made f
join rule r using (rule_id)
left join observation o on o.report_id = f.report_id and o.ordinal = f.ordinal;
drop table finding_made;
-- What a reader noticed and a check says better is kept and not shown.
update finding set state = 'fail' where origin = 'extract' and state = 'superseded';
update finding set state = 'superseded' where origin = 'extract' and rule_id in (select rule_id from rule where way <> 'reader')
    and (report_id, rule_id, coalesce(metric_id, '')) in (select (report_id, rule_id, coalesce(metric_id, '')) from finding where origin = 'check');
