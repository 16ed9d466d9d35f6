"""What secrets look like, as tables: the formats of tokens, and the ways in which a value is named.

``masking.py`` reads them.
"""

from __future__ import annotations

import re

TOKENS: tuple[tuple[str, str], ...] = (
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
    ("outlook.office.com/webhook/", r"(?P<secret>[\w@/-]{32,})"),
)
INNER_TOKENS: tuple[tuple[str, int, str], ...] = (
    # A literal inside a token, its distance from the start, and the whole pattern.
    ("AccountKey=", 0, r"AccountKey=(?P<secret>[0-9A-Za-z+/=]{40,})"),  # Azure
    ("SharedAccessKey=", 0, r"SharedAccessKey=(?P<secret>[0-9A-Za-z+/=]{20,})"),
    ("sig=", 1, r"[?&]sig=(?P<secret>(?=[A-Za-z%+/]*\d)[\w%+/-]{40,}=?)"),
    ("Q~", 4, r"[\w.~-]{3}[78]Q~[\w.~-]{31,34}(?![\w.~-])"),
    ("-us", 32, r"(?<![0-9a-f])[0-9a-f]{32}-us\d{1,2}(?!\w)"),  # Mailchimp
)
MIN_TOKEN_CHARS = 16
WORD = re.compile(r"[\w-]", re.ASCII)
"""Every token contains so many of these characters in a row, which is rare in other text."""
NAME = re.compile(r"[A-Za-z_-]+")
"""A long word that is probably a name in the code: most tokens contain digits."""
JOINED = frozenset("./:$-+=@")
TOKEN_REACH_CHARS = 60
"""Characters before a long word within which its token may begin."""

KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")
KEY_END = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")
KEY_LINE = re.compile(r"[0-9A-Za-z+/=]{20,}+")
KEY_LINE_HAS = (re.compile(r"\d"), re.compile("[A-Z]"), re.compile("[a-z]"))
"""A line of a key, whatever stands around it, has all of these. Code names a key's first line,
too: such a line does not follow there."""
KEY_GAP_CHARS = 200
"""Characters between two lines of a key: its header, or what code or markup puts around a line."""
KEY_CHARS = 16_384
"""Characters above the end of a key in which its lines are looked for."""
_KEY_GAP = r"[^0-9A-Za-z+/=]*+(?:[nrt][^0-9A-Za-z+/=]*+)?"
KEY_REST = re.compile(rf"{_KEY_GAP}[0-9A-Za-z+/=]*+")
"""What is there of the next line, where a text ends in the middle of a key."""
KEY_REST_ABOVE = re.compile(rf"[0-9A-Za-z+/=]*+{_KEY_GAP}")
"""What is there of a line, where a text begins in the middle of a key."""
KEY_TEXT = re.compile(r"(?<!\\)[0-9A-Za-z+/=]{8,}")
URL_PASSWORD = re.compile(r"://[^\s:/@\"'`<>{}]{0,100}:(?P<secret>[^\s/\\\"'`<>]{3,200})@")
URL_TOKEN = re.compile(r"://(?P<secret>[\w-]{20,200}+)@")
URL_EXAMPLE = re.compile(r"^(?:pass|passwd|password|pwd|secret|\*+|x+|port|\d+)$|^%|[{}$(]", re.I)
BEARER = re.compile(r"(?:bearer|basic)\s{1,4}(?P<secret>[\w.~+/=-]{16,4096}+)", re.IGNORECASE)

