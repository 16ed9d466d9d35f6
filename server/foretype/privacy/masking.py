"""Find what looks like a secret in a text, and mask it.

Recognizes the formats of tokens and assignments of passwords. Every search starts from a literal
that ``str.find`` finds fast: 20 kB take less than a millisecond. Hashes, UUIDs and long names do
not count as secrets unless their context says so.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from foretype.privacy.sql_rows import columns_and_values

MASK = "MASKED"
"""Replaces a secret. Valid inside a string, as a name and in a shell; never longer than what it
replaces, and not a secret itself."""

Span = tuple[int, int]

_TOKENS: tuple[tuple[str, str], ...] = (
    # The prefix of a token, and the rest. Add one line for a new provider.
    ("AKIA", r"[0-9A-Z]{16}(?![0-9A-Za-z])"),  # Amazon
    ("ASIA", r"[0-9A-Z]{16}(?![0-9A-Za-z])"),
    ("ABIA", r"[0-9A-Z]{16}(?![0-9A-Za-z])"),
    ("ABSK", r"[0-9A-Za-z+/]{40,}={0,2}"),  # Amazon's Bedrock
    ("bedrock-api-key-", r"[\w+/=-]{20,}"),
    ("LTAI", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{12,28}(?![\w-])"),  # Alibaba
    ("AKID", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{32}(?![\w-])"),  # Tencent
    ("ghp_", r"[0-9A-Za-z]{30,}"),  # GitHub
    ("gho_", r"[0-9A-Za-z]{30,}"),
    ("ghu_", r"[0-9A-Za-z]{30,}"),
    ("ghs_", r"[0-9A-Za-z]{30,}"),
    ("ghr_", r"[0-9A-Za-z]{30,}"),
    ("github_pat_", r"\w{22,}"),
    # GitLab
    ("gl", r"(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-(?=[A-Za-z_-]*\d)[\w-]{20,}"),
    ("GR1348941", r"[\w-]{20,}"),
    ("ATBB", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{24,}"),  # Bitbucket
    ("ATATT3", r"[\w=-]{30,}"),  # Atlassian
    ("ATCTT3", r"[\w=-]{30,}"),
    ("sk-", r"(?:ant|proj|svcacct|admin|or|lf|test|live)-(?=[\w-]*\d)[\w-]{16,}"),
    ("sk-", r"(?=[A-Za-z]*\d)[0-9A-Za-z_]{20,}"),  # OpenAI and compatible providers
    ("sess-", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{40}(?![\w-])"),
    ("csk-", r"(?=[a-z]*\d)[0-9a-z]{40,}"),  # Cerebras
    ("nvapi-", r"[\w-]{40,}"),  # NVIDIA
    ("tgp_v1_", r"[\w-]{30,}"),  # Together
    ("pcsk_", r"\w{40,}"),  # Pinecone
    ("jina_", r"(?=[A-Za-z]*\d)[\w-]{40,}"),
    ("tvly-", r"(?=[A-Za-z-]*\d)[\w-]{24,}"),  # Tavily
    ("fc-", r"[0-9a-f]{32}(?![\w-])"),  # Firecrawl
    ("lsv2_", r"(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),  # LangSmith
    ("e2b_", r"[0-9a-f]{40}"),
    ("esecret_", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{24,}"),  # Anyscale
    ("sk_", r"(?:live|test|prod)_[0-9A-Za-z]{16,}"),  # Stripe
    ("sk_", r"[0-9a-f]{48}(?!\w)"),  # ElevenLabs
    ("rk_", r"(?:live|test)_[0-9A-Za-z]{16,}"),
    ("whsec_", r"[0-9A-Za-z+/=]{20,}"),
    ("sq0", r"(?:atp|csp|idp)-[\w-]{22,}"),  # Square
    ("EAAA", r"(?=[A-Za-z_-]*\d)[\w-]{60}(?![\w-])"),
    ("EAA", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{80,}"),  # Facebook
    ("access_token$production$", r"[0-9a-z]{16}\$[0-9a-f]{32}"),  # Braintree
    ("rzp_", r"(?:live|test)_[0-9A-Za-z]{14,}"),  # Razorpay
    ("FLWSECK", r"(?:_TEST)?-[0-9A-Za-z]{12,}(?:-X)?"),  # Flutterwave
    ("access-", r"(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f-]{27}"),  # Plaid
    ("shp", r"(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),  # Shopify
    ("shippo_", r"(?:live|test)_[0-9a-f]{40}"),
    ("duffel_", r"(?:live|test)_[\w-]{40,}"),
    ("EZ", r"[AT]K[0-9A-Za-z]{54}"),  # EasyPost
    ("xox", r"[abeoprs]-[0-9A-Za-z-]{10,}"),  # Slack
    ("xoxe.xox", r"[bp]-[0-9A-Za-z-]{20,}"),
    ("xapp-", r"\d-[0-9A-Za-z-]{10,}"),
    ("hooks.slack.com/", r"(?:services|workflows|triggers)/(?P<secret>[\w/]{20,})"),
    ("discord.com/api/webhooks/", r"\d{15,20}/(?P<secret>[\w-]{60,})"),
    ("discordapp.com/api/webhooks/", r"\d{15,20}/(?P<secret>[\w-]{60,})"),
    ("M", r"[\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}(?![\w-])"),  # Discord
    ("N", r"[\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}(?![\w-])"),
    ("O", r"[\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}(?![\w-])"),
    ("AA", r"(?<=\d{8}:AA)[\w-]{33}(?![\w-])"),  # Telegram
    ("SK", r"[0-9a-f]{32}(?!\w)"),  # Twilio
    ("AC", r"[0-9a-f]{32}(?!\w)"),
    ("SG.", r"[\w-]{16,}\.[\w-]{16,}"),  # SendGrid
    ("key-", r"[0-9a-f]{32}(?!\w)"),  # Mailgun
    ("xkeysib-", r"[0-9a-f]{64}-[0-9A-Za-z]{16}"),  # Brevo
    ("xsmtpsib-", r"[0-9a-f]{64}-[0-9A-Za-z]{16}"),
    ("re_", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{8}_[0-9A-Za-z]{20,}"),  # Resend
    ("AIza", r"[\w-]{35}(?![\w-])"),  # Google
    ("ya29.", r"[\w-]{20,}"),
    ("GOCSPX-", r"[\w-]{20,}"),
    ("1//0", r"[\w-]{38,}"),
    ("eyJ", r"[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?"),  # JSON web token
    ("pk.eyJ", r"[\w-]{20,}\.[\w-]{20,}"),  # Mapbox
    ("sk.eyJ", r"[\w-]{20,}\.[\w-]{20,}"),
    ("npm_", r"[0-9A-Za-z]{30,}"),
    ("pypi-", r"AgE[\w-]{40,}"),
    ("rubygems_", r"[0-9a-f]{48}"),
    ("cio", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{32}(?![\w-])"),  # crates.io
    ("CLOJARS_", r"[0-9a-f]{60}"),
    ("oy2", r"[0-9a-z]{43}(?![\w-])"),  # NuGet
    ("dckr_", r"(?:pat|oat)_[\w-]{20,}"),  # Docker
    ("AKCp", r"[0-9A-Za-z]{60,}"),  # Artifactory
    ("hf_", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{30,}"),  # Hugging Face
    ("api_org_", r"[0-9A-Za-z]{34}"),
    ("gsk_", r"[0-9A-Za-z]{40,}"),  # Groq
    ("xai-", r"[0-9A-Za-z]{40,}"),
    ("fw_", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{20,}"),  # Fireworks
    ("r8_", r"[0-9A-Za-z]{30,}"),  # Replicate
    ("pplx-", r"[0-9A-Za-z]{32,}"),
    ("do", r"[opr]_v1_[0-9a-f]{40,}"),  # DigitalOcean
    ("dapi", r"[0-9a-f]{32}(?:-\d)?(?![0-9a-f])"),  # Databricks
    ("HRKU-", r"[\w-]{30,}"),  # Heroku
    ("fo1_", r"[\w-]{40,}"),  # Fly
    ("fm2_", r"[0-9A-Za-z+/=]{80,}"),
    ("nfp_", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{36,}"),  # Netlify
    ("vc", r"[pkrai]_(?=[A-Za-z]*\d)[0-9A-Za-z]{40,}"),  # Vercel
    ("v1.0-", r"[0-9a-f]{24}-[0-9a-f]{100,}"),  # Cloudflare
    ("rnd_", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{28,}"),  # Render
    ("sbp_", r"[0-9a-f]{40}"),  # Supabase
    ("sb_secret_", r"[\w-]{20,}"),
    ("pscale_", r"(?:tkn|pw|oauth)_[\w.=-]{32,}"),  # PlanetScale
    ("napi_", r"(?=[a-z]*\d)[0-9a-z]{50,}"),  # Neon
    ("dp.", r"(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{2,35}\.)?[0-9A-Za-z]{40,}"),  # Doppler
    ("hv", r"[sbr]\.[\w-]{20,}"),  # Vault
    ("atlasv1.", r"(?P<secret>[\w=-]{60,})"),  # Terraform
    ("pul-", r"[0-9a-f]{40}"),  # Pulumi
    ("ops_eyJ", r"[\w+/=-]{40,}"),  # 1Password
    ("A3-", r"[0-9A-Z]{6}-[0-9A-Z]{6,11}(?:-[0-9A-Z]{5,6}){3,4}"),
    ("NRAK-", r"[0-9A-Z]{27}"),  # New Relic
    ("NRII-", r"[\w-]{32}"),
    ("NRJS-", r"[0-9a-f]{19}"),
    ("sntry", r"[su]_[\w+/=]{40,}"),  # Sentry
    ("glsa_", r"[0-9A-Za-z]{24,}_[0-9a-f]{8}"),  # Grafana
    ("glc_", r"[0-9A-Za-z+/=]{32,}"),
    ("hcaik_", r"[0-9a-z]{50,}"),  # Honeycomb
    ("dt0", r"[a-z]\d\d\.[0-9A-Z]{24}\.[0-9A-Z]{64}"),  # Dynatrace
    ("sq", r"[pau]_[0-9a-f]{40}"),  # SonarQube
    ("CCIP", r"(?:AT|RJ)_\w{20,}"),  # CircleCI
    ("bk", r"(?:ua|pat)_[0-9a-f]{40}"),  # Buildkite
    ("tskey-", r"[a-z]{2,10}-(?=[\w-]*\d)[\w-]{16,}"),  # Tailscale
    ("sdk-", r"[0-9a-f]{8}-[0-9a-f-]{27}"),  # LaunchDarkly
    ("phx_", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{40,}"),  # PostHog
    ("pat-", r"[a-z]{2}\d-[0-9a-f]{8}-[0-9a-f-]{27}"),  # HubSpot
    ("pat", r"[0-9A-Za-z]{14}\.[0-9a-f]{64}"),  # Airtable
    ("ntn_", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{40,}"),  # Notion
    ("secret_", r"(?=[A-Za-z]*\d)[0-9A-Za-z]{43}(?!\w)"),
    ("lin_", r"(?:api|oauth)_[0-9A-Za-z]{30,}"),  # Linear
    ("fig", r"[duo]_?[drho]?_[\w-]{30,}"),  # Figma
    ("tfp_", r"[\w.-]{40,}"),  # Typeform
    ("CFPAT-", r"[\w-]{40,}"),  # Contentful
    ("PMAK-", r"[0-9a-f]{24}-[0-9a-f]{34}"),  # Postman
    ("pnu_", r"[0-9A-Za-z]{36}"),  # Prefect
    ("rdme_", r"[0-9a-z]{60,}"),  # ReadMe
    ("aio_", r"[0-9A-Za-z]{28}(?!\w)"),  # Adafruit
    ("sgp_", r"(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40}"),  # Sourcegraph
    ("AQVN", r"[\w-]{34,}"),  # Yandex
    ("y0_", r"[\w-]{50,}"),
    ("sl.", r"(?:u\.)?(?=[A-Za-z_-]*\d)[\w-]{100,}"),  # Dropbox
    ("AGE-SECRET-KEY-1", r"[0-9A-Z]{40,}"),
    ("webhook.office.com/webhookb2/", r"(?P<secret>[\w@/-]{60,})"),  # Teams
)
_INNER_TOKENS: tuple[tuple[str, int, str], ...] = (
    # A literal inside a token, its distance from the start, and the whole pattern.
    ("AccountKey=", 0, r"AccountKey=(?P<secret>[0-9A-Za-z+/=]{40,})"),  # Azure
    ("SharedAccessKey=", 0, r"SharedAccessKey=(?P<secret>[0-9A-Za-z+/=]{20,})"),
    ("Q~", 4, r"[\w.~-]{3}[78]Q~[\w.~-]{31,34}(?![\w.~-])"),
    ("-us", 32, r"(?<![0-9a-f])[0-9a-f]{32}-us\d{1,2}(?!\w)"),  # Mailchimp
)
_LONG = re.compile(r"\b[\w-]{16,}", re.ASCII)
"""Contained in every token, and rare in other text: only these are examined."""
_NAME = re.compile(r"[A-Za-z_-]+")
"""A long word that is probably a name in the code: most tokens contain digits."""
_JOINED = frozenset("./:$-+=@")
_TOKEN_REACH_CHARS = 40
"""Characters before a long word within which its token may begin."""

_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?P<secret>.*?)"
    r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_KEY_LINE = re.compile(r"[0-9A-Za-z+/=]{16,}")
_KEY_TEXT = re.compile(r"(?<!\\)[0-9A-Za-z+/=]{8,}")
_URL_PASSWORD = re.compile(r"://[^\s:/@\"'`<>{}]{0,100}:(?P<secret>[^\s/\\\"'`<>]{3,200})@")
_URL_TOKEN = re.compile(r"://(?P<secret>[\w-]{20,200}+)@")
_URL_EXAMPLE = re.compile(r"^(?:pass|passwd|password|pwd|secret|\*+|x+|port|\d+)$|^%|[{}$(]", re.I)
_BEARER = re.compile(r"(?:bearer|basic)\s{1,4}(?P<secret>[\w.~+/=-]{16,})", re.IGNORECASE)

_STRONG_NAMES = ("passw", "passphrase", "pwd", "secret")
"""Parts of names whose values are secret even when short."""
_WEAK_NAMES = (
    *("token", "apikey", "api_key", "api-key", "accesskey", "access_key", "private_key"),
    *("account_key", "signing_key", "encryption_key", "credential", "auth"),
    *("privatekey", "signingkey", "encryptionkey", "_key", ".key"),
)
_FOREIGN = (
    *("kennwort", "mot_de_passe", "motdepasse", "contraseña", "contrasena", "senha", "parola"),
    *("wachtwoord", "lösenord", "losenord", "hasło", "haslo", "heslo", "adgangskode"),
    *("salasana", "jelszó", "jelszo", "şifre", "sifre", "пароль"),
    *("密码", "密碼", "口令", "パスワード", "비밀번호"),
)
_OTHER_LANGUAGES = tuple(
    dict.fromkeys(
        # Also as JSON spells them, in a tool call's arguments.
        spelled
        for word in _FOREIGN
        for spelled in (word, "".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in word))
    )
)
"""Words for a password in other languages. No letter follows: ``haslo`` begins ``hasLocation``."""
_SHORT = re.compile(
    r"(?:(?<!y)(?<!com)(?<!surrogate)pass|(?:(?<![a-z])|(?<=\\[nrt])|(?<=bind)|(?<=root))pw)"
    r"(?![a-z\n#]|[ \t]+[^\s:=<?|])"
)
"""Short names of passwords, in lower case: ``DB_PASS``, ``bindpw``, but no ``bypass``."""
_KEY_GIVEN = re.compile(r"[\"'`\]\\ \t]{0,6}[=:,|?)>]")
_NO_SECRET_KEY = re.compile(
    r"(?:public|cache|primary|foreign|sort|partition|routing|group|row|hash|idempotency|lookup"
    r"|storage|session|message|translation|dedup|object|registry|sub|context|state)[_.-]?\Z"
)
_ASSIGNED = re.compile(
    r"(?P<name>[\w-]{0,40}+)(?:\\?[\"'`\]]){0,2}+\s{0,4}+"
    r"(?::\s{0,4}+[\w\[\]<>&|.]{1,30}+\s{0,4}+(?==))?"  # a type: `password: str = …`
    r"(?:(?:\?\?|\|\||[:=!])?={1,3}+|=>|<-|[:(>])(?:\s|\\[nrt]|\\\\?\n){0,8}+"
    # What only makes a value of a text: brackets, a conversion.
    r"(?:(?:(?:String::from|Some|Just|bytes|str|Secret(?:Str|String)?|(?:base64\.)?b64decode|atob"
    r"|Buffer\.from)?\(|\[)(?:\s|\\[nrt]){0,40}+){0,2}+"
    # Quotes may be escaped themselves: code in a tool call's JSON.
    r"(?:@?[A-Za-z]{0,2}(?:(?:\\?\"){2}(?=\\?\")|(?:\\?'){2}(?=\\?'))?(?P<open>\\?(?P<quote>[\"'`]))"
    r"(?P<quoted>(?:(?!(?P=open)|(?P=quote))(?:[^\s\\]|\\.)){6,4096}+)"
    r"|(?P<bare>[^\s\\\"'`,;:&(){}\[\]<>]{8,4096}+)(?=[\\\"'`,;&<\s]|\Z))"
)
_SPACE, _QUOTE = r"(?:\s|\\[nrt])", r"\\?[\"'`]"
_VALUE = (
    r"[A-Za-z]{0,2}(?P<open>\\?(?P<quote>[\"'`]))"
    r"(?P<quoted>(?:(?!(?P=open)|(?P=quote))(?:[^\s\\]|\\.)){6,4096}+)(?=(?P=open)|[\r\n]|\\n|\Z)"
)
_PAIRED = re.compile(
    r"(?P<name>[\w-]{0,40}+)(?:"
    # ("NAME", "value"), {"name": "NAME", "value": "value"}
    rf"{_QUOTE}\s{{0,4}}+,{_SPACE}{{0,80}}+(?:{_QUOTE}?value{_QUOTE}?\s?[:=]\s?|[a-z]\w{{1,20}}\s?[=:]\s?)?"
    rf"|{_QUOTE}\s{{1,8}}+(?:value|content|default)\s?=\s?"  # key="NAME" value="value"
    rf"|{_QUOTE}?,?{_SPACE}{{1,60}}+value\s?[:=]\s?"  # name: NAME, and the value in the next line
    # env("NAME") || "value", env["NAME"] or "value", env("NAME").or("value")
    rf"|{_QUOTE}[\])]\s{{0,4}}(?:\|\||\?\?|\?:|or\b|\{{|\.\w{{1,30}}\()\s{{0,4}}(?:\|\w{{0,9}}\|\s?)?"
    r"|\s{0,4}(?:\|\||\?\?|:-|\?:|\bor\b)\s{0,4}"  # env.NAME || "value"
    r"|\s?\[\d*\]\s?=\s?|[ \t]{1,4}\*?[\w.]{1,20}\s?=\s?"  # char NAME[] = "value"
    r"|\.equals\(\s?|[ \t]{1,40}+(?:\(\s?)?"  # #define NAME "value", PASSWORD 'value'
    rf"){_VALUE}",
    re.I,
)
_DEFAULT = re.compile(  # ("--name", help="…", default="value")
    rf"(?P<name>[\w-]{{0,40}}+){_QUOTE}\s{{0,4}}+,(?:[^\n\\]|\\.){{0,100}}?\bdefault\s?=\s?{_VALUE}",
    re.I,
)
_ELEMENT = re.compile(  # <NAME>value</NAME>, <entry key="NAME">value</entry>
    rf"(?P<name>[\w-]{{0,40}}+)(?:{_QUOTE})?(?:\s[^<>\n]{{0,80}})?>(?:<!\[CDATA\[)?"
    r"(?P<quoted>[^<>\s\"'`{}\]\\]{6,4096}+)(?:\]\]>)?</"
)
_LISTED = re.compile(  # - name: NAME, and below it value: value
    rf"(?P<name>[\w-]{{0,40}}+)(?:{_QUOTE})?{_SPACE}{{1,60}}+value:[ \t]{{1,4}}"
    r"(?P<quoted>[^\s\\\"'`,;&(){}\[\]<>|]{6,4096}+)(?=\\n|\s|[\"'`]|\Z)"
)
_BLOCK = re.compile(  # NAME: | and the value in the next line
    rf"(?P<name>[\w-]{{0,40}}+)(?:{_QUOTE})?"
    r":[ \t]{1,4}[|>][-+]?[ \t]{0,4}(?:\n|\\n)[ \t]{1,40}"
    r"(?P<quoted>[^\s\\\"'`,;&(){}\[\]<>|]{6,4096}+)(?=\\n|\s|[\"'`]|\Z)"
)
_DECLARED = re.compile(  # variable "NAME" { default = "value" }
    rf"(?P<name>[\w-]{{0,40}}+){_QUOTE}\s{{0,4}}\{{[^{{}}]{{0,200}}?\bdefault\s{{0,20}}=\s{{0,4}}{_VALUE}",
    re.I,
)
_ALONE = re.compile(  # a line of nothing but NAME value
    r"(?P<name>[\w-]{0,40}+)[ \t]{1,20}(?:\d[ \t]{1,4})?"
    r"(?P<quoted>[^\s\\\"'`,;&|(){}\[\]<>=:]{6,200}+)(?=[ \t]*(?:[\r\n]|\\n|\Z))"
)
_SPACED = re.compile(  # ENV NAME value, --name value
    r"(?P<name>[\w-]{0,40}+)(?:[ \t]{1,8}+|[\"'],\s{0,4}[\"'])(?:[\"'])?"
    r"(?P<quoted>(?!-)[^\s\\\"'`,;&|(){}\[\]<>=]{6,4096}+)(?=\\n|\s|[\"'`;]|\\[\"']|\Z)"
)
_BEFORE_SPACED = re.compile(
    r"(?:(?:^|[\s\"'`;|&]|\\[nrt])(?:ENV|setenv|setx|set(?:[ \t]+-\w+)+|login[ \t]+\S+)"
    r"[ \t]+[\w.]*|(?:^|[\s\"'`\[(,]|\\[nrt])--?[\w-]*)\Z"
)
_LINED = re.compile(  # NAME=value in a shell, ;Password=value for a database
    r"(?P<name>[\w-]{0,40}+)=(?P<quoted>[^\s\\\"'`,;&|(){}\[\]<>=]{6,4096}+)"
    r"(?=\\n|\s|[\"'`;&]|\Z)"
)
_DEFAULTED = re.compile(r"(?P<name>[\w-]{0,40}+):[-=]?(?P<quoted>[^\s\\\"'`{}$]{6,4096}+)(?=\})")
_BEFORE_LINED = re.compile(
    r"(?:(?:^|[\s\"'`,]|\\n)(?:-[eD])?(?-i:[A-Z0-9_]*)|[;?&][\w .-]*|[\s\"'`]--[\w.-]*)\Z", re.I
)
_SQL = re.compile(
    r"identified\s{1,4}(?:with\s{1,4}\S{1,40}\s{1,4})?(?:by|as)\s{1,4}(?:password\s{1,4})?"
    r"\\?(?P<quote>[\"'])(?P<secret>(?:(?!(?P=quote))(?:[^\s\\]|\\.)){4,200}+)",
    re.I,
)
_AUTHORIZATION = re.compile(
    rf"authorization(?:{_QUOTE})?\s{{0,4}}[:=,\]]{{1,2}}\s{{0,4}}=?\s?(?:{_QUOTE})?"
    r"(?:[A-Za-z][\w-]{1,20}[ =]{1,2})?(?P<secret>[\w.~+/=-]{16,})",
    re.I,
)
_PROGRAM_LOGIN = re.compile(
    r"(?:curl|sshpass|mysql\w*|docker)\b(?:[^\n;|]|\\\n){0,300}?"
    r"(?:[\s\"'](?:-[ua]|-U|--(?:proxy-)?user|--auth|--creds)(?:[ =\"',\\]{1,8}|(?=\w))"
    r"[\w.@%+-]{0,64}:|[\s\"']-p[ =\"',\\]{0,8})(?!\d+[\s:])"
    r"(?P<secret>[^\s\"'`$<>{}\\/:,-][^\s\"'`$<>{}\\]{3,200})",
    re.I,
)
_PROGRAM_PASSWORD = re.compile(
    r"(?:redis-cli|ldap\w{2,10}|mongo\w{0,10}|7z\w?|zip|openssl)\b(?:[^\n;|]|\\\n){0,300}?"
    r"[\s\"'](?:-[apPw]|-k|-pass(?:in|out)?)(?:[ =\"',\\]{1,8}|(?<=-p))(?:pass:)?"
    r"(?P<secret>[^\s\"'`$<>{}\\/:,-][^\s\"'`$<>{}\\:/]{5,200})"
    r"|htpasswd\s+-[a-zA-Z]{0,9}b[a-zA-Z]{0,9}\s+\S+\s+\S+\s+(?P<last>[^\s\"'`$<>{}\\]{6,200})",
)
_PIPED = re.compile(  # echo "me:value" | chpasswd, echo value | passwd --stdin
    r"(?:echo|printf)\s(?:-\w+\s)?\s{0,8}\\?[\"']?(?:[\w.-]{1,64}:)?"
    r"(?P<secret>[^\s\"'`$<>{}\\|:]{6,200})"
    r"(?:\\n)?\\?[\"']?\s{0,8}\|\s{0,8}(?:sudo\s+)?(?:chpasswd|passwd\s+--stdin)"
    r"|chpasswd\b[^\n|;]{0,40}<<-?\s?\\?[\"']?\w+\\?[\"']?(?:\n|\\n)[\w.-]{1,64}:"
    r"(?P<last>[^\s\"'`$<>{}\\:]{6,200})"
)
_LOGIN = re.compile(  # auth=("me", "value"), getConnection(url, "me", "value")
    r"(?:(?:basic_?)?auth(?:entication)?\w{0,10}|login|credentials?)"
    rf"(?:\s?[=:]\s?(?:new\s)?[\w.]{{0,30}})?\(\s{{0,20}}(?:\w{{1,20}}=)?{_QUOTE}[^\"'`\\\n]{{1,80}}{_QUOTE},\s{{0,20}}"
    rf"(?:Some\(|\w{{1,20}}=)?[bBrRuU]?{_QUOTE}(?P<secret>[^\s\"'`\\]{{6,200}}+)(?:{_QUOTE}|\Z)",
    re.I,
)
_CONNECTION = re.compile(  # new mysqli(host, "me", "value")
    rf"(?:mysqli(?:_connect)?|getconnection|pdo|dbi->connect)\(\s{{0,20}}[^,()\n]{{1,200}},\s{{0,20}}{_QUOTE}[^\"'`\\\n]{{1,80}}{_QUOTE}"
    rf",\s{{0,20}}{_QUOTE}(?P<secret>[^\s\"'`\\]{{6,200}}+)(?:{_QUOTE}|\Z)",
    re.I,
)
_KEYED = re.compile(  # jwt.encode(payload, "value"), hmac.new(b"value", …
    r"(?:jwt\.(?:encode|decode|sign|verify)\(\s{0,20}[^,()\"'\n]{1,60},\s{0,20}|hmac\.new\(\s{0,20}"
    rf"|createhmac\(\s{{0,20}}{_QUOTE}\w{{1,20}}{_QUOTE},\s{{0,20}}|(?:fernet|aes\.new)\(\s{{0,20}}"
    rf"|convertto-securestring\s{{1,8}}(?:-string\s{{1,8}})?)"
    rf"[bB]?{_QUOTE}(?P<secret>[^\s\"'`\\]{{6,200}}+)(?:{_QUOTE}|\Z)",
    re.I,
)
_SPELLED = re.compile(
    r"passw|secret|token|^[\d.:]+$|^(?:sha|md|base|utf|aes|hmac|rsa)[_-]?\d+$"
    r"|^(?:[a-z]+|[a-z]?\d+)(?:[_.:#/](?:[a-z]+|[a-z]?\d+))+$",
    re.I,
)
"""A value that is more likely a name: ``("password1", "password2")``, ``HTTP_204_NO_CONTENT``."""
_NO_SECRET_NAME = re.compile(
    r"(?:name|id|ids|file|path|dir|url|uri|type|types|length|len|field|label|hint|error|regex"
    r"|pattern|count|limit|prefix|header|format|env|var|class|endpoint|expiry|expires|size)$"
)
_PLACEHOLDER = re.compile(
    r"^[$<%\[]|[{}]|\.\.\.|x{4}|\*{3}|change.?me|placeholder|your[_-]|dummy|masked|redacted"
    r"|process\.env|environ|getenv|^sha\d+[-:]|^https?:|^[./~]",
    re.IGNORECASE,
)


_BESIDE: tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...] = (
    (_PAIRED, None),
    (_DEFAULT, None),
    (_ELEMENT, None),
    (_LISTED, None),
    (_BLOCK, None),
    (_DECLARED, None),
    (_ALONE, re.compile(r"(?:\A|\\n)[ \t]*(?:[\w-]*[a-z]|\$)?\Z", re.I)),
    (_SPACED, _BEFORE_SPACED),
    (_LINED, _BEFORE_LINED),
    (_DEFAULTED, re.compile(r"\$\{[\w.-]*\Z")),
)
"""Patterns of a value next to a name, and of what must precede it."""
_PHRASES = (
    (_SQL, ("identified",)),
    (_AUTHORIZATION, ("authorization",)),
    (_LOGIN, ("auth", "login", "credential")),
    (_CONNECTION, ("mysqli", "getconnection", "pdo", "dbi->")),
    (_KEYED, ("jwt.", "hmac.", "createhmac", "fernet", "aes.new", "convertto-secure")),
    (
        _PROGRAM_PASSWORD,
        ("redis-cli", "ldap", "mongo", "7z", "zip", "openssl", "htpasswd"),
    ),
    (_PIPED, ("echo", "printf", "chpasswd")),
    (_PROGRAM_LOGIN, ("curl", "sshpass", "mysql", "docker")),
)


def mask(text: str) -> str:
    """Mask every secret. The result is never longer, and masking it again changes nothing."""
    found = spans(text)
    if not found:
        return text
    pieces, at = [], 0
    for start, end in found:
        pieces += [text[at:start], MASK[: end - start]]
        at = end
    return "".join([*pieces, text[at:]])


def spans(text: str) -> list[Span]:
    """Return the ranges of the secrets, in order, not overlapping."""
    found = sorted(
        [*_token_spans(text), *_key_blocks(text), *_url_passwords(text), *_named_values(text)],
    )
    joined: list[Span] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        elif text[start:end] != MASK[: end - start]:
            joined.append((start, end))
    return joined


def _token_spans(text: str) -> Iterator[Span]:
    at = 0
    for long in _LONG.finditer(text):
        for begin in _begun(text, *long.span(), at):
            for shape in _shapes()[begin[0]]:
                if begin.start() >= at and (match := _compiled(shape).match(text, begin.start())):
                    yield _secret(match)
                    at = match.end()
    for literal, back, shape in _INNER_TOKENS:
        for inside in _occurrences(text, literal):
            if inside >= back and (match := _compiled(shape).match(text, inside - back)):
                yield _secret(match)


def _begun(text: str, start: int, end: int, done: int) -> Iterator[re.Match[str]]:
    """Yield where a token may begin in a long word, or before it."""
    if _NAME.fullmatch(text, start, end):
        start += text[start - 1 : start] == "\\"  # the letter of an escape
        if match := _beginnings().match(text, start, end):
            yield match
        return
    if text[start - 1 : start] in _JOINED:
        start = max(start - _TOKEN_REACH_CHARS, done)
    yield from _beginnings().finditer(text, start, end)


@cache
def _shapes() -> dict[str, list[str]]:
    """Map beginnings of tokens to their patterns."""
    return {
        each: [re.escape(part) + shape for part, shape in _TOKENS if each.startswith(part)]
        for each, _ in _TOKENS
    }


@cache
def _beginnings() -> re.Pattern[str]:
    """Where a token may begin: a word does. The letter of an escape such as \n is part of none."""
    any_of = "|".join(map(re.escape, sorted(_shapes(), key=len, reverse=True)))
    return re.compile(rf"(?:(?<![^\W_])|(?<=\\.))(?:{any_of})")


def _key_blocks(text: str) -> Iterator[Span]:
    if "PRIVATE KEY" not in text:
        return
    first = text.find("-----BEGIN ")
    for match in _KEY_BLOCK.finditer(text):
        for line in _KEY_TEXT.finditer(text, *match.span("secret")):
            yield line.span()
    end = text.find("-----END ")
    if end >= 0 and not 0 <= first < end:  # its beginning is cut off
        for line in _KEY_TEXT.finditer(text, _key_start(text, end), end):
            yield line.span()


def _key_start(text: str, end: int) -> int:
    """Return where the lines of a key begin, above its last line."""
    start = text.rfind("\n", 0, end) + 1
    while start > 0:
        above = text.rfind("\n", 0, start - 1) + 1
        if not _KEY_LINE.search(text, above, start):
            break
        start = above
    return start


def _url_passwords(text: str) -> Iterator[Span]:
    for at in _occurrences(text, "://"):
        match = _URL_PASSWORD.match(text, at)
        if (
            match
            and not _URL_EXAMPLE.search(match["secret"])
            or (match := _URL_TOKEN.match(text, at))
            and _is_weak(match["secret"])
        ):
            yield _secret(match)


def _named_values(text: str) -> Iterator[Span]:
    """Yield values of what is called a password, a token and so on."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters are longer in lower case
        lowered = "".join(c.lower() if c.isascii() else c for c in text)
    for literal in ("bearer ", "basic "):
        for at in _occurrences(lowered, literal):
            match = _BEARER.match(text, at)
            if match and _is_random(match["secret"], 3.0):
                yield _secret(match)
    for shape, literals in _PHRASES:
        for literal in literals:
            for at in _occurrences(lowered, literal):
                match = shape.match(text, at)
                if match and _is_secret_phrase(match):
                    yield _secret(match)
    for column, start, end in columns_and_values(text, lowered):
        if _is_secret_column(column, text[start:end]):
            yield start, end
    for literal in (*_STRONG_NAMES, "pass", "pw", *_OTHER_LANGUAGES, *_WEAK_NAMES):
        strong = literal not in _WEAK_NAMES
        for at in _occurrences(lowered, literal):
            if literal in ("pass", "pw") and not _SHORT.match(lowered, at):
                continue
            if literal in _OTHER_LANGUAGES:
                at += len(literal)  # it may hold escapes, which are part of no name
                if lowered[at : at + 1].isalpha():
                    continue
            if literal in ("_key", ".key") and not _is_secret_key(lowered, at):
                continue
            match = _ASSIGNED.match(text, at)
            if match and _is_secret(match, strong=strong):
                yield match.span("quoted" if match["quoted"] else "bare")
            elif match := _beside_name(text, at, strong=strong):
                yield match.span("quoted")


