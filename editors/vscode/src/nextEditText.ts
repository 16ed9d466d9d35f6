/** What of a next edit stands behind the end of a line. Knows nothing of VS Code. */

const MAX_CHARS = 120;

/** A text of at most so many characters. */
export function cut(text: string): string {
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text;
}

/** The first of the lines that an edit leaves, in a form that keeps its blanks. */
export function preview(text: string): string {
  const [first = "", ...rest] = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const line = cut(first.trim()).replaceAll(" ", "\u00a0");
  if (line === "" && rest.length === 0) {
    return "(removed)";
  }
  return rest.length > 0 ? `${line}\u00a0…` : line;
}
