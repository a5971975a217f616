"""Numbers stated in prose: a small grammar over clauses, its spellings in data/registry/narrative.yml (DOMAIN F).

prose.py puts a report's paragraphs into running text and sentences; grammar.py compiles the registry; sight.py looks at one
sentence, clauses.py and zeros.py read it into candidates; choose.py decides among the candidates of a report.
"""

from __future__ import annotations

from etl.model import Finding, Identity, Observation, Part, TableReading
from etl.narrative.choose import choose
from etl.narrative.clauses import read_sentence
from etl.narrative.grammar import load_grammar
from etl.narrative.prose import read_prose
from etl.narrative.sight import Found, Scene

__all__ = ["read_narrative"]


def read_narrative(part: Part, identity: Identity, reading: TableReading) -> tuple[list[Observation], list[Finding]]:
    """What one report's prose states: at most one observation per metric (conflicting ones aside), and findings.

    Work plans and what is no report give nothing; neither do blocks and spans that `reading` used as tables, nor chapters
    on problems and plans. Observations come in the order of narrative.yml. Raises RegistryError for a broken registry.
    """
    if identity.kind not in ("annual_report", "work_summary"):
        return [], []
    grammar = load_grammar()
    prose = read_prose(part, reading, grammar)
    in_table = {
        o.metric: float(o.value)
        for o in reading.observations
        if o.metric == "requests_closed" and o.breakdown in (None, "total") and o.value is not None
    }
    scene = Scene(identity, grammar, prose, in_table=in_table)
    found: list[Found] = []
    findings: list[Finding] = []
    for n, sentence in enumerate(prose.sentences):
        if sentence.closed:
            continue
        start, end = sentence.start, sentence.end
        if grammar.gate.search(prose.text, start, end) or grammar.gate_words.search(prose.text, start, end):
            read_sentence(scene, n, found, findings)
    return choose(scene, found, findings)