def _is_secret_column(column: str, value: str) -> bool:
    if _NO_SECRET_NAME.search(column) or _PLACEHOLDER.search(value) or _SPELLED.search(value):
        return False
    if any(part in column for part in (*_STRONG_NAMES, *_OTHER_LANGUAGES)) or _SHORT.search(column):
        return len(value) >= 6 and _is_strong(value)
    return any(part in column for part in _WEAK_NAMES) and _is_weak(value)


def _is_secret_key(lowered: str, at: int) -> bool:
    """Whether what ends in "key" is given a value, and is not known to be no secret."""
    given = _KEY_GIVEN.match(lowered, at + len("_key"))
    return given is not None and not _NO_SECRET_KEY.search(lowered, max(at - 20, 0), at)


def _is_secret_phrase(match: re.Match[str]) -> bool:
    value = match[_group(match)]
    if _PLACEHOLDER.search(value):
        return False
    if match.re is _AUTHORIZATION:
        return _is_random(value, 3.0)
    if match.re in (_LOGIN, _CONNECTION, _KEYED, _PROGRAM_PASSWORD, _PIPED):
        return _is_strong(value) and not _SPELLED.search(value)
    # Prose has "identified by" as well, SQL most often in capitals.
    return match.re is not _SQL or match[0][:10].isupper() or _is_strong(value)


