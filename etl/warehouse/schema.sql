-- Tables of a build (ARCHITECTURE, Warehouse). Pages and outside tools read the views of ../views.sql, never these.
-- No primary keys: DuckDB checks them per statement, which forbids replacing a report inside one transaction; uniqueness and
-- references are checked once, before a build is published (build.py).

create table source (             -- one file as given to `load` (a zip is one source)
    source_id   varchar not null, -- sha256 of the file; 'path:' + hash where it cannot be read
    path        varchar not null, -- as given, the first one if the same bytes are found twice
    location    varchar not null, -- absolute path at the time of the load
    other_paths varchar[] not null,
    size        bigint,
    extractor   varchar not null, -- version of code and registry that read it
    state       varchar not null, -- read, set_aside
    reason      varchar,          -- why it was set aside, in Chinese
    advice      varchar,
    wrong_rows  varchar[] not null default [], -- of a file of imported rows: those not taken, with place and reason
    first_load  integer not null  -- number of the load that met these bytes first
);

create table report (
    report_id    bigint not null, -- 53 bits of sha256(agency, year, kind, scope, sha256, part): fits a JavaScript number
    source_id    varchar not null,
    document     varchar not null, -- path of the document, inside the zip where there is one
    part         integer not null,
    sha256       varchar not null, -- of the document
    kind         varchar not null,
    title        varchar,
    agency_id    varchar,
    agency       varchar,
    stated_as    varchar,
    system       varchar,
    level        varchar,
    province     varchar,
    city         varchar,
    county       varchar,
    township     varchar,
    adcode       varchar,
    year         smallint,
    period_start date,
    period_end   date,
    part_year    boolean not null,
    published_on date,
    index_number varchar,
    due_on       date,             -- deadline: the body's own, the division's, the law's
    form         varchar,
    scope        varchar not null,
    table_2      varchar,
    table_3      varchar,
    table_4      varchar,
    reason       varchar,
    fictional    boolean not null,
    imported     boolean not null default false, -- its rows came already extracted; never current beside a report that was read
    is_current   boolean not null,
    counts       boolean not null default false, -- its figures may be shown: the current report, and the newest imported rows beside it
    first_load   integer not null
);

create table agency (
    agency_id  varchar not null,
    name       varchar not null,
    short_name varchar not null,
    aliases    varchar[] not null,
    system     varchar,
    level      varchar,
    province   varchar,
    city       varchar,
    county     varchar,
    township   varchar,
    adcode     varchar,
    resolved   boolean not null, -- false: the text does not let one know which body of that name it is; never merged
    fictional  boolean not null
);

create table region (
    adcode     varchar not null,
    name       varchar not null,
    level      varchar not null,
    parent     varchar,
    valid_from smallint,
    valid_to   smallint
);

create table metric (            -- metrics.yml
    metric_id  varchar not null,
    position   integer not null, -- order in the registry
    name       varchar not null,
    short      varchar not null,
    english    varchar,
    unit       varchar,
    unit_class varchar,
    unit_as_printed boolean not null,
    theme      varchar,
    decimals   integer not null,
    definition varchar,
    caution    varchar,
    direction  varchar,
    forms      varchar[] not null,
    place      varchar,
    applicants boolean not null,
    signed     boolean not null,
    parts      varchar[] not null,
    channels   varchar[] not null,
    carry      varchar,
    wordings   varchar[] not null,
    derived    boolean not null  -- made in SQL from its parts where a form prints no cell for it
);

create table metric_part (       -- what adds up to a metric in a form
    metric_id varchar not null,
    form      varchar not null,
    part_id   varchar not null,
    computed  boolean not null   -- the form prints no cell for the sum: derived_value makes it
);

create table indicator (         -- metrics.yml, indicators
    indicator_id varchar not null,
    position     integer not null,
    name         varchar not null,
    short        varchar not null,
    english      varchar,
    unit         varchar not null,
    kind         varchar not null,  -- ratio, per_population, days_late, rule_share
    theme        varchar,
    decimals     integer not null,
    definition   varchar,
    caution      varchar,
    direction    varchar,
    proportion   boolean not null,
    factor       double not null,   -- value = factor * numerator / denominator
    smallest     double not null,   -- denominators below are not reliable
    forms        varchar[] not null,
    wordings     varchar[] not null
);

