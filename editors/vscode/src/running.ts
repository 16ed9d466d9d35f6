/** Running refactorings: each a notification with a button to cancel it. */
import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";

type Handle = NonNullable<Middleware["handleWorkDoneProgress"]>;
type Token = Parameters<Handle>[0];

interface Shown {
  report(message: string | undefined): void;
  end(): void;
}

/** The language client shows progress in the status bar, where nothing can be cancelled. */
export class RunningNotifications {
  private readonly shown = new Map<Token, Shown>();

  constructor(private readonly cancel: (token: Token) => Promise<void>) {}

  readonly middleware: { handleWorkDoneProgress: Handle } = {
    handleWorkDoneProgress: (token, params, next) => {
      if (params.kind === "begin" && params.cancellable === true) {
        this.begin(token, params.title);
      } else if (params.kind === "report" && this.shown.has(token)) {
        this.shown.get(token)?.report(params.message);
      } else {
        this.shown.get(token)?.end();
        next(token, params);
      }
    },
  };

  /** The server is gone, and what it did with it. */
  endAll(): void {
    for (const one of this.shown.values()) {
      one.end();
    }
  }

  private begin(token: Token, title: string): void {
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    void vscode.window.withProgress(options, (progress, cancellation) =>
      new Promise<void>((resolve) => {
        cancellation.onCancellationRequested(() => void this.cancel(token));
        this.shown.set(token, {
          report: (message) => { progress.report({ message: message ?? "" }); },
          end: () => {
            this.shown.delete(token);
            void setRunning(this.shown.size > 0);
            resolve();
          },
        });
        void setRunning(true);
      }));
  }
}

async function setRunning(isRunning: boolean): Promise<void> {
  await vscode.commands.executeCommand("setContext", "foretype.refactoring", isRunning);
}
