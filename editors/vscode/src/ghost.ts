/** Ghost text: what the standard feature leaves to be wished for. */
import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";

/** What the server tells by `foretype/suggestionReady`. */
export interface SuggestionReady {
  readonly uri: string;
  readonly version?: number | null;
  /** It takes the place of the embedded engine's text, which is shown. */
  readonly replaces?: boolean;
}

interface Answer {
  readonly uri: string;
  readonly version: number;
  readonly position: vscode.Position;
  readonly empty: boolean;
}

export class Ghost {
  private last: Answer | undefined;
  private asksAgain = false;

  constructor(private readonly isOn: (document: vscode.TextDocument) => boolean) {}

  readonly middleware: Pick<Middleware, "provideInlineCompletionItems"> = {
    provideInlineCompletionItems: async (document, position, context, token, next) => {
      const again = this.asksAgain;
      this.asksAgain = false;
      const byHand = context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke && !again;
      if (!byHand && !this.isOn(document)) {
        return undefined;
      }
      // What VS Code calls invoked here was not: it is the extension that asks again.
      const told = again
        ? { ...context, triggerKind: vscode.InlineCompletionTriggerKind.Automatic }
        : context;
      const version = document.version;
      const answer = await next(document, position, told, token);
      const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
      if (!token.isCancellationRequested) {
        const uri = document.uri.toString();
        this.last = { uri, version, position, empty: items.length === 0 };
      }
      return answer;
    },
  };

  /** A suggestion came after its deadline: ask for it, unless one is shown that stays. */
  async onReady(
    uri: vscode.Uri,
    version: number | null | undefined,
    replaces = false,
  ): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.uri.toString() !== uri.toString()) {
      return;
    }
    const moved = version != null && version !== editor.document.version;
    if (!moved && (replaces || !this.mayBeShown(editor))) {
      await this.askAgain(editor);
    }
  }

  /** The server is ready, as after a crash: whoever typed before that need not type on. */
  async onStart(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.isDirty === true && !this.mayBeShown(editor)) {
      await this.askAgain(editor);
    }
  }

  private async askAgain(editor: vscode.TextEditor): Promise<void> {
    if (!editor.selection.isEmpty) {
      return;
    }
    this.asksAgain = true;
    await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
  }

  private mayBeShown(editor: vscode.TextEditor): boolean {
    const last = this.last;
    return (
      last?.empty === false &&
      last.uri === editor.document.uri.toString() &&
      last.version === editor.document.version &&
      last.position.isEqual(editor.selection.active)
    );
  }
}