create table indicator_part (
    indicator_id varchar not null,
    side         varchar not null,  -- numerator, denominator
    metric_id    varchar not null,
    breakdown    varchar not null,  -- total where the registry names none
    sign         integer not null   -- 1, -1
);

create table observation (        -- narrow, in arrival order
    report_id bigint not null,
    ordinal   smallint not null,  -- position in the report: (report_id, ordinal) names one observation
    metric_id varchar not null,
    breakdown varchar,
    value     double,
    status    varchar not null,
    qualifier varchar not null,
    method    varchar not null,
    unit      varchar,
    raw       varchar,
    quote     varchar,
    locator   struct("table" tinyint, block integer, "row" integer, "column" integer, page integer, "start" integer,
                     "end" integer, other varchar),
    part_year boolean not null
);

create table finding (
    report_id bigint,
    ordinal   integer not null,
    rule_id   varchar not null,
    severity  varchar not null,
    metric_id varchar,
    breakdown varchar,
    expected  double,
    actual    double,
    message   varchar not null,
    quote     varchar,
    locator   struct("table" tinyint, block integer, "row" integer, "column" integer, page integer, "start" integer,
                     "end" integer, other varchar),
    origin    varchar not null,   -- extract, check, correction
    state     varchar default 'fail', -- fail, not_assessable, pass_if_blank_is_zero, explained, suspended, pass
    operands  varchar             -- JSON: the cells of both sides, each with its observation (report_id, ordinal)
);

create table plan_task (
    report_id bigint not null,
    ordinal   integer not null,
    number    varchar,
    path      varchar[] not null,
    task      varchar not null,
    sections  varchar[] not null,
    raw       varchar,
    locator   struct("table" tinyint, block integer, "row" integer, "column" integer, page integer, "start" integer,
                     "end" integer, other varchar)
);

create table plan_column (
    report_id bigint not null,
    ordinal   integer not null,
    number    integer,
    names     varchar[] not null,
    parent    varchar[],
    frequency varchar,
    section   varchar,
    raw       varchar,
    locator   struct("table" tinyint, block integer, "row" integer, "column" integer, page integer, "start" integer,
                     "end" integer, other varchar)
);

create table correction (
    line      integer not null,   -- in corrections.jsonl
    agency    varchar not null,
    year      smallint not null,
    kind      varchar,            -- null: whichever report the views show
    scope     varchar,
    metric_id varchar not null,
    breakdown varchar,
    old_value double,             -- the guard: what the views must show without the correction; null for no figure
    new_value double,
    reason    varchar not null,
    who       varchar,
    made_on   varchar,
    state     varchar not null    -- applied, guard_failed, no_target
);

create table deadline (           -- Regulation 711 article 49; order 492 article 31
    first_year smallint not null,
    last_year  smallint,
    body       varchar not null,  -- government, department, township
    month      tinyint not null,
    day        tinyint not null,
    region     varchar not null default ''  -- head of the codes it holds for; the longest that fits wins over the law's own
);

create table population (         -- population.csv, where an office has put one: residents of a division
    adcode varchar not null,
    year   smallint not null,     -- of the census or yearbook
    people double not null
);

create table rule (               -- rules.yml
    rule_id     varchar not null,
    position    integer not null,
    family      varchar not null,
    severity    varchar not null,
    title       varchar not null,
    explanation varchar not null,
    advice      varchar not null,
    basis       varchar,
    equations   varchar[] not null,
    instead     varchar[] not null,
    forms       varchar[] not null,
    query       varchar,
    way         varchar not null    -- equation, query, reader
);

create table rule_result (        -- how often a rule was applied to a report, and what came of it
    report_id             bigint not null,
    rule_id               varchar not null,
    passed                integer not null,
    failed                integer not null,
    not_assessable        integer not null,
    pass_if_blank_is_zero integer not null
);

