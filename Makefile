# make run 打开看板；make test 运行全部测试。其余命令见 make help。
#
# Everything lives in .venv beside this file. PYTHON=... chooses the interpreter (3.11 or newer); the folder of the builds
# is WAREHOUSE, as in `python -m etl load --warehouse`.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV      := .venv
PY        := $(VENV)/bin/python
PORT      ?= 8501
WAREHOUSE ?= data/warehouse
SAMPLES   := data/samples/fictional
PIP        = $(PY) -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run load test lint soak bench clean samples browser

help:
	@echo 'make run               建立环境、首次载入虚构示例数据，并在 http://localhost:8501 打开看板'
	@echo 'make load FILES=...    载入自己的文件、文件夹或 zip，例如 make load FILES=~/年报'
	@echo 'make test              建立测试环境并运行代码检查和全部测试'
	@echo 'make lint              只做代码检查（ruff、mypy）'
	@echo 'make soak              耗时的测试：中途断电、随机损坏的文件、大批量'
	@echo 'make bench             测速，只打印结果，约一小时，要 16 GB 内存'
	@echo 'make clean             删除缓存和生成的示例文件；环境和已载入的数据保留'

# --- the environment ---------------------------------------------------------------------------------------------

# Debian splits venv's own ensurepip off into a package; without it `python -m venv` leaves half an environment behind.
$(VENV)/bin/pip:
	@if [ -z '$(PYTHON)' ]; then echo '没有找到 Python 3.11 或更新的版本。请先安装，或用 make PYTHON=路径 指定。' >&2; exit 1; fi
	@if ! '$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo '安装 python3-venv …' >&2; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null; \
		else echo '缺少 Python 的 venv 组件。Debian、Ubuntu 上请先运行：sudo apt-get install python3-venv' >&2; exit 1; fi; fi
	@echo '建立环境 $(VENV) …' >&2
	@'$(PYTHON)' -m venv --clear $(VENV)

# A stamp is newer than the list that it installed.
$(VENV)/.installed: requirements.txt | $(VENV)/bin/pip
	@echo '安装所需的包（首次约一分钟）…' >&2
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo '安装测试所需的包 …' >&2
	@$(PIP) -r requirements-dev.txt
	@touch $@

# --- the dashboard -----------------------------------------------------------------------------------------------

samples: $(VENV)/.installed
	@if [ ! -e '$(WAREHOUSE)/current.json' ]; then \
		echo '还没有数据，先生成并载入虚构示例数据 …' >&2; \
		$(PY) -m etl demo $(SAMPLES) && { $(PY) -m etl load $(SAMPLES)/reports --warehouse '$(WAREHOUSE)' || [ $$? -eq 3 ]; }; fi

run: samples
	@YEARBOOK_WAREHOUSE='$(WAREHOUSE)' $(PY) -m streamlit run app.py --server.port $(PORT)

load: $(VENV)/.installed
	@if [ -z '$(strip $(value FILES))' ]; then echo '请写明要载入的文件或文件夹，例如：make load FILES=~/年报' >&2; exit 2; fi
	@$(PY) -m etl load $(FILES) --warehouse '$(WAREHOUSE)'

# --- tests -------------------------------------------------------------------------------------------------------

test: lint browser
	@$(PY) -m pytest -q -n 2 -m 'not browser and not soak and not bench'
	@$(PY) -m pytest -q -n 2 -m browser

lint: $(VENV)/.installed-dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy etl pages/kit

# The browser tests need Chromium and a Chinese font; without a font the screenshots show boxes.
browser:
	@missing=; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing=chromium; \
	[ -n "$$(fc-list :lang=zh family 2>/dev/null)" ] || missing="$$missing fonts-wqy-microhei"; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null; then \
		echo "安装浏览器测试所需的 $$missing …" >&2; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends fontconfig $$missing >/dev/null && exit 0; fi; \
	echo "浏览器测试还缺：$$missing。Debian、Ubuntu 上请运行：sudo apt-get install fontconfig $$missing；其他系统请安装 Chromium 或 Chrome 和一种中文字体。没有浏览器时这部分测试跳过。" >&2

soak: $(VENV)/.installed-dev
	@$(PY) -m pytest -q -m soak -s

# One that fails does not keep the others from running.
bench: $(VENV)/.installed-dev browser
	@failed=; for file in tests/bench/[a-z]*.py; do \
		name=$$(basename "$$file" .py); echo "== $$name"; $(PY) -m tests.bench.$$name || failed="$$failed $$name"; done; \
	if [ -n "$$failed" ]; then echo "没有跑完：$$failed" >&2; exit 1; fi

clean:
	@rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis $(SAMPLES) tests/browser/output
	@find . -path './$(VENV)' -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
