"""Recognize files that run or configure something by themselves, by their paths.

Whoever changes such a file changes what runs at the next build, commit, start of a shell or
opening of a folder, so the user is asked first. The rule errs on the side of a question.
"""

from __future__ import annotations

import re
from fnmatch import translate
from functools import cache

from foretype.languages.definitions import word_set

_RUN = word_set(
    # Builds, packages and what they fetch.
    "*file dockerfile.* makefile.am makefile.in gulpfile.* gruntfile.* jakefile.* fabfile.py *.mk "
    "*.cmake cmakelists.txt meson.build build build.rs build.xml build.sbt build.zig build.py "
    "build.sh build.*js workspace workspace.bazel module.bazel *.bzl sconstruct wscript configure "
    "configure.ac package.json pyproject.toml setup.py setup.cfg cargo.toml go.mod go.work "
    "composer.json bower.json deno.json* mix.exs pom.xml *.gradle *.gradle.kts gradle.properties "
    "gradle-wrapper.properties gradlew* mvnw* *.*proj *.props *.targets *.sln *.gemspec *.podspec "
    "*.cabal package.swift package.yaml project.clj deps.edn dune dune-project *.gyp "
    "requirements*.txt constraints*.txt environment.y*ml *.lock *-lock.* pnpm-workspace.yaml "
    "lerna.json nx.json turbo.json *.nix pubspec.yaml "
    # Programs that a tool loads by their names.
    "conftest.py noxfile.py dodo.py sitecustomize.py usercustomize.py *.pth *.config.*js "
    "*.config.*ts *.config.json *.conf.*js *.conf.ts *.setup.*s pytest.ini tox.ini mypy.ini "
    "tsconfig*.json jsconfig*.json pip.conf taskfile.y*ml mise*.toml lefthook*.* buildspec.y*ml "
    "skaffold.yaml "
    # Continuous integration, containers and deployments.
    "azure-pipelines*.y*ml bitbucket-pipelines.yml appveyor.yml cloudbuild.y*ml "
    "docker-compose*.y*ml compose*.y*ml devcontainer.json serverless.* netlify.toml vercel.json "
    "fly.toml render.yaml chart.yaml kustomization.y*ml "
    # The system and its shells.
    "crontab *.service *.timer *.desktop *.plist autorun.inf desktop.ini *profile.ps1 "
    "authorized_keys sudoers"
)
"""Lower-case names of files that are run, or name what is run or fetched. A name that begins with
a dot, such as ``.bashrc`` or ``.gitignore``, is in no need of being listed."""

_RUN_FOLDERS = word_set(
    ".git .githooks .husky .github .gitlab .gitea .forgejo .circleci .buildkite .woodpecker .drone "
    ".devcontainer .cargo .mvn .yarn .bundle .storybook .config .mise .direnv .moon .nuget .ssh"
)

_CONFIGURE = word_set(
    "agent.md agents.md agents.override.md claude*.md gemini.md codex.md copilot-instructions.md "
    "*.instructions.md *.prompt.md *.chatmode.md skill.md *.agent.md *.mdc mcp*.json "
    "*.code-workspace *.sublime-project _vimrc vimrc init.vim *.iml *.code-snippets"
)
_CONFIGURE_FOLDERS = word_set(
    ".vscode .vscode-server .idea .fleet .vs .settings .zed .helix .nvim .vim .emacs.d .cursor "
    ".claude .windsurf .kiro .gemini .codex .continue .roo .cline .clinerules .amazonq .junie "
    ".aider .opencode .agents .agent .copilot .trae .augment .qwen .kilocode"
)

RUNS = "which other programs run or obey by themselves"
CONFIGURES = "which configures an editor or an assistant"


def act_of_file(path: str) -> str:
    """Return what a file does by itself, for a sentence; empty if nothing is known of it."""
    *folders, name = [part.rstrip(". ") or part for part in path.lower().split("/")]
    name = name.partition("::")[0]  # a stream of NTFS
    if _CONFIGURE_FOLDERS.intersection(folders) or _any_of(_CONFIGURE).fullmatch(name):
        return CONFIGURES
    if _RUN_FOLDERS.intersection(folders) or name.startswith("."):
        return RUNS
    return RUNS if _any_of(_RUN).fullmatch(name) else ""


@cache
def _any_of(patterns: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns)))
