"""What looks like a secret is masked; what only resembles one is not. All keys here are made up."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest
from helpers.secret_samples import FORMS, TOKENS, filled, token
from hypothesis import given
from hypothesis import strategies as st

from foretype.local import lexer
from foretype.privacy.masking import MASK, mask, spans

RANDOM = "q7Zx2Kd9Lw4Vt8Rb3Nc6Ym1Hs5Jf0Gp2Ta4"  # 36 letters and digits
HEX = "0f9e8d7c6b5a49382716f5e4d3c2b1a0"
PEM = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"

SECRETS = {
    "amazon": "AKIA" + "Q7ZX2KD9LW4VT8RB",
    "github": "ghp_" + RANDOM,
    "github, fine-grained": "github_pat_" + RANDOM,
    "gitlab": "glpat-" + RANDOM[:20],
    "openai": "sk-" + RANDOM,
    "openai project": "sk-proj-" + RANDOM,
    "openrouter": "sk-or-v1-" + HEX + HEX,
    "anthropic": "sk-ant-api03-" + RANDOM,
    "slack": "xoxb-" + "123456789012-" + RANDOM[:24],
    "google": "AIza" + RANDOM[:35],
    "json web token": f"eyJhbGciOiJIUzI1NiJ9.eyJ{RANDOM}.{RANDOM}",
    "stripe": "sk_live_" + RANDOM[:24],
    "hugging face": "hf_" + RANDOM[:34],
    "npm": "npm_" + RANDOM,
}


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize(
    "around", ["{}", 'x = "{}"', "# {}\n", "curl -H 'X: {}'", '{{"a": "b\\n{}"}}', "k={}&b=1"]
)
def test_a_token_is_masked_wherever_it_stands(kind: str, around: str) -> None:
    secret = SECRETS[kind]
    text = around.format(secret)
    assert mask(text) == text.replace(secret, MASK)


NAMED = [
    ('password = "hunter2"', "hunter2"),
    ("DB_PASSWORD='Tr0ub4dor&3'", "Tr0ub4dor&3"),
    ('{"password": "s3cr3t-value"}', "s3cr3t-value"),
    ('password: str = "c0rrect-horse"', "c0rrect-horse"),
    ('String dbPassword = "c0rrect-horse";', "c0rrect-horse"),
    ('connect(user="me", passwd="c0rrect-horse")', "c0rrect-horse"),
    ('client_secret => "c0rrect-horse"', "c0rrect-horse"),
    ('setPassword("c0rrect-horse")', "c0rrect-horse"),
    (f'api_key = "{RANDOM}"', RANDOM),
    (f'"apiKey": "{RANDOM}"', RANDOM),
    (f"export ACCESS_TOKEN={RANDOM}", RANDOM),
    (f"token: {RANDOM}\n", RANDOM),
    (f"Authorization: Bearer {RANDOM}", RANDOM),
    (f'aws_secret_access_key = "{RANDOM}wxyz"', f"{RANDOM}wxyz"),
    ("postgres://me:s3cr3t@db.example/app", "s3cr3t"),
    ("https://me:p%40ss@example.org", "p%40ss"),
    (f'password="{RANDOM}', RANDOM),
]


@pytest.mark.parametrize(("text", "secret"), NAMED)
def test_a_value_that_is_called_a_secret_is_masked(text: str, secret: str) -> None:
    assert mask(text) == text.replace(secret, MASK[: len(secret)])


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize(
    "around", ["{}", 'x = "{}"', "# {}\n", "f({})", '{{"a": "b\\n{}"}}', "k={}&b=1", "é {}é"]
)
def test_tokens_of_every_kind_are_masked(kind: str, around: str) -> None:
    secret = token(kind)
    masked = mask(around.format(secret))
    assert MASK in masked
    assert not [part for part in LONG_PART.findall(secret) if part in masked]


LONG_PART = re.compile(r"[0-9A-Za-z]{12,}")


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_masked_in_whatever_form_it_is_given(form: str) -> None:
    text, secret = filled(form)
    assert secret in text
    assert mask(text) == re.sub(re.escape(secret) + r"\w*", MASK, text)
    around = f"import os\n\n{text}\n\nprint('done')\n"
    assert secret not in mask(around), "among other lines"
    inside = json.loads(mask(json.dumps({"text": around})))["text"]
    assert secret not in inside, "in the arguments of a tool call"
    assert inside.count("\n") == around.count("\n")


@pytest.mark.parametrize(
    "form", [form for form in FORMS if form.rstrip("'\")};,]").endswith(("§", "¤"))]
)
def test_a_secret_that_is_being_written_is_masked(form: str) -> None:
    text, secret = filled(form)
    written = text[: text.index(secret) + len(secret)]
    assert secret not in mask(written)


@pytest.mark.parametrize("password", ["Tr0ub4dor&3x", "p@ssW0rd!23", "x7#kL9$mQ2", "q+W_e8R!t9"])
@pytest.mark.parametrize(
    "form",
    [
        "ENV DB_PASSWORD {}",
        "- name: DB_PASSWORD\n  value: {}\n",
        "machine example.org login me password {}",
        "gpg --passphrase {}",
        "    password {}",
        'password = "{}"',
    ],
)
def test_a_password_has_any_signs(form: str, password: str) -> None:
    assert mask(form.format(password)) == form.format(MASK)


@pytest.mark.parametrize(
    ("before", "path"),
    [
        ("https://hooks.slack.com/services/", "T0MPAKYVW7Q/B0ZGCENRY7X/"),
        ("https://outlook.office.com/webhook/", ""),
        ("https://x.blob.core.windows.net/c?sv=2020&sig=", ""),
    ],
)
def test_the_token_of_an_address_is_masked(before: str, path: str) -> None:
    token = path + "aB3dE5gH7jK9mN2pQ4rS6tU8" * 2
    assert mask(f'hook = "{before}{token}"') == f'hook = "{before}{MASK}"'


def test_the_words_of_a_wallet_are_masked() -> None:
    words = " ".join(["legal", "winner", "thank", "year"] * 3)
    assert mask(f'MNEMONIC="{words}"') == f'MNEMONIC="{MASK}"'
    prose = f"The phrase: {words} and so on, as anybody could write it"
    assert mask(prose) == prose


@pytest.mark.parametrize(
    "piece", ["authorization=", "mysql1", "api_key=", "-----BEGIN PRIVATE KEY-----"]
)
def test_a_file_of_one_piece_is_masked_at_once(piece: str) -> None:
    """Each once took time by the square of its length: here, more than a test may take."""
    text = piece * (200_000 // len(piece))
    assert len(mask(text)) <= len(text)


def test_enough_kinds_are_tried() -> None:
    assert len(TOKENS) >= 100 and len(FORMS) >= 100
    assert len({token(kind) for kind in TOKENS}) == len(TOKENS)


REAL_CODE = (
    *("aiohttp", "anyio", "click", "hypothesis", "lsprotocol", "openai", "pydantic", "pygls"),
    *("pytest", "rich", "asyncio", "email", "http", "json", "unittest", "xml"),
)


def test_real_code_is_hardly_ever_masked() -> None:
    """What is masked without need is code that the model does not see."""
    n_lines = n_masks = 0
    for name in REAL_CODE:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            continue
        for file in sorted(Path(found.origin).parent.rglob("*.py"))[:150]:
            text = file.read_text("utf-8", "replace")
            n_lines += text.count("\n")
            n_masks += len(spans(text))
    assert n_lines > 100_000
    assert n_masks <= n_lines / 5_000, (n_masks, n_lines)


HOSTILE = (
    *("x(a)values(", "x(a)values('", "(a)values(a", "(a) values ('x(a)values',", "values", "("),
    *(
        "htpasswd -b ",
        "echo '",
        "chpasswd <<E\\n",
        "-bbbb",
        "redis-cli -",
        "openssl -k ",
        "parola ",
    ),
)


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("after", ["", "a" * 60_000, " " * 60_000, "'", "' ,"])
def test_no_text_takes_much_longer_than_another(piece: str, after: str) -> None:
    """A pattern that goes back would take minutes, and the run would be ended from outside."""
    spans(piece * (60_000 // len(piece)) + after)
    spans(piece + after + "'" + piece)


HARMLESS = [
    "password = getpass.getpass()",
    "password = settings.database_password2",
    'password = os.environ["DB_PASSWORD1"]',
    'password = "${DB_PASSWORD1}"',
    'password = "<your-password-1>"',
    'label = "Password"',
    'raise ValueError("the password is wrong")',
    'PASSWORD_FIELD_NAME = "password_input1"',
    'password_file = "/run/secrets/db1"',
    "def check(password: str, token: Token2 | None) -> None: ...",
    'token = lexer.next_token("identifier")',
    'token = "identifier"',
    'token_type = "token_type_identifier_2"',
    'integrity: "sha512-q7Zx2Kd9Lw4Vt8Rb3Nc6Ym1Hs5Jf0Gp2Ta4/q7Zx2Kd9Lw4Vt8Rb=="',
    f'checksum = "{HEX}{HEX}"',
    f"commit {HEX}aabbccdd",
    'id = "123e4567-e89b-12d3-a456-426614174000"',
    '"js-tokens": "^4.0.0"',
    '{file = "tokenize_rt-5.2.0-py2.py3-none-any.whl", hash = "sha256:' + HEX + '"}',
    'class="sk-folding-cube sk-circle-fade-dot-container"',
    "task-management-and-more-of-the-kind-2024-and-on",
    "https://example.org:8080/path@2x.png",
    "http://user:password@host:port",
    "DISK-0123456789abcdef0123456789",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "assert mask(text) == MASKED",
    "getUserAuthenticationTokenFromRequestHeader2",
    'fields = ("password1", "password2")',
    '("auth", "0002_alter_permission_name_max_length")',
    'field = forms.CharField(label="Password", help_text="text1")',
    'getenv("API_TOKEN", "")',
    'os.getenv("DB_PASSWORD", default=None)',
    "ENV DB_PASSWORD $DB_PASSWORD1",
    "ENV DB_PASSWORD ${DB_PASSWORD1}",
    "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: shop1\n",
    '<input type="password" name="password1" value="">',
    "<label>Password</label><b>text1</b>",
    "<label for='password'>Password1</label>",
    "the element identified by `selector1`",
    "docker run -u 1000:1000 -p 8080:8080 image",
    "curl -u user https://example.org:8080/x",
    'curl -u "$USER:$PASSWORD1" https://example.org',
    "password || other",
    "tool --password --verbose2",
    "at 12:34:56:AAAA",
    "the token is 'identifier1'",
    '{"name": "token", "value": "identifier"}',
    '("authorization", "authorization_code_flow_with_pkce")',
    "If so, pass `dtype=datetime64[ns]` as it is",
    "for x in y:\n    pass\n  # a1b2c3d4e5",
    'bypass = "a1b2c3d4e5"',
    'text.encode("utf-8", "surrogatepass").decode("latin-1")',
    'cache_key = "user:2024:a1b2c3d4e5f6"',
    'PUBLIC_KEY = "a1b2c3d4e5f6g7h8i9j0"',
    "def primary_key(self) -> Key1:",
    '"sodium_crypto_keygen", "sodium_crypto_aead_chacha20poly1305_keygen"',
    'user.login("me", "password1")',
    'hmac.new(key, b"message1", "sha256")',
    'password = getpass("Enter it in 20s: ")',
    'password = request.args["password1"]',
    "password: |\n  choose one\n",
    "https://example.org/a-long-path-2@x",
    'hashes = [("password", "sha256"), ("secret", "base64")]',
    'hasLocation = "a1b2c3d4"',
    "INSERT INTO tokens (kind, name) VALUES ('a1b2c3d4e5', 'b1c2d3e4f5')",
    "INSERT INTO users (name, password) VALUES (?, ?), ('a1b2c3d4', NULL)",
    "echo 'a1b2c3d4:e5' | tee file",
    "zip -r release-1.2.3.zip dir1",
    "openssl x509 -in cert1.pem -noout",
    "for values in rows: print('a1b2c3d4e5')",
    "MainWindowControllerFactoryProvider.create.somethingElseThatIsLonger",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_resembles_a_secret_stays(text: str) -> None:
    assert mask(text) == text


def test_a_private_key_is_masked_line_by_line() -> None:
    text = (
        'KEY = """-----BEGIN RSA PRIVATE KEY-----\n'
        f"{PEM}\n{PEM}\n-----END RSA PRIVATE KEY-----\n"
        '"""\nx = 1\n'
    )
    assert mask(text) == text.replace(PEM, MASK)


