"""Code that asks for the user's yes: what is named, and what is not."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from foretype.languages import refactor_traits as languages
from foretype.languages.grammars import n_errors
from foretype.refactor.risks.find_risks import find_risks, risk_of_file

PYTHON = languages.of_id("python")

HARMLESS = """
    abc argparse ast base64 bisect calendar cmd codecs colorsys configparser contextlib contextvars
    copy copyreg csv datetime decimal difflib dis email.message email.parser enum filecmp fileinput
    fnmatch fractions ftplib functools genericpath getopt getpass glob graphlib gzip heapq
    hmac html.parser http.client http.cookiejar http.cookies ipaddress json.decoder json.encoder
    linecache locale logging logging.handlers lzma mailbox mimetypes netrc numbers opcode operator
    pathlib plistlib posixpath pprint queue quopri random reprlib sched secrets selectors
    shlex signal smtplib socket socketserver sqlite3.dbapi2 statistics string stringprep
    struct symtable textwrap threading token tokenize types
    unittest.case urllib.parse urllib.robotparser wave weakref
    wsgiref.handlers xml.etree.ElementTree xmlrpc.client zoneinfo
"""
"""Modules of the standard library that do nothing of what is looked for."""
RISKY = {
    "code": "runs text as code (exec)",
    "collections": "evaluates text as code (eval)",
    "dataclasses": "runs text as code (exec)",
    "timeit": "runs text as code (exec)",
    "pstats": "loads data that can run code",
    "pty": "runs a command through a shell",
    "poplib": "uses cryptography that is broken (MD5, SHA-1, DES, RC4, ECB, old TLS)",
    "shutil": "deletes folders with all that is in them",
    "tarfile": "extracts an archive, whose paths may lead elsewhere",
}
"""Others that do, and what."""


def source(module: str) -> str:
    path = Path(sysconfig.get_path("stdlib"), *module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("module", HARMLESS.split())
def test_ordinary_code_is_not_named(module: str) -> None:
    code = source(module)
    assert find_risks("", code, PYTHON, code) == []


@pytest.mark.parametrize(("module", "reason"), RISKY.items())
def test_what_ordinary_code_had_is_not_named_again(module: str, reason: str) -> None:
    code = source(module)
    assert reason in {risk.reason for risk in find_risks("", code, PYTHON, code)}
    assert find_risks(code, code, PYTHON, code) == []
    # Moved down, and with something harmless beside it.
    assert find_risks(code, f"import os\n\nHERE = os.getcwd()\n\n{code}", PYTHON, code) == []


@pytest.mark.parametrize(
    ("language", "risky", "harmless"),
    [
        ("python", "eval(x)", "ast.literal_eval(x)"),
        ("python", "exec(code)", "cursor.exec(code)"),
        ("python", "os.system('ls ' + x)", "subprocess.run(['ls', x])"),
        ("python", "subprocess.run(x, shell = True)", "subprocess.run(x, shell=False)"),
        ("python", "from os import system", "from os import path"),
        ("python", "requests.get(u, verify=False)", "requests.get(u, verify=True)"),
        ("python", "ssl._create_unverified_context()", "ssl.create_default_context()"),
        ("python", "context.check_hostname = False", "context.check_hostname = True"),
        ("python", "pickle.loads(x)", "json.loads(x)"),
        ("python", "yaml.load(x)", "yaml.load(x, Loader=yaml.SafeLoader)"),
        ("javascript", "eval(x)", "evaluate(x)"),
        ("javascript", "new Function(x)", "new MyFunction(x)"),
        ("javascript", "exec(`rm ${x}`)", "/a/.exec(x)"),
        ("javascript", "execSync('ls')", "execFileSync('ls', [])"),
        ("typescript", "{ rejectUnauthorized: false }", "{ rejectUnauthorized: true }"),
        ("typescript", 'process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"', "process.env.X"),
        ("go", "tls.Config{InsecureSkipVerify: true}", "tls.Config{}"),
        ("go", 'exec.Command("sh", "-c", x)', 'exec.Command("git", x)'),
        ("rust", ".danger_accept_invalid_certs(true)", ".danger_accept_invalid_certs(false)"),
        ("rust", "unsafe { *p }", "safe(p)"),
        ("rust", 'Command::new("sh")', 'Command::new("git")'),
        ("java", "Runtime.getRuntime().exec(x)", "executor.execute(x)"),
        ("csharp", "Process.Start(x)", "process.StartInfo"),
        ("csharp", "handler.ServerCertificateCustomValidationCallback = f", "handler.Timeout = 1"),
        ("c", "system(cmd);", "file_system(cmd);"),
        ("php", "shell_exec($x);", "$db->exec($x);"),
        ("php", "curl_setopt($c, CURLOPT_SSL_VERIFYPEER, false);", "curl_exec_all($c);"),
        ("ruby", "http.verify_mode = OpenSSL::SSL::VERIFY_NONE", "http.use_ssl = true"),
        ("ruby", "system('ls')", "filesystem('ls')"),
        ("lua", "os.execute(x)", "execute_all(x)"),
        ("shellscript", "curl -k https://a", "curl -K file https://a"),
        ("shellscript", "curl https://a | sh", "curl https://a | jq ."),
        ("shellscript", 'eval "$x"', "evaluate x"),
        ("shellscript", 'bash -c "$x"', "bash script -c"),
        ("javascript", "el.innerHTML = x;", 'el.innerHTML = "";'),
        ("javascript", "el['outerHTML'] += x", "if (el.innerHTML == x) go();"),
        ("javascript", "el.insertAdjacentHTML('beforeend', x)", "el.append(x)"),
        ("typescript", "<p dangerouslySetInnerHTML={{ __html: x }} />", "<p>{x}</p>"),
        ("ruby", "eval x", "evaluate x"),
        ("ruby", 'system "ls #{x}"', 'file_system "ls"'),
        ("ruby", "`ls #{x}`", "`ls`"),
        ("ruby", "Marshal.load(x)", "JSON.parse(x)"),
        ("ruby", "YAML.load(x)", "YAML.safe_load(x)"),
        ("php", "unserialize($x);", "json_decode($x);"),
        ("php", "`ls $x`;", "'ls $x';"),
        ("java", "new ObjectInputStream(in)", "new DataInputStream(in)"),
        ("java", 'm.getEngineByName("js").eval(x)', 'm.getBeanByName("js")'),
        ("csharp", "new BinaryFormatter()", "new NumberFormatter()"),
        ("c", 'execl("/bin/sh", "sh", "-c", x, NULL);', 'execl("/bin/ls", "ls", NULL);'),
        ("swift", 'p.launchPath = "/bin/sh"', 'p.launchPath = "/bin/ls"'),
        ("lua", "dofile(x)", "dostring(x)"),
    ],
)
def test_risky_code_is_named(language: str, risky: str, harmless: str) -> None:
    row = languages.of_id(language)
    assert find_risks("", f"first\n{risky}", row), risky
    assert find_risks("", risky, row)[0].line == 1
    assert not find_risks(risky, risky, row), "it was there already"
    assert not find_risks("", harmless, row), harmless


@pytest.mark.parametrize(
    ("language", "risky"),
    [
        ("python", "import builtins\nbuiltins.eval(x)"),
        ("python", "run = eval\nrun(x)"),
        ("python", "    y = f'{eval(x)}'"),
        ("python", "\uff45val(x)"),
        ("python", "__builtins__['eval'](x)"),
        ("python", "globals()['eval'](x)"),
        ("python", "list(map(eval, lines))"),
        ("python", "getattr(os, 'system')(x)"),
        ("python", "getattr(os, 'sys' f'tem')(x)"),
        ("python", "getattr(os, name)(x)"),
        ("python", "import os as o\no.system(x)"),
        ("python", "from os import system as s\ns(x)"),
        ("python", "__import__('os').system(x)"),
        ("python", "importlib.import_module('os').popen(x)"),
        ("python", "sys.modules['os'].system(x)"),
        ("python", "os.popen(x)"),
        ("python", "os.execvp('ls', ['ls', x])"),
        ("python", "os.spawnlp(os.P_WAIT, 'ls', 'ls')"),
        ("python", "from subprocess import run as r\nr(x, shell=True)"),
        ("python", "subprocess.run(c, shell=1)"),
        ("python", "subprocess.run(c, shell=sys.platform == 'win32')"),
        ("python", "subprocess.run(['/bin/sh', '-c', c])"),
        ("python", "command = ['bash', '-c', c]\nsubprocess.run(command)"),
        ("python", "await asyncio.create_subprocess_exec('sh', '-c', c)"),
        ("python", "await asyncio.create_subprocess_shell(c)"),
        ("python", "from asyncio import create_subprocess_shell as cs"),
        ("python", "requests.get(u, verify=0)"),
        ("python", "requests.get(u, **{'verify': False})"),
        ("python", "options = {}\noptions['verify'] = False\nrequests.get(u, **options)"),
        ("python", "requests.get(u, **dict(verify=False))"),
        ("python", "def get(u, verify=False):\n    return requests.get(u, verify=verify)"),
        ("python", "get = partial(requests.get, verify=False)"),
        ("python", "session.verify = False"),
        ("python", "context.verify_mode = ssl.CERT_NONE"),
        ("python", "from ssl import CERT_NONE as N\ncontext.verify_mode = N"),
        ("python", "PoolManager(cert_reqs='CERT_NONE')"),
        ("python", "ssl._create_default_https_context = f"),
        ("python", "setattr(ssl, '_create_default_https_context', f)"),
        ("python", "httpx.AsyncClient(verify=False)"),
        ("python", "MongoClient(u, tlsAllowInvalidCertificates=True)"),
        ("python", "os.environ['PYTHONHTTPSVERIFY'] = '0'"),
        ("python", "subprocess.run(['curl', '-sk', u])"),
        ("python", "subprocess.run(shlex.split(f'curl -k {u}'))"),
        ("python", "c = 'wget --no-check-certificate ' + u"),
        ("python", "c = f'curl {u} | sudo bash'"),
        ("python", "client.set_missing_host_key_policy(paramiko.AutoAddPolicy())"),
        ("python", "from pickle import loads as read\nread(x)"),
        ("python", "yaml.load(x, Loader=yaml.Loader)"),
        ("python", "numpy.load(f, allow_pickle=True)"),
        ("python", "else:\n    os.system(x)"),
        ("javascript", "window.eval(x)"),
        ("javascript", "globalThis['eval'](x)"),
        ("javascript", "(0, eval)(x)"),
        ("javascript", "const run = eval;\nrun(x)"),
        ("javascript", "y = `${eval(x)}`"),
        ("javascript", "setTimeout('go(' + x + ')', 10)"),
        ("javascript", "setInterval(`go(${x})`, 10)"),
        ("javascript", "new Function('a', x)"),
        ("javascript", "(() => {}).constructor('return ' + x)()"),
        ("javascript", "vm.runInNewContext(x)"),
        ("javascript", "import { runInNewContext as r } from 'node:vm';\nr(x)"),
        ("javascript", "import { exec as run } from 'child_process';\nrun(x)"),
        ("javascript", "const { exec: run } = require('node:child_process');\nrun(x)"),
        ("javascript", "import * as proc from 'child_process';\nproc.exec(x)"),
        ("javascript", "const proc = require('child_process');\nproc['exec'](x)"),
        ("javascript", "spawn('sh', ['-c', x])"),
        ("javascript", "spawn(x, { 'shell': true })"),
        ("javascript", "spawn(x, { shell: '/bin/bash' })"),
        ("javascript", "fetch(u, { 'rejectUnauthorized': !1 })"),
        ("javascript", "agent.options.rejectUnauthorized = false"),
        ("javascript", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = 0"),
        ("javascript", "execFile('curl', ['-k', u])"),
        ("go", "config.InsecureSkipVerify = true"),
        ("go", 'x.CommandContext(ctx, "/bin/sh", "-c", c)'),
        ("java", 'new ProcessBuilder("bash", "-c", c).start()'),
        ("java", "c.setHostnameVerifier((host, session) -> true)"),
        ("ruby", "Kernel.system(x)"),
        ("ruby", "obj.send(:eval, x)"),
        ("php", "$client->get($u, ['verify' => false]);"),
        ("rust", 'Command::new("curl").args(["-k", u])'),
        ("shellscript", "git -c http.sslVerify=false clone $u"),
        ("shellscript", "wget -qO- --no-check-certificate $u"),
    ],
)
def test_risky_code_in_disguise_is_named(language: str, risky: str) -> None:
    row = languages.of_id(language)
    assert find_risks("", risky, row), risky
    assert not find_risks(risky, risky, row), "it was there already"


@pytest.mark.parametrize(
    ("language", "head", "risky"),
    [
        ("python", "import os as o\n", "o.system(x)"),
        ("python", "from os import (\n    path,\n    system as s,\n)\n", "s(x)"),
        ("python", "from ssl import CERT_NONE as N  # no\n", "context.verify_mode = N"),
        ("javascript", "import { exec as run } from 'child_process';\n", "run(x)"),
        ("typescript", "import proc from 'node:child_process';\n", "proc.exec(x)"),
    ],
)
def test_what_the_file_imports_above_counts(language: str, head: str, risky: str) -> None:
    row = languages.of_id(language)
    assert find_risks("", risky, row, head + "x = 1\n")
    assert not find_risks("", risky, row, "x = 1\n")
    assert not find_risks(risky, risky, row, head)


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "model.eval()"),
        ("python", "frame.eval('a + b')"),
        ("python", "run(c, shell=False)"),
        ("python", "run(c, shell=shell)"),
        ("python", "get(u, verify=True)"),
        ("python", "get(u, verify=None)"),
        ("python", "get(u, verify=verify)"),
        ("python", "run(['ls', '-c'])"),
        ("python", "f.exec(x)"),
        ("python", "system = platform.system()\nprint(system)"),
        ("python", "from platform import system as s\ns()"),
        ("python", "getattr(os, 'O_BINARY', 0)"),
        ("python", "getattr(self, name)(x)"),
        ("python", "payload = {'verify': False, 'shell': True}\npost(json=payload)"),
        ("python", "if context.verify_mode == ssl.CERT_NONE:\n    warn()"),
        ("python", 'def f():\n    """Like curl -k, or os.system."""\n    # eval(x)'),
        ("python", "x = 'os.system(1), eval(2)'"),
        ("python", "run(['curl', '--silent', '-o', 'k', u])"),
        ("python", "run(['shred', '-c'])"),
        ("python", "evaluate = executor.exec\nevaluate(x)"),
        ("python", "import re as eval_\neval_.compile(x)"),
        ("python", "yaml.load(x, yaml.CSafeLoader)"),
        ("python", "yaml.safe_load(x)"),
        ("python", "self.ssl = False"),
        ("python", "context = ssl._create_default_https_context()"),
        ("javascript", "setTimeout(() => go('now'), 10)"),
        ("javascript", "/a/.exec(x)"),
        ("javascript", "const { spawn } = require('child_process');\nspawn('git', [x])"),
        ("javascript", "import { exec } from './tasks';"),
        ("javascript", "this.constructor(x)"),
        ("javascript", "const shell = { colour: true }"),
        ("javascript", "// eval(x), rejectUnauthorized: false"),
        ("typescript", "function isFunction(x: Function): boolean { return true }"),
        ("go", 'exec.Command("git", "shell")'),
        ("ruby", "obj.send(:evaluate, x)"),
        ("shellscript", "curl -K file -o k $u"),
    ],
)
def test_code_that_looks_alike_is_no_risk(language: str, code: str) -> None:
    assert not find_risks("", code, languages.of_id(language)), code


@pytest.mark.skipif(n_errors("", "Python") is None, reason="needs the grammar")
@pytest.mark.parametrize(
    "newer",
    [
        "type X = int\n{}\n",
        "def calc[T](x: T) -> T:\n    return x\n\n\n{}\n",
        'x = f"{s["a"]}"\n{}\n',
        'x = f"{s["a"]} {{}}"\n',
        'x = f"{s["a"]} {f"{{}}"}"\n',
        "try:\n    f()\nexcept A, B:\n    {}\n",
    ],
)
def test_newer_syntax_than_this_python_reads_hides_no_risk(newer: str) -> None:
    for risky in ('getattr(os, "system")("x")', '__builtins__["eval"]("1")'):
        code = newer.replace("{{}}", "{" + risky + "}").replace("{}", risky)
        assert find_risks("", code, PYTHON, "import os\n"), code
    assert not find_risks("", newer.replace("{{}}", "{a}").replace("{}", "f(a)"), PYTHON)


NAMED = {
    "python": [
        'c.execute(f"SELECT a FROM t WHERE b = {x}")',
        'c.execute("DELETE FROM t WHERE b = %s" % x)',
        "t.extractall(p)",
        "jwt.decode(t, options={'verify_signature': False})",
        "torch.load(p)",
        "shutil.rmtree(p)",
        "os.chmod(p, 0o777)",
        "Markup(x)",
    ],
    "javascript": [
        "db.query(`SELECT a FROM t WHERE b = ${x}`)",
        "zip.extractAllTo(p)",
        "const c = jwt.decode(t)",
        "fs.rmSync(p, { recursive: true })",
        "fs.chmodSync(p, 0o777)",
    ],
    "go": [
        'db.Exec("DELETE FROM t WHERE a = " + x)',
        'db.Query(fmt.Sprintf("SELECT a FROM t WHERE b = %s", x))',
        "os.RemoveAll(p)",
        "p.ParseUnverified(t, c)",
        "template.HTML(x)",
    ],
    "java": [
        's.executeQuery("SELECT a FROM t WHERE b = " + x)',
        "FileUtils.deleteDirectory(f)",
        "parser.parseClaimsJwt(t)",
        "new XStream()",
    ],
    "csharp": [
        'c.Execute($"UPDATE t SET a = {x}")',
        "Directory.Delete(p, true)",
        "ZipFile.ExtractToDirectory(a, b)",
        "p.ValidateIssuerSigningKey = false",
        "Html.Raw(x)",
    ],
    "ruby": [
        'User.where("a = #{x}")',
        "FileUtils.rm_rf(p)",
        "JWT.decode(t, nil, false)",
        "x.html_safe",
    ],
    "rust": [
        'format!("SELECT a FROM t WHERE b = {}", x)',
        "std::fs::remove_dir_all(p)",
        "v.insecure_disable_signature_validation()",
    ],
    "cpp": ["strcpy(a, b)", "std::filesystem::remove_all(p)", 'popen(c, "r")'],
}


@pytest.mark.parametrize(
    ("language", "risky"), [(name, line) for name, lines in NAMED.items() for line in lines]
)
def test_each_kind_is_named_in_each_language_s_spelling(language: str, risky: str) -> None:
    row = languages.of_id(language)
    assert find_risks("", risky, row)
    assert not find_risks(risky, risky, row)


@pytest.mark.parametrize(
    ("language", "harmless"),
    [
        ("python", 'c.execute("SELECT a FROM t WHERE b = %s", (x,))'),
        ("javascript", 'db.query("SELECT a FROM t WHERE b = ?", [x])'),
        ("go", 'db.Query("SELECT a FROM t WHERE b = $1", x)'),
        ("ruby", 'User.where("a = ?", x)'),
        ("java", 's.prepareStatement("SELECT a FROM t WHERE b = ?")'),
        ("python", "torch.load(p, weights_only=True)"),
        ("javascript", "fs.rmSync(p)"),
        ("csharp", "Directory.Delete(p, false)"),
    ],
)
def test_the_careful_way_is_no_risk(language: str, harmless: str) -> None:
    assert not find_risks("", harmless, languages.of_id(language))


@pytest.mark.parametrize("language", ["python", "typescript", "go", "rust", "ruby"])
@pytest.mark.parametrize("char", ["\ufe01", "\ufeff", "\u00ad", "\u3164", "\u2028", "\U000e0101"])
def test_unseen_characters_are_a_risk_anywhere(language: str, char: str) -> None:
    row = languages.of_id(language)
    assert find_risks("x = 1", f'x = "a{char}b"', row)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("python", "\u0430dmin = 1"),
        ("javascript", "const \u0455cope = 1;"),
        ("go", "p\u0430ss := 1"),
        ("rust", "let \u0440ath = 1;"),
    ],
)
def test_look_alike_letters_are_a_risk(language: str, line: str) -> None:
    (risk,) = find_risks("", line, languages.of_id(language))
    assert risk.reason == "holds look-alike characters"


def test_other_scripts_and_emoji_are_no_risk() -> None:
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    text = f'имя = "Привет"\nflag = "{flag} \u2764\ufe0f"'
    assert not find_risks("", text, PYTHON)


def test_a_schema_that_is_fetched_is_a_risk() -> None:
    row = languages.of_id("json")
    assert find_risks("{}", '{"$schema": "https://example.com/x.json"}', row)
    assert not find_risks("{}", '{"$schema": "./x.json"}', row)


def test_a_second_use_of_what_was_there_is_new() -> None:
    assert find_risks("eval(a)", "eval(a)\neval(b)", PYTHON)


def test_what_a_comment_or_a_string_says_is_no_risk() -> None:
    assert not find_risks("", "# never eval(x)\nx = 'os.system(1)'", PYTHON)


@pytest.mark.parametrize("char", ["\u202e", "\u2066", "\u200b", "\U000e0041"])
def test_characters_that_nobody_sees_are_a_risk(char: str) -> None:
    assert (
        find_risks("x = 1", f"x = 1  # a{char}b", PYTHON)[0].reason == "holds invisible characters"
    )
    assert not find_risks(f"x = '{char}'", f"y = '{char}'", PYTHON)


ACTING = """
package.json .github/workflows/x.yml .vscode/tasks.json Makefile CLAUDE.md AGENTS.md .mcp.json
.cursor/rules/a.mdc .nvim.lua .zed/settings.json .githooks/pre-commit .gitlab-ci.yml
Jenkinsfile pyproject.toml Cargo.toml .cargo/config.toml tests/conftest.py my.code-workspace
Rakefile build.gradle build.gradle.kts app/vite.config.ts .eslintrc.json eslint.config.mjs
flake.nix docker-compose.yml compose.override.yaml lefthook.yml mise.toml .mise.toml .bashrc
.gitconfig .claude/settings.json .gitignore .foretypeignore .dockerignore .foretype.toml
Dockerfile.dev requirements-dev.txt package-lock.json go.mod CMakeLists.txt build.rs App.csproj
setup.py .clinerules/one.md copilot-instructions.md x.instructions.md .kiro/steering/a.md .exrc
.dir-locals.el .helix/languages.toml mcp.json .idea/workspace.xml .editorconfig .npmrc
.pre-commit-config.yaml noxfile.py gulpfile.js jest.config.cjs a.service a.pth .envrc
Microsoft.PowerShell_profile.ps1 .storybook/main.ts .config/nvim/init.lua Directory.Build.props
"""
SOURCES = """
docs/agents.py src/makefile.py src/a.py src/profile.ts src/config.ts lib/build.go README.md
docs/claude.txt src/file.py data.json a.toml src/requirements.py src/mcp.py include/configure.h
src/compose.kt test/setup.ts static/index.html styles/main.css db/schema.sql src/github/api.rs
"""


@pytest.mark.parametrize("path", ACTING.split())
def test_files_that_run_or_configure_by_themselves_are_a_risk(path: str) -> None:
    risk = risk_of_file(f"file:///project/{path}")
    assert risk is not None and risk.shown == f"/project/{path}"
    assert risk_of_file(f"file:///project/{path.upper()}"), "on systems that fold case"


@pytest.mark.parametrize("path", SOURCES.split())
def test_sources_are_no_risk_by_their_names(path: str) -> None:
    assert risk_of_file(f"file:///project/{path}") is None


def test_a_path_that_is_spelled_in_another_way_is_still_a_risk() -> None:
    assert risk_of_file("file:///project/%2Egithub/x.yml")
    assert risk_of_file("file:///project/src/../.vscode/tasks.json")
    assert risk_of_file("file:///C%3A/project/.vscode/tasks.json")
