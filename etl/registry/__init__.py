"""Loads and validates data/registry. Refuses to start on the first bad line, naming file, line and field.

One module here per kind of file, with its models and its loader; nobody else reads these files. Spellings, forms, rules, thresholds and
labels are data there and never an `if` in code.

A module is imported when one of its names is first asked for: the models of a file cost more than reading it, and a command needs few.
"""

# ruff: noqa: F403
from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl.model import RegistryError as RegistryError

ROOT = Path(__file__).resolve().parents[2] / "data" / "registry"

_NAMES = {
    "files": "Entry load_csv load_yaml wording_of RegexText",
    "metrics": "Label UnitClass Parts Metric Indicator Catalogue load_catalogue load_metrics load_indicators one_unit unit_meaning",
    "forms": "FormColumn FormGroup FormRow FormSum FormStatement FormTable Form LOCAL load_forms national_forms form_name form_of",
    "identify": "NotAReport TitleKind HeadLabels ChapterSigns ScopeSigns PlanSigns IdentifySigns load_identify",
    "narrative": "Hedge NarrativeSections Negation Mixed Frame NarrativeMetric Narrative load_narrative",
    "reading": "Script load_script ReadingLimits Reading load_reading",
    "places": "REGION_LEVELS Region load_regions Agency load_agencies Population load_population Initials load_initials",
    "likeness": "Chapter LikenessSigns load_likeness",
    "rules": "Family EquationText Rule Break Rules load_rules",
    "deadlines": "Body Deadline load_deadlines national_deadlines region_head",
    "columns": "Column load_columns",
    "office": "Correction load_corrections append Acceptance load_accepted RosterEntry load_roster",
    "import_rows": "ImportColumn ImportTemplate load_import import_words",
    "sentences": "SENTENCE_FIELDS Sentences load_sentences",
    "demo": "DemoDepartment DemoRegion DemoSection DemoGroup DemoTable3 DemoTable4 DemoStatistics DemoOldForm DemoZero DemoPlan DemoSite Demo load_demo",
    "words": "Said StatusWord QualifierWord Words load_words words_of word_of",
    "whole": "load_all",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

if TYPE_CHECKING:
    from etl.registry.columns import *
    from etl.registry.deadlines import *
    from etl.registry.demo import *
    from etl.registry.files import *
    from etl.registry.forms import *
    from etl.registry.identify import *
    from etl.registry.import_rows import *
    from etl.registry.likeness import *
    from etl.registry.metrics import *
    from etl.registry.narrative import *
    from etl.registry.office import *
    from etl.registry.places import *
    from etl.registry.reading import *
    from etl.registry.rules import *
    from etl.registry.sentences import *
    from etl.registry.whole import *
    from etl.registry.words import *
else:

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"etl.registry has no {name}")
        value = globals()[name] = getattr(import_module(f"etl.registry.{_HOME[name]}"), name)
        return value


def __dir__() -> list[str]:
    return [*globals(), *_HOME]