@pytest.mark.parametrize("header", ["", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123\n\n"])
@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "key: |\n  {}\n",
        "KEY = (\n    '{}'\n)",
        "// {}",
        '"{}" +\n',
    ],
)
def test_a_private_key_is_masked_however_its_lines_are_joined(form: str, header: str) -> None:
    lines = [PEM, PEM, PEM[:30], *(["-----END RSA PRIVATE KEY-----"])]
    between = {"{}": "\n", "key: |\n  {}\n": "\n  ", "// {}": "\n// "}.get(form, "\\n'\n    '")
    begun = f"-----BEGIN RSA PRIVATE KEY-----{between}{header}"
    text = form.format(begun + between.join(lines))
    assert PEM[:30] not in mask(text) and "-----END RSA" in mask(text)
    assert PEM[:30] not in mask(json.dumps(text)).replace("\\/", "/")


KEY_LINES = [
    "-----BEGIN RSA PRIVATE KEY-----",
    *(PEM[at:] + PEM[:at] for at in range(9)),
    PEM[:30],
    "-----END RSA PRIVATE KEY-----",
]


@pytest.mark.parametrize(
    ("around", "joint"),
    [
        ("{}", "\n"),
        ("{}", "\\n"),
        ("{}", "\\\\n"),
        ("{}", "\\u000a"),
        ("{}", "&#10;"),
        ("{}", "%0A"),
        ("{}", "<br/>\n"),
        ("- {}", "\n"),
        ("-- {}", "\n"),
        ("% {}", "\n"),
        ("> {}", "\n"),
        ("REM {}", "\n"),
        ('"{}" & vbCrLf & _', "\n"),
        ("$key .= '{}';", "\n"),
        ("key.append('{}')", "\n"),
        ("echo '{}' >> key.pem", "\n"),
        ("   12  {}", "\n"),
    ],
)
def test_a_private_key_is_masked_whatever_stands_around_its_lines(around: str, joint: str) -> None:
    lines = [around.format(line) for line in KEY_LINES]
    for first, last in ((0, 12), (0, 5), (3, 12)):
        masked = mask(joint.join(lines[first:last]))
        assert not any(line[:20] in masked for line in KEY_LINES[1:-1])