STRONG_NAMES = ("passw", "passphrase", "pwd", "secret", "requirepass", "bindpw")
"""Parts of names whose values are secret even when short."""
SHORT_NAMES = ("pass", "pw", "psk")
"""The same, where ``SHORT`` finds them alone."""
WEAK_NAMES = (
    *("token", "apikey", "api_key", "api-key", "accesskey", "access_key", "private_key"),
    *("account_key", "signing_key", "encryption_key", "credential", "auth"),
    *("privatekey", "signingkey", "encryptionkey", "_key", ".key", "subscription-key"),
)
FOREIGN = (
    *("kennwort", "mot_de_passe", "motdepasse", "contraseña", "contrasena", "senha", "parola"),
    *("wachtwoord", "lösenord", "losenord", "hasło", "haslo", "heslo", "adgangskode"),
    *("salasana", "jelszó", "jelszo", "şifre", "sifre", "пароль"),
    *("密码", "密碼", "口令", "パスワード", "비밀번호"),
)
OTHER_LANGUAGES = tuple(
    dict.fromkeys(
        # Also as JSON spells them, in a tool call's arguments.
        spelled
        for word in FOREIGN
        for spelled in (word, "".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in word))
    )
)
"""Words for a password in other languages. No letter follows: ``haslo`` begins ``hasLocation``."""
NAMES = (*STRONG_NAMES, *SHORT_NAMES, *OTHER_LANGUAGES, *WEAK_NAMES)
STEMS = ("\\u", "pass", "pw", "_key", "key")
"""Parts that several of these names share: a name is looked for only where its part occurs."""
SHORT = re.compile(
    r"(?:(?<!y)(?<!com)(?<!surrogate)pass|(?:(?<![a-z])|(?<=\\[nrt])|(?<=bind)|(?<=root))pw"
    r"|(?:(?<![a-z])|(?<=\\[nrt]))psk)(?![a-z\n#]|[ \t]+[^\s:=<?|])"
)
"""Short names of passwords, in lower case: ``DB_PASS``, ``bindpw``, but no ``bypass``."""
KEY_GIVEN = re.compile(r"[\"'`\]\\ \t]{0,6}[=:,|?)>]")
NO_SECRET_KEY = re.compile(
    r"(?:public|cache|primary|foreign|sort|partition|routing|group|row|hash|idempotency|lookup"
    r"|storage|session|message|translation|dedup|object|registry|sub|context|state)[_.-]?\Z"
)
ASSIGNED = re.compile(
    r"(?P<name>[\w-]{0,40}+)(?>(?:\\?[\"'`\]]){0,2})\s{0,4}+"
    # a type: `password: str = …`, `password As String = …`
    r"(?:(?::|[Aa]s\b)\s{0,4}+[\w\[\]<>&|.]{1,30}+\s{0,4}+(?==))?"
    r"(?:(?:\?\?|\|\||[:=!])?={1,3}+|=>|<-|[:(>])(?>(?:\s|\\[nrt]|\\\\?\n){0,8})"
    # What only makes a value of a text: brackets, a conversion.
    r"(?>(?:(?:(?:String::from|Some|Just|bytes|str|Secret(?:Str|String)?|(?:base64\.)?b64decode|atob"
    r"|Buffer\.from)?\(|\[)(?>(?:\s|\\[nrt]){0,40})){0,2})"
    # Quotes may be escaped themselves: code in a tool call's JSON.
    r"(?:@?[A-Za-z]{0,2}(?:(?:\\?\"){2}(?=\\?\")|(?:\\?'){2}(?=\\?'))?(?P<open>\\?(?P<quote>[\"'`]))"
    r"(?P<quoted>(?>(?:(?!(?P=open)|(?P=quote))(?:[^\s\\]|\\.)){6,4096}))"
    r"|(?P<bare>[^\s\\\"'`,;:&(){}\[\]<>]{8,4096}+)(?=[\\\"'`,;&<\s]|\Z))"
)
SPACE, QUOTE = r"(?:\s|\\[nrt])", r"\\?[\"'`]"
VALUE = (
    r"[A-Za-z]{0,2}(?P<open>\\?(?P<quote>[\"'`]))"
    r"(?P<quoted>(?>(?:(?!(?P=open)|(?P=quote))(?:[^\s\\]|\\.)){6,4096}))(?=(?P=open)|[\r\n]|\\n|\Z)"
)
PAIRED = re.compile(
    r"(?P<name>[\w-]{0,40}+)(?:"
    # ("NAME", "value"), {"name": "NAME", "value": "value"}
    rf"{QUOTE}\s{{0,4}}+,(?>{SPACE}{{0,80}})(?:{QUOTE}?value{QUOTE}?\s?[:=]\s?|[a-z]\w{{1,20}}\s?[=:]\s?)?"
    rf"|{QUOTE}\s{{1,8}}+(?:value|content|default)\s?=\s?"  # key="NAME" value="value"
    rf"|{QUOTE}?,?(?>{SPACE}{{1,60}})value\s?[:=]\s?"  # name: NAME, and the value in the next line
    # env("NAME") || "value", env["NAME"] or "value", env("NAME").or("value")
    rf"|{QUOTE}[\])]\s{{0,4}}(?:\|\||\?\?|\?:|or\b|\{{|\.\w{{1,30}}\()\s{{0,4}}(?:\|\w{{0,9}}\|\s?)?"
    r"|\s{0,4}(?:\|\||\?\?|:-|\?:|\bor\b)\s{0,4}"  # env.NAME || "value"
    r"|\s?\[\d*\]\s?=\s?|[ \t]{1,4}\*?[\w.]{1,20}\s?=\s?"  # char NAME[] = "value"
    r"|\.equals\(\s?|[ \t]{1,40}+(?:\(\s?)?"  # #define NAME "value", PASSWORD 'value'
    rf"){VALUE}",
    re.I,
)
GIVEN = re.compile(  # NAME = getenv("X", "value"), NAME = x or "value", NAME = new String("value")
    rf"(?P<name>[\w-]{{0,40}}+)\s{{0,4}}(?:(?::|[:?|]?=)\s{{0,4}}(?:await\s|new\s)?|by\slazy\s?\{{\s?)"
    rf"(?:(?>(?:[\w.]|::){{1,60}})!?\(\s{{0,20}}(?:{QUOTE}\w{{1,40}}{QUOTE},\s{{0,4}})?"
    rf"|[^\n\"'`]{{1,60}}?(?:{QUOTE}\w{{1,40}}{QUOTE}[\])]\s?)?(?:\|\||\?\?|\?:|\bor\b)\s{{0,4}})?{VALUE}",
    re.I,
)
TOLD = re.compile(  # the NAME is value, NAME for me: value
    rf"(?P<name>[\w-]{{0,40}}+)(?:\sfor\s[\w@.-]{{1,40}})?[ \t]{{1,4}}"
    rf"(?:is|was)[: \t]{{1,4}}{QUOTE}?"
    r"(?P<quoted>(?=\S*\d)[^\s\\\"'`,;|(){}\[\]<>]{6,200}+)",
    re.I,
)
DEFAULT = re.compile(  # ("--name", help="…", default="value")
    rf"(?P<name>[\w-]{{0,40}}+){QUOTE}\s{{0,4}}+,(?:[^\n\\]|\\.){{0,100}}?\bdefault\s?=\s?{VALUE}",
    re.I,
)
ELEMENT = re.compile(  # <NAME>value</NAME>, <entry key="NAME">value</entry>
    rf"(?P<name>[\w-]{{0,40}}+)(?:{QUOTE})?(?:\s[^<>\n]{{0,80}})?>(?:{SPACE}{{0,40}}<value>)?(?:<!\[CDATA\[)?"
    r"(?P<quoted>[^<>\s\"'`{}\]\\]{6,4096}+)(?:\]\]>)?</"
)
LISTED = re.compile(  # - name: NAME, and below it value: value
    rf"(?P<name>[\w-]{{0,40}}+)(?:{QUOTE})?(?>{SPACE}{{1,60}})value:[ \t]{{1,4}}"
    r"(?P<quoted>[^\s\\\"'`,;(){}\[\]<>|]{6,4096}+)(?=\\n|\s|[\"'`]|\Z)"
)
BLOCK = re.compile(  # NAME: | and the value in the next line
    rf"(?P<name>[\w-]{{0,40}}+)(?:{QUOTE})?"
    r":[ \t]{1,4}[|>][-+]?[ \t]{0,4}(?:\n|\\n)[ \t]{1,40}"
    r"(?P<quoted>[^\s\\\"'`,;(){}\[\]<>|]{6,4096}+)(?=\\n|\s|[\"'`]|\Z)"
)
DECLARED = re.compile(  # variable "NAME" { default = "value" }
    rf"(?P<name>[\w-]{{0,40}}+){QUOTE}\s{{0,4}}\{{[^{{}}]{{0,200}}?\bdefault\s{{0,20}}=\s{{0,4}}{VALUE}",
    re.I,
)
ALONE = re.compile(  # a line of nothing but NAME value
    r"(?P<name>[\w-]{0,40}+)[ \t]{1,20}(?:\d[ \t]{1,4})?"
    r"(?P<quoted>[^\s\\\"'`,;|(){}\[\]<>=:]{6,200}+)(?=[ \t]*(?:[\r\n]|\\n|\Z))"
)
SPACED = re.compile(  # ENV NAME value, --name value
    r"(?P<name>[\w-]{0,40}+)(?:[ \t]{1,8}+|[\"'],\s{0,4}[\"'])(?:[\"'])?"
    r"(?P<quoted>(?!-)[^\s\\\"'`,;|(){}\[\]<>]{6,4096}+)(?=\\n|\s|[\"'`;]|\\[\"']|\Z)"
)
BEFORE_SPACED = re.compile(
    r"(?:(?:^|[\s\"'`;|&]|\\[nrt])(?:ENV|setenv|setx|set(?:[ \t]+-\w+)+|login[ \t]+\S+)"
    r"[ \t]+[\w.]*|(?:^|[\s\"'`\[(,]|\\[nrt])--?[\w-]*)\Z"
)
LINED = re.compile(  # NAME=value in a shell, ;Password=value for a database
    r"(?P<name>[\w-]{0,40}+)=(?P<quoted>[^\s\\\"'`,;&|(){}\[\]<>=]{6,4096}+)"
    r"(?=\\n|\s|[\"'`;&]|\Z)"
)
DEFAULTED = re.compile(r"(?P<name>[\w-]{0,40}+):[-=]?(?P<quoted>[^\s\\\"'`{}$]{6,4096}+)(?=\})")
BEFORE_LINED = re.compile(
    r"(?:(?:^|[\s\"'`,]|\\n)(?:-[eD])?(?-i:[A-Z0-9_]*)|[;?&][\w .-]*|[\s\"'`]--[\w.-]*)\Z", re.I
)
SQL = re.compile(
    r"identified\s{1,4}(?:with\s{1,4}\S{1,40}\s{1,4})?(?:by|as)\s{1,4}(?:password\s{1,4})?"
    r"\\?(?P<quote>[\"'])(?P<secret>(?>(?:(?!(?P=quote))(?:[^\s\\]|\\.)){4,200}))",
    re.I,
)
AUTHORIZATION = re.compile(
    rf"authorization(?:{QUOTE})?\s{{0,4}}[:=,\]]{{1,2}}\s{{0,4}}=?\s?(?:{QUOTE})?"
    r"(?:[A-Za-z][\w-]{1,20}[ =]{1,2})?(?P<secret>[\w.~+/=-]{16,4096}+)",
    re.I,
)
PROGRAM_LOGIN = re.compile(
    r"(?:curl|sshpass|mysql\w{0,12}|docker|https?(?= -)|smbclient)\b(?:[^\n;|]|\\\n){0,300}?"
    r"(?:[\s\"'](?:-[ua]|-U|--(?:proxy-)?user|--auth|--creds)(?:[ =\"',\\]{1,8}|(?=\w))"
    r"[\w.@%+-]{0,64}[:%]|[\s\"']-p[ =\"',\\]{0,8})(?!\d+[\s:])"
    r"(?P<secret>[^\s\"'`$<>{}\\/:,-][^\s\"'`$<>{}\\]{3,200})",
    re.I,
)
PROGRAM_PASSWORD = re.compile(
    r"(?:redis-cli|ldap\w{2,10}|mongo\w{0,10}|7z\w?|zip|openssl|plink|ipmitool)\b(?:[^\n;|]|\\\n){0,300}?"
    r"[\s\"'](?:-[apPw]|-k|-pw|-pass(?:in|out)?)(?:[ =\"',\\]{1,8}|(?<=-p))(?:pass:)?"
    r"(?P<secret>[^\s\"'`$<>{}\\/:,-][^\s\"'`$<>{}\\:/]{5,200})"
    r"|htpasswd\s+-[a-zA-Z]{0,9}b[a-zA-Z]{0,9}\s+\S+\s+\S+\s+(?P<last>[^\s\"'`$<>{}\\]{6,200})",
)
PIPED = re.compile(  # echo "me:value" | chpasswd, echo value | passwd --stdin
    r"(?:echo|printf)\s(?:-\w+\s)?\s{0,8}\\?[\"']?(?:[\w.-]{1,64}:)?"
    r"(?P<secret>[^\s\"'`$<>{}\\|:]{6,200})"
    r"(?:\\n)?\\?[\"']?\s{0,8}\|\s{0,8}(?:sudo\s+)?(?:chpasswd|passwd\s+--stdin"
    r"|[\w./-]+\s[^\n|;]{0,120}--(?:password-stdin|with-token))"
    r"|chpasswd\b[^\n|;]{0,40}<<-?\s?\\?[\"']?\w+\\?[\"']?(?:\n|\\n)[\w.-]{1,64}:"
    r"(?P<last>[^\s\"'`$<>{}\\:]{6,200})"
)
LOGIN = re.compile(  # auth=("me", "value"), getConnection(url, "me", "value")
    r"(?:(?:basic_?)?auth(?:entication)?\w{0,10}|login|cred(?:ential)?s?)"
    rf"(?:\s?[=:]\s?(?:new\s)?[\w.]{{0,30}})?[({{\[]\s{{0,20}}(?:\w{{1,20}}=)?{QUOTE}[^\"'`\\\n]{{1,80}}{QUOTE}\s?[,:]\s{{0,20}}"
    rf"(?:Some\(|\w{{1,20}}=)?[bBrRuU]?{QUOTE}(?P<secret>[^\s\"'`\\]{{6,200}}+)(?:{QUOTE}|\Z)",
    re.I,
)
CONNECTION = re.compile(  # new mysqli(host, "me", "value")
    rf"(?:mysqli(?:_connect)?|getconnection|pdo|dbi->connect)\(\s{{0,20}}[^,()\n]{{1,200}},\s{{0,20}}{QUOTE}[^\"'`\\\n]{{1,80}}{QUOTE}"
    rf",\s{{0,20}}{QUOTE}(?P<secret>[^\s\"'`\\]{{6,200}}+)(?:{QUOTE}|\Z)",
    re.I,
)
KEYED = re.compile(  # jwt.encode(payload, "value"), hmac.new(b"value", …
    r"(?:jwt\.(?:encode|decode|sign|verify)\(\s{0,20}[^,()\"'\n]{1,60},\s{0,20}|hmac\.new\(\s{0,20}"
    rf"|createhmac\(\s{{0,20}}{QUOTE}\w{{1,20}}{QUOTE},\s{{0,20}}|(?:fernet|aes\.new)\(\s{{0,20}}"
    rf"|convertto-securestring\s{{1,8}}(?:-string\s{{1,8}})?)"
    rf"[bB]?{QUOTE}(?P<secret>[^\s\"'`\\]{{6,200}}+)(?:{QUOTE}|\Z)",
    re.I,
)
COOKIE = re.compile(  # Cookie: session=value
    rf"cookie(?:{QUOTE})?\s?[:,]\s?(?:{QUOTE})?[\w.-]{{1,60}}=(?P<secret>[\w.~+/=%-]{{16,}})", re.I
)
MNEMONIC = re.compile(  # the words of a wallet
    r"(?:mnemonic|phrase)\w{0,20}[\"'`\\\]]{0,2}\s?[=:(>]{1,2}\s?[\"'`\\]{0,2}"
    r"(?P<secret>(?:[a-z]{3,8} ){11}(?:(?:[a-z]{3,8} ){3}){0,4}[a-z]{3,8})(?![ \w])",
    re.I,
)
SPELLED = re.compile(
    r"passw|secret|token|^[\d.:]+$|^(?:sha|md|base|utf|aes|hmac|rsa)[_-]?\d+$"
    r"|^(?:[a-z]+|[a-z]?\d+)(?:[_.:#/](?:[a-z]+|[a-z]?\d+))+$",
    re.I,
)
"""A value that is more likely a name: ``("password1", "password2")``, ``HTTP_204_NO_CONTENT``."""
NO_SECRET_NAME = re.compile(
    r"(?:name|id|ids|file|path|dir|url|uri|type|types|length|len|field|label|hint|error|regex"
    r"|pattern|count|limit|prefix|header|format|env|var|class|endpoint|expiry|expires|size)$"
)
PLACEHOLDER = re.compile(
    r"^[$<%\[]|[{}]|\.\.\.|x{4}|\*{3}|change.?me|placeholder|your[_-]|dummy|masked|redacted"
    r"|process\.env|environ|getenv|^sha\d+[-:]|^https?:|^[./~]",
    re.IGNORECASE,
)