create table acceptance (         -- accepted.jsonl: findings that a person let stand
    line      integer not null,
    agency    varchar not null,
    year      smallint not null,
    rule_id   varchar not null,
    metric_id varchar,
    breakdown varchar,
    actual    double,             -- the guard: with another figure it no longer holds
    message   varchar,            -- the guard where the finding has no figure
    who       varchar not null,
    why       varchar not null,
    made_on   varchar
);

create table roster (             -- roster.csv: who must report
    agency_id  varchar not null,
    agency     varchar not null,
    system     varchar,
    level      varchar,
    province   varchar,
    city       varchar,
    county     varchar,
    township   varchar,
    adcode     varchar,
    first_year smallint,
    last_year  smallint,
    month      tinyint,
    day        tinyint,
    fictional  boolean not null
);

-- The day by which a body's report on a year must be out; null where nothing says so (townships).
create or replace macro due_date(id, government, rank, code, report_year) as coalesce(
    (select make_date(report_year + 1, o.month, o.day) from roster o where o.agency_id = id and o.month is not null and o.day is not null limit 1),
    (select max_by(make_date(report_year + 1, d.month, d.day), length(d.region)) from deadline d
     where report_year >= d.first_year and report_year <= coalesce(d.last_year, 9999) and starts_with(coalesce(code, ''), d.region)
        and d.body = case when rank = 'township' then 'township' when government then 'government' else 'department' end));

-- Codes of province and city (GB/T 2260). In the four municipalities the city is the municipality itself.
create or replace macro province_of(code) as left(code, 2) || '0000';
create or replace macro city_of(code, name) as case when name is null then null
    when left(code, 2) in ('11', '12', '31', '50') then left(code, 2) || '0000' else coalesce(left(code, 4) || '00', name) end;

create table report_text (        -- the prose of a report as numbers, for likeness; the text itself stays in the source file
    report_id        bigint not null,
    characters       integer not null,
    signature        uinteger[] not null, -- 64 least hashes of its five-character pieces
    sentences        ubigint[] not null,  -- hashes of its sentences
    lengths          smallint[] not null, -- their characters
    chapters_missing varchar[] not null   -- of the six chapters of an annual report
);

create table build (
    name           varchar not null,
    number         integer not null, -- of the load, counting from 1
    created_at     timestamp not null,
    extractor      varchar not null, -- version of the code and registry that read new sources
    fingerprint    varchar not null, -- of everything else that shapes a build: registry, schema, views
    sources        bigint not null,
    set_aside      bigint not null,
    reports        bigint not null,
    current_reports bigint not null,
    observations   bigint not null,
    findings       bigint not null,
    agencies       bigint not null,
    has_real       boolean not null,
    has_fictional  boolean not null
);

-- Materialised at publish (figures.sql). Narrow: what an agency, scope and year have in common stands once in slot_stored, whose
-- numbers follow year and region, so that a filter on either becomes a range of slots and scans skip the rest.
create table slot_stored (
    slot integer not null, agency_id varchar not null, scope varchar not null, year smallint not null, agency varchar not null,
    short_name varchar not null, system varchar, level varchar, province varchar, city varchar, county varchar, township varchar,
    adcode varchar, fictional boolean not null, province_id varchar, city_id varchar
);

create table figure_stored (      -- sorted by metric, year, region
    slot integer not null, metric varchar not null, breakdown varchar, is_total boolean not null,
    value double, status varchar not null, qualifier varchar not null, method varchar not null, unit varchar,
    report_id bigint not null, ordinal smallint, kind varchar not null, form varchar, part_year boolean not null,
    has_finding boolean not null, corrected boolean not null, printed_value double, correction_reason varchar,
    narrative_value double, narrative_qualifier varchar, narrative_report_id bigint, narrative_ordinal smallint
);

create table rate_stored (        -- sorted by indicator, year, region
    slot integer not null, indicator varchar not null, numerator double, denominator double, value double, reliable boolean not null,
    status varchar not null, qualifier varchar not null, from_prose boolean not null, part_year boolean not null,
    has_finding boolean not null, corrected boolean not null, report_id bigint, kind varchar, form varchar
);