def _beside_name(text: str, at: int, *, strong: bool) -> re.Match[str] | None:
    """Return the value next to a name without an assignment: in a call, a list, XML."""
    for shape, before in _BESIDE:
        match = shape.match(text, at)
        if match is None:
            continue
        if before is not None:
            line = max(text.rfind("\n", 0, at) + 1, at - 200)
            if not before.search(text[line:at]):
                continue
        value = match["quoted"]
        if _NO_SECRET_NAME.search(match["name"].lower()) or _PLACEHOLDER.search(value):
            continue
        if not _SPELLED.search(value) and (_is_strong if strong else _is_weak)(value):
            return match
    return None


def _is_secret(match: re.Match[str], *, strong: bool) -> bool:
    value = match["quoted"] or match["bare"]
    if _NO_SECRET_NAME.search(match["name"].lower()) or _PLACEHOLDER.search(value):
        return False
    if match["bare"]:  # without quotes it may be a name in the code
        n_digits = sum(c.isdigit() for c in value)
        return n_digits >= 2 and "." not in value and _is_random(value, 2.7 if strong else 3.5)
    return (_is_strong if strong else _is_weak)(value)


def _is_strong(value: str) -> bool:
    """Whether the value of a "password" may be one."""
    return _is_random(value, 2.2) or _has_symbols(value)


