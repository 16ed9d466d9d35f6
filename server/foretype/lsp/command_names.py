"""The names of the commands that clients send by ``workspace/executeCommand``."""

ACCEPTED = "foretype.accepted"
CANCEL = "foretype.cancel"
LAST_SUGGESTION = "foretype.lastSuggestion"
REFACTOR = "foretype.refactor"
STATS = "foretype.stats"
TOGGLE = "foretype.toggle"
WHY = "foretype.why"