@pytest.mark.parametrize("joint", ["\n", "\\n", "\n    "])
def test_a_private_key_is_masked_wherever_a_text_begins_or_ends_in_it(joint: str) -> None:
    text = joint.join(KEY_LINES)
    parts = {line[at : at + 12] for line in KEY_LINES[1:-1] for at in range(len(line) - 11)}
    for cut in range(1, len(text), 3):
        for piece in (text[:cut], text[cut:]):
            if "PRIVATE KEY-----" in piece:
                assert not any(part in mask(piece) for part in parts)


NAMES_A_KEY = """
def test_display_of_the_key(self, filename):
    content = filename.getContent().splitlines()
    self.assertTrue(content.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----"))
    self.assertEqual(content[0], "-----BEGIN OPENSSH PRIVATE KEY-----", displayPublicKey2)
    self.assertRaises(keys.BadKeyError, keys.Key(self.rsaObj).toString, "bad_type")
    self.assertTrue(test_toOpenSSHEd25519.endswith("-----END OPENSSH PRIVATE KEY-----"))
"""


def test_code_that_names_the_lines_around_a_key_stays_as_it_is() -> None:
    assert mask(NAMES_A_KEY) == NAMES_A_KEY
    above = NAMES_A_KEY.replace("BEGIN", "END")
    assert mask(above) == above