def _is_weak(value: str) -> bool:
    """Whether the value of a "token" may be one: lexers have tokens, too."""
    n_digits = sum(c.isdigit() for c in value)
    return len(value) >= 16 and n_digits >= 2 and _is_random(value, 3.0)


def _is_random(value: str, bits: float) -> bool:
    """Whether digits and letters are mixed, with at least so many bits per character."""
    has_digit = any(c.isdigit() for c in value)
    return has_digit and any(c.isalpha() for c in value) and entropy(value) >= bits


def _has_symbols(value: str) -> bool:
    return any(c in "!@#$%^&*+=~?" for c in value[1:]) and any(c.isalpha() for c in value)


def entropy(value: str) -> float:
    """Return the Shannon entropy in bits per character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())


@cache
def _compiled(shape: str) -> re.Pattern[str]:
    # When its literal first occurs: all of them take 50 ms.
    return re.compile(shape, re.ASCII)


def _secret(match: re.Match[str]) -> Span:
    return match.span(_group(match))


def _group(match: re.Match[str]) -> str | int:
    """The group that holds the secret: ``last`` in the second form of a pattern with two."""
    groups = match.re.groupindex
    return next((name for name in ("secret", "last") if name in groups and match[name]), 0)


def _occurrences(text: str, literal: str) -> Iterator[int]:
    at = text.find(literal)
    while at >= 0:
        yield at
        at = text.find(literal, at + len(literal))
