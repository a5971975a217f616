"""Filters <-> URL. The only module that touches session state or query parameters.

The address is the truth: every run reads it, drops what is unknown or too long, and writes it back with defaults left out. A
widget's change goes into the address first (callback) and the page is drawn from there, so a copied address always opens the
same view. Streamlit empties the parameters when the menu changes the page; what was chosen is carried over from here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

LONGEST_VALUE = 400
MOST_AGENCIES = 20
CARRIED, PAGE = "yearbook_carried", "yearbook_page"


class Allowed(Protocol):
    """The values that an address may give a page's own switch; the first is the default."""

    def __contains__(self, value: object, /) -> bool: ...

    def __getitem__(self, position: int, /) -> str: ...


@dataclass(frozen=True)
class Agency:
    """What the filters need to know of an agency."""

    id: str
    name: str
    province: str | None = None
    city: str | None = None
    level: str | None = None
    system: str | None = None


@dataclass(frozen=True)
class Options:
    """Everything that may be chosen in the current build, ids in display order, and what a page starts with."""

    agencies: Mapping[str, Agency]
    provinces: Mapping[str, str]
    cities: Mapping[str, str]
    city_province: Mapping[str, str | None]
    levels: tuple[str, ...]
    systems: tuple[str, ...]
    years: tuple[int, ...]
    metrics: Mapping[str, str]
    kinds: tuple[str, ...]
    scopes: tuple[str, ...]
    has_real: bool = True
    has_fictional: bool = False
    metric: str | None = None
    scope: str | None = None


@dataclass(frozen=True)
class Filters:
    """What is chosen. None: all. `year` is for pages of one year, `first` and `last` for pages of a range."""

    data: str = "real"
    province: str | None = None
    city: str | None = None
    level: str | None = None
    system: str | None = None
    agency: tuple[str, ...] = ()
    year: int | None = None
    first: int | None = None
    last: int | None = None
    metric: str | None = None
    kind: str | None = None
    scope: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def fictional(self) -> bool:
        return self.data == "demo"


