"""Help and usage errors in Chinese: the option parser has no translation of its own."""

from __future__ import annotations

from typing import Any

import typer
import typer.core

_HELP_WORDS = (
    ("Usage: ", "用法："), ("[OPTIONS]", "[选项]"), ("COMMAND [ARGS]...", "命令 [参数]..."), ("Show this message and exit.", "显示这份说明。"),
    ("Arguments:", "参数："), ("Options:", "选项："), ("Commands:", "命令："), ("[default: ", "[默认 "), ("[required]", "[必填]"), ("<list[str]>", ""),
    ("<str>", ""), ("<int>", ""), ("<path>", ""), ("<Path>", ""), ("<float>", ""), ("<integer>", ""), ("<text>", ""),
)  # fmt: skip


class ChineseCommand(typer.core.TyperCommand):
    """A command whose help has Chinese headings: the option parser has no translation of its own."""

    def get_help(self, ctx: Any) -> str:
        return _in_chinese(super().get_help(ctx))


class ChineseGroup(typer.core.TyperGroup):
    def get_help(self, ctx: Any) -> str:
        return _in_chinese(super().get_help(ctx))


def _in_chinese(text: str) -> str:
    for english, chinese in _HELP_WORDS:
        text = text.replace(english, chinese)
    return text


def usage(fault: typer.TyperException) -> str:
    """The English message of the option parser as one Chinese line that says what to do.

    Told apart by class name: typer keeps its parser's classes in a private module.
    """
    kind, message = type(fault).__name__, getattr(fault, "message", str(fault))
    context, param = getattr(fault, "ctx", None), getattr(fault, "param", None)
    command = context.command_path if context else "python -m etl"
    name = ""
    if param is not None:
        name = "、".join(param.opts) if param.param_type_name == "option" else param.metavar or param.name or ""
    if kind == "MissingParameter":
        what = f"缺少 {name}"
    elif kind == "NoSuchOption":
        what = f"没有选项 {getattr(fault, 'option_name', '')}"
    elif kind == "BadParameter":
        _, _, choices = message.partition(" is not one of ")
        what = f"{name} 的值不对" + (
            f"，应为 {choices.rstrip('.').replace(chr(39), '').replace(', ', '、')} 之一" if choices else ""
        )
    elif kind == "BadOptionUsage":
        what = f"选项 {getattr(fault, 'option_name', '')} 后面缺少值"
    elif message.startswith("No such command"):
        what = f"没有命令 {message.split(chr(39))[1] if chr(39) in message else ''}"
    elif "unexpected extra argument" in message:
        what = "多出了参数 " + message[message.rfind("(") + 1 : -1]
    elif message.startswith("Missing command"):
        what = "缺少命令"
    else:
        what = f"用法不对（{message}）"
    return f"{what}。用法见 {command} --help。"
