/** Next edits: where to go on, marked in the text, and applied by a key.
 *
 * Drawn with decorations behind the ends of lines, so that no line moves. What is drawn is always
 * for the text as it is: the first change takes it down. */
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { cut, preview } from "./nextEditText";

interface Edit {
  readonly id: string;
  readonly label: string;
  readonly text: string;
  readonly more: number;
  readonly textDocument: { readonly uri: string; readonly version: number };
  readonly inline: { readonly insertText: string; readonly range: Range };
}

interface Range {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

interface Answer {
  readonly edits: readonly Edit[];
  readonly mode: "off" | "hint" | "on";
}

interface Shown {
  readonly edit: Edit;
  readonly uri: vscode.Uri;
  readonly range: vscode.Range;
  /** Whether it is shown in full. */
  open: boolean;
}

/** The server waits by itself until an edit counts as finished. */
const ASK_MS = 50;
const CONTEXT = "foretype.hasNextEdit";

export class NextEdit implements vscode.Disposable {
  private shown: Shown | undefined;
  private asked: vscode.CancellationTokenSource | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** What was applied last, and the version after it: further places of the same change belong to
   * the same step of undo while nothing else is changed. */
  private applied: { label: string; uri: string; version: number } | undefined;
  private readonly mark: vscode.TextEditorDecorationType;
  private readonly old: vscode.TextEditorDecorationType;
  private readonly fresh: vscode.TextEditorDecorationType;
  private readonly listening: vscode.Disposable;

  constructor(
    private readonly client: () => LanguageClient | undefined,
    private readonly isOn: (document: vscode.TextDocument) => boolean,
    gutterIcon: vscode.Uri,
  ) {
    const type = (options: vscode.DecorationRenderOptions) =>
      vscode.window.createTextEditorDecorationType(options);
    const color = (id: string) => new vscode.ThemeColor(id);
    const after = { margin: "0 0 0 2em" };
    this.mark = type({
      gutterIconPath: gutterIcon,
      gutterIconSize: "contain",
      after: { ...after, color: color("editorGhostText.foreground"), fontStyle: "italic" },
    });
    this.old = type({ backgroundColor: color("diffEditor.removedTextBackground") });
    // A border, so that it is not taken for text of the file.
    this.fresh = type({
      gutterIconPath: gutterIcon,
      gutterIconSize: "contain",
      after: {
        ...after,
        border: "1px solid",
        borderColor: color("editorGhostText.foreground"),
        backgroundColor: color("diffEditor.insertedTextBackground"),
      },
    });
    this.listening = vscode.Disposable.from(
      this.mark,
      this.old,
      this.fresh,
      vscode.workspace.onDidChangeTextDocument((change) => { this.onChange(change); }),
      vscode.window.onDidChangeTextEditorSelection(() => { this.draw(); }),
      vscode.window.onDidChangeTextEditorVisibleRanges(() => { this.draw(); }),
      vscode.window.onDidChangeActiveTextEditor(() => { this.draw(); }),
    );
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.asked?.cancel();
    this.listening.dispose();
  }

  /** Shows the next edit in full at its place; where it is shown already, applies it. */
  async accept(): Promise<void> {
    const shown = this.shown;
    if (shown === undefined) {
      return;
    }
    const editor = vscode.window.activeTextEditor;
    const isHere = editor?.document.uri.toString() === shown.uri.toString();
    const isVisible = isHere && editor.visibleRanges.some((range) => range.contains(shown.range.start));
    if (isHere && isVisible && shown.open) {
      await this.apply(editor, shown);
      return;
    }
    shown.open = true;
    const there = isHere ? editor : await vscode.window.showTextDocument(shown.uri);
    select(there, shown.range.start);
    this.draw();
  }

  /** Dismisses it: it is not proposed there again. */
  async dismiss(): Promise<void> {
    const id = this.shown?.edit.id;
    this.forget();
    if (id !== undefined) {
      await this.client()?.sendRequest("workspace/executeCommand", {
        command: "foretype.nextEdit.rejected",
        arguments: [id],
      });
    }
  }

  /** The model's edit came late. */
  onReady(uri: vscode.Uri, version: number): void {
    const document = vscode.window.activeTextEditor?.document;
    if (document?.uri.toString() === uri.toString() && document.version === version) {
      this.askSoon(false);
    }
  }