BESIDE: tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...] = (
    (PAIRED, None),
    (GIVEN, None),
    (TOLD, None),
    (DEFAULT, None),
    (ELEMENT, None),
    (LISTED, None),
    (BLOCK, None),
    (DECLARED, None),
    (ALONE, re.compile(r"(?:\A|\\n)[ \t]*(?:[\w-]*[a-z]|\$)?\Z", re.I)),
    (SPACED, BEFORE_SPACED),
    (LINED, BEFORE_LINED),
    (DEFAULTED, re.compile(r"\$\{[\w.-]*\Z")),
)
"""Patterns of a value next to a name, and of what must precede it."""
PHRASES = (
    (SQL, ("identified",)),
    (AUTHORIZATION, ("authorization",)),
    (LOGIN, ("auth", "login", "cred")),
    (CONNECTION, ("mysqli", "getconnection", "pdo", "dbi->")),
    (KEYED, ("jwt.", "hmac.", "createhmac", "fernet", "aes.new", "convertto-secure")),
    (
        PROGRAM_PASSWORD,
        (
            *("redis-cli", "ldap", "mongo", "7z", "zip", "openssl", "htpasswd"),
            *("plink", "ipmitool"),
        ),
    ),
    (PIPED, ("echo", "printf", "chpasswd")),
    (COOKIE, ("cookie",)),
    (MNEMONIC, ("mnemonic", "phrase")),
    (
        PROGRAM_LOGIN,
        ("curl", "sshpass", "mysql", "docker", "http -", "https -", "smbclient"),
    ),
)
STRONG_PHRASES = (LOGIN, CONNECTION, KEYED, PROGRAM_PASSWORD, PIPED)
"""Those in which a value has to look like a password."""
