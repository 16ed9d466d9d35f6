"""``foretype play``: an editor in the browser, with a look at every stage of an answer."""