def enter_by_app() -> None:
    """Makes sure that app.py's navigation runs, also when the first request after a start is a copied address of a page.

    Until st.navigation has run once in the process, Streamlit (1.67) takes the folder pages/ for a multipage app of its old
    kind and runs the page without app.py: menu in English file names, no wide layout.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


FIELDS = tuple(f.name for f in fields(Filters) if f.name != "more")


def defaults(options: Options) -> Filters:
    """What a page shows when the address says nothing: the real data if there are any, the latest year, the whole range."""
    return Filters(
        data="real" if options.has_real or not options.has_fictional else "demo",
        year=options.years[-1] if options.years else None,
        first=options.years[0] if options.years else None,
        last=options.years[-1] if options.years else None,
        metric=options.metric if options.metric in options.metrics else next(iter(options.metrics), None),
        scope=options.scope if options.scope in options.scopes else next(iter(options.scopes), None),
    )


def data_of(params: Mapping[str, str], has_real: bool, has_fictional: bool) -> str:
    """'real' or 'demo': which of the two an address asks for, as far as the build holds it. They never meet."""
    asked = params.get("data")
    if asked == "demo" and has_fictional:
        return "demo"
    return "real" if has_real or not has_fictional else "demo"


def _year(text: str | None, years: Sequence[int]) -> int | None:
    if text and len(text) == 4 and text.isascii() and text.isdigit() and int(text) in years:
        return int(text)
    return None


def in_reach(agency: Agency, filters: Filters) -> bool:
    """Whether an agency lies within the chosen province, city, level and system."""
    return all(
        chosen is None or chosen == getattr(agency, name)
        for name, chosen in (
            ("province", filters.province),
            ("city", filters.city),
            ("level", filters.level),
            ("system", filters.system),
        )
    )


def agencies_in_reach(options: Options, filters: Filters) -> list[str]:
    """Ids of the agencies within the chosen province, city, level and system, in display order."""
    found = list(options.agencies.values())
    for name in ("province", "city", "level", "system"):
        if (chosen := getattr(filters, name)) is not None:
            found = [a for a in found if getattr(a, name) == chosen]
    return [a.id for a in found]


def parse(params: Mapping[str, str], options: Options, choices: Mapping[str, Allowed] | None = None) -> Filters:
    """Filters from an address. Unknown ids, values over 400 characters, wrong years and stale combinations are dropped.

    `choices`: a page's own switches, name -> allowed values (the first is the default).
    """
    given = {k: v for k, v in params.items() if isinstance(v, str) and 0 < len(v) <= LONGEST_VALUE}
    start = defaults(options)

    def one(name: str, known: Any) -> str | None:
        return given[name] if name in given and given[name] in known else None

    city = one("city", options.cities)
    province = one("province", options.provinces)
    if city and province and options.city_province.get(city) != province:
        city = None
    first, last = _year(given.get("first"), options.years), _year(given.get("last"), options.years)
    first, last = first or start.first, last or start.last
    if first and last and first > last:
        first, last = last, first
    found = Filters(
        data=data_of(given, options.has_real, options.has_fictional),
        province=province, city=city, level=one("level", options.levels), system=one("system", options.systems),
        year=_year(given.get("year"), options.years) or start.year, first=first, last=last,
        metric=one("metric", options.metrics) or start.metric, kind=one("kind", options.kinds),
        scope=one("scope", options.scopes) or start.scope,
        more={name: (one(name, allowed) or allowed[0]) for name, allowed in (choices or {}).items()},
    )  # fmt: skip
    chosen = [a for a in dict.fromkeys(given.get("agency", "").split(",")) if a in options.agencies]
    kept = tuple(a for a in chosen if in_reach(options.agencies[a], found))[:MOST_AGENCIES]
    return replace(found, agency=kept)


def to_params(
    filters: Filters, options: Options, used: Sequence[str], choices: Mapping[str, Allowed] | None = None
) -> dict[str, str]:
    """The address of `filters` for a page that uses the fields `used`: ids only, defaults left out."""
    start = defaults(options)
    params: dict[str, str] = {}
    for name in FIELDS:
        value = getattr(filters, name)
        if name not in used or value is None or value == () or value == getattr(start, name):
            continue
        params[name] = ",".join(value) if isinstance(value, tuple) else str(value)
    for name, allowed in (choices or {}).items():
        if filters.more.get(name, allowed[0]) != allowed[0]:
            params[name] = filters.more[name]
    return params


def address() -> dict[str, str]:
    """The query parameters of this run, the first value of each."""
    return {k: st.query_params.get(k, "") for k in st.query_params}


def arrive(page: str) -> dict[str, str]:
    """Parameters for this run of `page`: the address; on coming from another page with an empty one, what was carried."""
    params = address()
    arrived = st.session_state.get(PAGE) != page
    st.session_state[PAGE] = page
    if arrived and not params:
        return dict(st.session_state.get(CARRIED, {}))
    return params


def publish(params: Mapping[str, str], used: Sequence[str]) -> None:
    """Writes the address of this run and remembers it for the next page; parameters of other pages stay remembered."""
    if address() != dict(params):
        st.query_params.from_dict(dict(params))
    carried = {k: v for k, v in st.session_state.get(CARRIED, {}).items() if k not in used}
    st.session_state[CARRIED] = carried | dict(params)


def carried_to(params: Mapping[str, str]) -> dict[str, str]:
    """Parameters for a link to another page: what was chosen so far, with `params` on top."""
    return dict(st.session_state.get(CARRIED, {})) | dict(params)


def go(params: Mapping[str, str], without: Sequence[str] = ()) -> None:
    """Changes several choices at once: sets `params`, clears those named in `without`. For buttons."""
    now = dict(st.session_state.get(CARRIED, {})) | address()
    kept = {k: v for k, v in now.items() if k not in without} | dict(params)
    st.session_state[CARRIED] = {k: v for k, v in st.session_state.get(CARRIED, {}).items() if k not in without}
    st.query_params.from_dict(kept)


def into_address(key: str, name: str) -> Callable[[], None]:
    """A callback for a component with the trigger value `name`: what it says goes into the address under that name."""

    def changed() -> None:
        told = st.session_state.get(key)
        value = told.get(name) if isinstance(told, dict) else getattr(told, name, None)
        if isinstance(value, str) and 0 < len(value) <= 16:
            go({name: value})

    return changed


def as_table(key: str) -> bool:
    """Whether the card of this key shows its table instead of its picture, asked before the switch is drawn."""
    return st.session_state.get(f"{key}_form") == "表"


def reset() -> None:
    """Forgets every choice: address, carried values, selections in charts."""
    st.query_params.clear()
    st.session_state[CARRIED] = {}


def bound(name: str, value: Any) -> dict[str, Any]:
    """Keyword arguments that tie a widget to the parameter `name`: the widget shows `value`, a change goes to the address."""
    key = f"f_{name}"
    st.session_state[key] = value

    def changed() -> None:
        now = st.session_state[key]
        text = ",".join(now) if isinstance(now, (list, tuple)) else ("" if now is None else str(now))
        params = dict(st.session_state.get(CARRIED, {})) | address()
        params.pop(name, None)
        st.session_state[CARRIED] = {k: v for k, v in st.session_state.get(CARRIED, {}).items() if k != name}
        if text:
            params[name] = text
        st.query_params.from_dict(params)

    return {"key": key, "on_change": changed}


def preset(name: str, value: str | None, params: Mapping[str, str], without: Sequence[str]) -> dict[str, Any]:
    """Keyword arguments of a list that sets the parameter `name` together with `params`, and clears those in `without`."""
    key = f"preset_{name}"
    st.session_state[key] = value

    def changed() -> None:
        if now := st.session_state[key]:
            go({name: str(now), **params}, without)

    return {"key": key, "on_change": changed}


_VIEWPORT = """
export default function ({ setStateValue, data }) {
  const steps = [860, 700, 560, 440, 320];
  const measure = () => {
    const main = document.querySelector('[data-testid="stMainBlockContainer"]');
    let width = window.innerWidth;
    if (main) {
      const style = getComputedStyle(main);
      width = main.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    }
    return steps.find((s) => s <= width - 34) || steps[steps.length - 1];
  };
  let known = data.width, timer = 0;
  const tell = () => {
    const width = measure();
    if (width !== known) { known = width; setStateValue("width", width); }
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(tell, 250); };
  later();
  window.addEventListener("resize", later);
  return () => { clearTimeout(timer); window.removeEventListener("resize", later); };
}
"""


def text_width() -> int:
    """Pixels that a line of text in a chart may take in this browser (860 on a desktop); call `watch_width` once a run."""
    seen = st.session_state.get("viewport")
    width = getattr(seen, "width", None) or (seen.get("width") if isinstance(seen, dict) else None)
    return int(width) if width in (860, 700, 560, 440, 320) else 860


def watch_width() -> None:
    """Lets the browser tell how wide the page is. plotly cannot break lines, so titles and notes are wrapped here to fit."""
    component = _viewport_component()
    component(key="viewport", data={"width": text_width()}, on_width_change=lambda: None)


def _viewport_component() -> Callable[..., Any]:
    return st.components.v2.component("yearbook_viewport", js=_VIEWPORT)  # type: ignore[no-any-return]


BASKET, MOST_PINNED = "yearbook_basket", 12


def basket() -> list[Any]:
    """The charts pinned for a brief in this session, in order (pages.kit.exhibit.Exhibit, told apart by their key)."""
    return list(st.session_state.get(BASKET, []))


def pinned(key: str) -> bool:
    """Whether the chart with this key is in the basket."""
    return any(e.key == key for e in st.session_state.get(BASKET, []))


def pin(exhibit: Any) -> bool:
    """Puts a chart into the basket, in place of an earlier state of itself; False when the basket is full."""
    held = basket()
    for n, other in enumerate(held):
        if other.key == exhibit.key:
            held[n] = exhibit
            break
    else:
        if len(held) >= MOST_PINNED:
            return False
        held.append(exhibit)
    st.session_state[BASKET] = held
    return True


def unpin(key: str) -> None:
    """Takes a chart out of the basket."""
    st.session_state[BASKET] = [e for e in basket() if e.key != key]


def move_pin(key: str, step: int) -> None:
    """Moves a chart up (-1) or down (1) in the basket."""
    held = basket()
    at = next((n for n, e in enumerate(held) if e.key == key), None)
    if at is not None and 0 <= at + step < len(held):
        held[at], held[at + step] = held[at + step], held[at]
        st.session_state[BASKET] = held


def keep(name: str, made: Any) -> None:
    """Remembers a file made on a button's click until the next one of that name, so that its download button can stand there."""
    st.session_state[f"yearbook_made_{name}"] = made


def kept(name: str) -> Any:
    """What `keep` remembered, or None."""
    return st.session_state.get(f"yearbook_made_{name}")


def share_link(params: Mapping[str, str]) -> str:
    """The address of this page with `params`, as the reader's browser knows it; '' where it is not known."""
    url = st.context.url or ""
    return f"{url.split('?')[0]}?{urlencode(dict(params))}" if url and params else url
