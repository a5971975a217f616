"""The report as published, in the browser: text and tables with every used number a button. Text only: nothing of the file is taken for markup.

The script makes elements and sets textContent, so that tags, scripts and formulas in a report show as the characters they are. One number is a
stop of the Tab key, the arrow keys go from number to number; the chosen one is scrolled into view.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.kit import state
from pages.kit.source import Text

_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement;
  let box = root.querySelector(".report");
  const same = box && box.dataset.version === data.version;
  if (!same) {
    if (box) box.remove();
    box = document.createElement("div");
    box.className = "report";
    box.dataset.version = data.version;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "报告原文，蓝底为所用数字，可用方向键移动");
    box.tabIndex = 0;
    const runs = (parent, list) => {
      for (const run of list) {
        if (!run.marks.length) { parent.append(document.createTextNode(run.text)); continue; }
        const mark = document.createElement("button");
        const known = run.marks.map((m) => data.marks[m]).filter(Boolean);
        mark.type = "button";
        mark.className = "mark " + (known.map((k) => k.kind).sort()[0] || "used");
        mark.dataset.marks = run.marks.join(" ");
        mark.textContent = run.text.trim() ? run.text : "（空）";
        mark.setAttribute("aria-label", (run.text.trim() || "空") + "：" + known.map((k) => k.label).join("；"));
        mark.title = known.map((k) => k.label).join("；");
        mark.tabIndex = -1;
        parent.append(mark);
      }
    };
    let page = null;
    for (const block of data.blocks) {
      if (block.page && block.page !== page) {
        page = block.page;
        const sign = document.createElement("div");
        sign.className = "page";
        sign.textContent = "第" + page + "页";
        box.append(sign);
      }
      if (block.kind === "text") {
        const p = document.createElement(block.level ? "h" + Math.min(6, Math.max(3, block.level + 2)) : "p");
        runs(p, block.runs);
        box.append(p);
      } else {
        const wrap = document.createElement("div");
        wrap.className = "wide";
        const table = document.createElement("table");
        if (block.caption) {
          const caption = document.createElement("caption");
          caption.textContent = block.caption;
          table.append(caption);
        }
        for (const row of block.rows) {
          const tr = document.createElement("tr");
          for (const cell of row) {
            const td = document.createElement("td");
            if (cell.columns > 1) td.colSpan = cell.columns;
            if (cell.rows > 1) td.rowSpan = cell.rows;
            if (cell.head) td.className = "head";
            runs(td, cell.runs);
            tr.append(td);
          }
          table.append(tr);
        }
        wrap.append(table);
        box.append(wrap);
      }
    }
    const all = () => [...box.querySelectorAll("button.mark")];
    box.onclick = (event) => {
      const mark = event.target.closest && event.target.closest("button.mark");
      if (mark) setTriggerValue("mark", mark.dataset.marks.split(" ")[0]);
    };
    box.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const mark = event.target.closest && event.target.closest("button.mark");
      if (!step || !mark) return;
      const marks = all();
      const next = marks[marks.indexOf(mark) + step];
      if (next) { event.preventDefault(); mark.tabIndex = -1; next.tabIndex = 0; next.focus(); }
    };
    root.append(box);
    const first = box.querySelector("button.mark");
    if (first) first.tabIndex = 0;
  }
  const marks = [...box.querySelectorAll("button.mark")];
  let target = null;
  for (const mark of marks) {
    const here = data.current && mark.dataset.marks.split(" ").includes(data.current);
    mark.classList.toggle("current", Boolean(here));
    if (here) mark.setAttribute("aria-current", "true"); else mark.removeAttribute("aria-current");
    if (here && !target) target = mark;
  }
  if (target && box.dataset.current !== data.current) {
    for (const mark of marks) mark.tabIndex = mark === target ? 0 : -1;
    const into = () => {
      const a = target.getBoundingClientRect(), b = box.getBoundingClientRect();
      box.scrollTop += a.top - b.top - box.clientHeight / 3;
      const wide = target.closest(".wide");
      if (wide) wide.scrollLeft += a.left - wide.getBoundingClientRect().left - wide.clientWidth / 2;
      const now = target.getBoundingClientRect();
      if (now.top < 60 || now.bottom > window.innerHeight - 20) target.scrollIntoView({ block: "center", inline: "nearest" });
    };
    requestAnimationFrame(into);
    setTimeout(into, 400);
  }
  box.dataset.current = data.current || "";
}
"""
_CSS = """
.report { max-height: min(72vh, 900px); overflow: auto; border: 1px solid var(--st-border-color); border-radius: 8px; padding: 0.6rem 1.1rem 1rem;
  font-family: var(--st-font); color: var(--st-text-color); background: var(--st-background-color); line-height: 1.75; font-size: 15px; overflow-wrap: anywhere; }
.report:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.report p { margin: 0.35rem 0; white-space: pre-wrap; }
.report h3, .report h4, .report h5, .report h6 { margin: 0.9rem 0 0.3rem; font-size: 1.05em; }
.report .page { margin: 1rem 0 0.3rem; font-size: 12px; opacity: 0.75; border-top: 1px dashed var(--st-border-color); }
.report .wide { overflow-x: auto; margin: 0.6rem 0; }
.report table { border-collapse: collapse; font-size: 14px; line-height: 1.5; }
.report caption { text-align: left; font-weight: 600; padding: 0.2rem 0; }
.report td { border: 1px solid var(--st-border-color); padding: 0.2rem 0.5rem; min-width: 2.2rem; text-align: center; vertical-align: middle; white-space: pre-wrap; }
.report td.head { font-weight: 600; background: var(--st-secondary-background-color); }
button.mark { font: inherit; color: inherit; border: 0; border-bottom: 2px solid var(--st-primary-color); border-radius: 3px; padding: 0 2px; margin: 0; cursor: pointer;
  background: color-mix(in srgb, var(--st-primary-color) 16%, transparent); white-space: pre-wrap; }
button.mark:hover, button.mark:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
button.mark.other { border-bottom-style: dotted; background: transparent; }
button.mark.error { border-bottom-color: #c62828; border-bottom-style: double; border-bottom-width: 4px; background: color-mix(in srgb, #c62828 14%, transparent); }
button.mark.warning { border-bottom-style: dashed; }
button.mark.current { outline: 3px solid var(--st-text-color); outline-offset: 1px; }
"""


def show(text: Text, marks: Mapping[str, Mapping[str, str]], current: str, version: str) -> None:
    """The blocks of `text`; a click on a number puts its mark into the address. `marks`: id -> kind (used, other, warning, error) and label."""
    key = "report_text"
    component = st.components.v2.component("yearbook_report", js=_JS, css=_CSS)
    data: dict[str, Any] = {
        "blocks": text.blocks,
        "marks": {k: dict(v) for k, v in marks.items()},
        "current": current,
        "version": version,
    }
    component(key=key, data=data, on_mark_change=state.into_address(key, "mark"))