-- What every page of the app asks for, made anew at each publish (pages.sql): counted, joined and sorted once instead of per click.
create table agency_stored (      -- in the order of lists: by code, name, id
    agency_id varchar not null, name varchar not null, short_name varchar not null, aliases varchar[] not null, system varchar,
    level varchar, province varchar, city varchar, county varchar, township varchar, adcode varchar, resolved boolean not null,
    fictional boolean not null, reports bigint not null, first_year smallint, last_year smallint, called varchar not null,
    province_id varchar, city_id varchar, scopes varchar[] not null, place integer not null
);

create table slot_report_stored ( -- by slot: the reports behind its figures
    slot integer not null, report_id bigint not null, kind varchar not null, form varchar, title varchar, source_path varchar,
    is_current boolean not null, leads boolean not null, -- leads: the one named where there is no figure
    table_2 varchar, table_3 varchar, table_4 varchar
);

create table report_page_stored ( -- a report with its source and what it holds
    report_id bigint not null, agency_id varchar, agency varchar, adcode varchar, year smallint, kind varchar not null, scope varchar not null,
    title varchar, form varchar, index_number varchar, published_on date, due_on date, days_late bigint, is_current boolean not null,
    part_year boolean not null, fictional boolean not null, table_2 varchar, table_3 varchar, table_4 varchar, source_path varchar, document varchar not null,
    part integer not null, sha256 varchar not null, source_id varchar not null, location varchar, other_paths varchar[],
    findings bigint not null, figures bigint not null -- errors and warnings that stand; values it states
);

create table report_rows_stored ( -- between which rows of observation a report's stand; made last, when rows no longer move (finish.py)
    report_id bigint not null, first_row bigint not null, last_row bigint not null
);

create table held_stored (        -- how many agencies state a metric or have a rate
    metric varchar not null, indicator boolean not null, fictional boolean not null, scope varchar not null, year smallint not null,
    held bigint not null
);

create table reach_stored (       -- which years, kinds and scopes there are
    fictional boolean not null, year smallint not null, kind varchar not null, scope varchar not null, reports bigint not null,
    agencies bigint not null
);

create table finding_stored (     -- findings with their words, latest year first; the page reads a few rows that stand together
    report_id bigint, ordinal integer not null, origin varchar not null, rule_id varchar not null, severity varchar not null,
    state varchar not null, metric varchar, accepted boolean not null, agency_id varchar, agency varchar, city varchar, adcode varchar,
    year smallint, scope varchar, is_current boolean, fictional boolean not null, province_id varchar, city_id varchar, level varchar,
    system varchar, breakdown varchar, expected double, actual double, message varchar not null, quote varchar,
    locator struct("table" tinyint, block integer, "row" integer, "column" integer, page integer, "start" integer, "end" integer, other varchar),
    operands varchar, title varchar, document varchar
);

create table rule_use_stored (    -- how often each rule was applied and what came of it
    fictional boolean not null, rule_id varchar not null, passed bigint not null, failed bigint not null, not_assessable bigint not null,
    pass_if_blank_is_zero bigint not null, reports bigint not null
);

create table plan_stored (        -- current work plans
    fictional boolean not null, report_id bigint not null, agency_id varchar, agency varchar, year smallint, title varchar, tasks bigint not null,
    columns bigint not null
);

create table plan_section_stored (fictional boolean not null, section varchar not null); -- named as responsible in a plan

create table coverage_count_stored ( -- coverage of agencies that have a report, counted by city and year
    fictional boolean not null, province_id varchar, level varchar, system varchar, id varchar not null, name varchar not null, year smallint not null,
    known bigint not null, held bigint not null, late bigint not null
);

create table coverage_stored (    -- expected and held annual reports, by code, agency and year
    agency_id varchar not null, agency varchar not null, short_name varchar, system varchar, level varchar, province varchar, city varchar,
    county varchar, township varchar, adcode varchar, year smallint not null, state varchar not null, published_on date, due_on date,
    days_late bigint, report_id bigint, fictional boolean not null, expected boolean, province_id varchar, city_id varchar
);