def test_a_private_key_whose_beginning_was_cut_off_is_masked() -> None:
    text = f"import this\n\n{PEM}\n{PEM}\n-----END PRIVATE KEY-----\nx = 1\n"
    assert mask(text) == text.replace(PEM, MASK)


def test_a_private_key_whose_end_was_cut_off_is_masked() -> None:
    text = f"x = 1\n-----BEGIN OPENSSH PRIVATE KEY-----\n{PEM}\n{PEM[:20]}"
    assert PEM[:20] not in mask(text)


def test_masked_python_is_still_python() -> None:
    text = "\n".join(f'{"v" * (i + 1)} = "{secret}"' for i, secret in enumerate(SECRETS.values()))
    compile(mask(text), "masked.py", "exec")


@pytest.mark.parametrize(
    "text", [text for text, _ in NAMED] + [f"-----BEGIN PRIVATE KEY-----\n{PEM}"]
)
def test_code_inside_json_is_masked_and_stays_json(text: str) -> None:
    inside = json.loads(mask(json.dumps({"text": f"x = 1\n{text}\n"})))["text"]
    assert MASK in inside
    assert not [secret for known, secret in NAMED if known == text and secret in inside]


def test_the_escape_before_a_key_stays() -> None:
    text = f"'-----BEGIN PRIVATE KEY-----\\n{PEM}\\n-----END PRIVATE KEY-----'"
    assert mask(text) == text.replace(PEM, MASK)


