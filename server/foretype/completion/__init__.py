"""Ghost text: from a place in a document to a suggestion, or to a reason why there is none."""
