/** A panel with text of the server, line by line, in the colors of the theme. */
import * as vscode from "vscode";

/** What an answer of the server tells line by line; empty where it tells nothing so. */
export function linesOf(answer: unknown): string[] {
  const lines = (answer as { lines?: unknown } | null | undefined)?.lines;
  return Array.isArray(lines) ? lines.filter((line) => typeof line === "string") : [];
}

/** Shows them beside the editor, which keeps the focus where nobody waits for them. */
export function showLines(title: string, lines: readonly string[], preserveFocus = false): void {
  const panel = vscode.window.createWebviewPanel(
    "foretype.lines",
    title,
    { viewColumn: vscode.ViewColumn.Beside, preserveFocus },
    { enableScripts: false, localResourceRoots: [] },
  );
  panel.webview.html = page(title, lines);
}

function page(title: string, lines: readonly string[]): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'";
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}"><title>${escaped(title)}</title>
<style>pre { font-family: var(--vscode-editor-font-family, monospace); white-space: pre-wrap; }</style>
</head><body><pre tabindex="0">${escaped(lines.join("\n"))}</pre></body></html>`;
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