  private onChange(change: vscode.TextDocumentChangeEvent): void {
    if (change.contentChanges.length === 0) {
      return;
    }
    const shown = this.shown;
    if (change.document.uri.toString() === shown?.uri.toString()) {
      this.forget();
    }
    if (change.document === vscode.window.activeTextEditor?.document) {
      this.askSoon(false);
    }
  }

  private askSoon(open: boolean): void {
    this.asked?.cancel();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(open), ASK_MS);
  }

  private async ask(open: boolean): Promise<void> {
    const client = this.client();
    const editor = vscode.window.activeTextEditor;
    if (client?.isRunning() !== true || editor === undefined || !this.isOn(editor.document)) {
      return;
    }
    const asked = new vscode.CancellationTokenSource();
    this.asked = asked;
    const { document } = editor;
    const version = document.version;
    const { code2ProtocolConverter: to, protocol2CodeConverter: from } = client;
    let answer: Answer;
    try {
      answer = await client.sendRequest<Answer>(
        "foretype/nextEdit",
        {
          textDocument: { uri: to.asUri(document.uri), version },
          position: to.asPosition(editor.selection.active),
        },
        asked.token,
      );
    } catch {
      return; // It was cancelled, or the server has ended.
    }
    const edit = answer.edits[0];
    if (edit === undefined || asked.token.isCancellationRequested || document.version !== version) {
      return;
    }
    const { start, end } = edit.inline.range;
    this.shown = {
      edit,
      uri: from.asUri(edit.textDocument.uri),
      range: new vscode.Range(start.line, start.character, end.line, end.character),
      open: open || answer.mode === "on",
    };
    this.draw();
  }

  private async apply(editor: vscode.TextEditor, shown: Shown): Promise<void> {
    const { document } = editor;
    const { edit, range } = shown;
    if (document.version !== edit.textDocument.version) {
      this.forget();
      return;
    }
    const last = this.applied;
    const goesOn =
      last?.label === edit.label && last.uri === document.uri.toString() && last.version === document.version;
    const done = await editor.edit(
      (builder) => { builder.replace(range, edit.inline.insertText); },
      { undoStopBefore: !goesOn, undoStopAfter: false },
    );
    if (!done) {
      return;
    }
    this.applied = { label: edit.label, uri: document.uri.toString(), version: document.version };
    const end = document.offsetAt(range.start) + edit.inline.insertText.length;
    select(editor, document.positionAt(end));
    this.askSoon(true);
  }

  private forget(): void {
    this.shown = undefined;
    this.draw();
  }

  private draw(): void {
    const shown = this.shown;
    const active = vscode.window.activeTextEditor;
    void vscode.commands.executeCommand("setContext", CONTEXT, shown !== undefined);
    for (const editor of vscode.window.visibleTextEditors) {
      const drawn = shown !== undefined && editor === active ? this.drawing(editor, shown) : undefined;
      editor.setDecorations(this.mark, drawn?.mark ?? []);
      editor.setDecorations(this.old, drawn?.old ?? []);
      editor.setDecorations(this.fresh, drawn?.fresh ?? []);
    }
  }

  private drawing(editor: vscode.TextEditor, shown: Shown): Partial<Record<"mark" | "old" | "fresh", vscode.DecorationOptions[]>> {
    const { edit, range } = shown;
    const more = edit.more > 0 ? ` (+${String(edit.more)})` : "";
    const behind = (line: number, contentText: string): vscode.DecorationOptions => ({
      range: editor.document.lineAt(line).range,
      renderOptions: { after: { contentText } },
      hoverMessage: edit.label,
    });
    const cursor = editor.selection.active.line;
    if (editor.document.uri.toString() !== shown.uri.toString()) {
      return { mark: [behind(cursor, `next edit: ${cut(edit.label)}`)] };
    }
    if (!editor.visibleRanges.some((visible) => visible.contains(range.start))) {
      const way = range.start.line > cursor ? "↓" : "↑";
      return { mark: [behind(cursor, `next edit ${way} ${String(range.start.line + 1)}${more}`)] };
    }
    if (!shown.open) {
      return { mark: [behind(range.start.line, `next edit${more}`)] };
    }
    return { old: [{ range }], fresh: [behind(range.start.line, preview(edit.text))] };
  }
}

function select(editor: vscode.TextEditor, place: vscode.Position): void {
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(new vscode.Range(place, place), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
