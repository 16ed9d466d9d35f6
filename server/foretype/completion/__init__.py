"""Ghost text: from a cursor in a document to a suggestion, or to a reason why there is none."""