FILLED = [filled(form)[0] for form in FORMS]
pieces = st.sampled_from(
    [*FILLED, *map(token, TOKENS), *SECRETS.values(), *(text for text, _ in NAMED), *HARMLESS, PEM]
)
texts = st.lists(pieces | st.text(max_size=20), max_size=6).map("".join)


@given(texts)
def test_masking_again_changes_nothing_and_text_never_grows(text: str) -> None:
    once = mask(text)
    assert len(once) <= len(text)
    assert once.count("\n") == text.count("\n")
    assert mask(once) == once


@given(texts)
def test_what_is_masked_does_not_depend_on_knowing_the_words(text: str) -> None:
    """The index knows them, and has half the work."""
    words = "\n".join(lexer.tokens(text))
    assert spans(text, words=words) == spans(text)


def test_real_code_is_masked_alike_where_its_words_are_known() -> None:
    samples = [*FILLED, *map(token, TOKENS)]
    files = sorted(Path(json.__file__).parent.parent.glob("*/*.py"))[:200]
    for n, file in enumerate(files):
        lines = file.read_text("utf-8", "replace").split("\n")
        lines[len(lines) // 2 :: 40] = [samples[n % len(samples)]] * len(
            lines[len(lines) // 2 :: 40]
        )
        text = "\n".join(lines)
        words = "\n".join(dict.fromkeys(lexer.tokens(text)))
        found = spans(text)
        assert found, file
        assert spans(text, words=words) == found


@given(texts)
def test_masked_json_is_still_json(text: str) -> None:
    json.loads(mask(json.dumps({"text": text})))
    json.loads(mask(json.dumps(text, ensure_ascii=False)))


@given(texts)
def test_spans_are_in_order_and_apart(text: str) -> None:
    found = spans(text)
    assert all(start < end for start, end in found)
    assert all(a[1] < b[0] for a, b in zip(found, found[1:], strict=False))


@given(st.sampled_from(sorted(SECRETS.values())), st.text("abc \n(=", max_size=40))
def test_no_token_survives(secret: str, around: str) -> None:
    assert secret not in mask(f"{around} {secret} {around}")
