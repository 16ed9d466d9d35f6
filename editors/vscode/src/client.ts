/** The client of the language server: what it is told at its start, and what we add to it. */
import * as vscode from "vscode";
import {
  CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, State,
} from "vscode-languageclient/node";
import { Ghost, type SuggestionReady } from "./ghost";
import { showLines } from "./lines";
import { choose, COMMAND, completed, MENU } from "./refactor";
import { RunningNotifications } from "./running";
import type { Start } from "./server";
import { answerConfiguration, userSettings } from "./settings";
import type { Status } from "./status";

/** The documents that the server is told of. */
export const DOCUMENTS = [{ scheme: "file" }, { scheme: "untitled" }, { scheme: "vscode-notebook-cell" }];

export interface Surroundings {
  readonly extension: vscode.Extension<unknown>;
  readonly log: vscode.LogOutputChannel;
  /** The key, as the server takes it from its environment; empty where none is kept. */
  readonly key: NodeJS.ProcessEnv;
  isOn(document: vscode.TextDocument): boolean;
  onStatus(status: Status): void;
  /** A next edit has come late. */
  onNextEdit(uri: vscode.Uri, version: number): void;
  /** A suggestion was accepted. */
  onAccepted(): void;
  /** The server has ended by itself. */
  onEnded(client: LanguageClient): void;
}

/** Leaves messages to the session, which starts another client where a server has ended. */
class SilentClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** A client that is not started yet. */
export function makeClient(start: Start, around: Surroundings): LanguageClient {
  const ghost = new Ghost((document) => around.isOn(document));
  const running = new RunningNotifications((token) =>
    client.sendNotification("window/workDoneProgress/cancel", { token }));
  const client: LanguageClient = new SilentClient(
    "foretype",
    "foretype",
    {
      command: start.command,
      args: [...start.args],
      options: { cwd: start.folder, env: { ...start.environment, ...around.key } },
    },
    {
      documentSelector: DOCUMENTS,
      initializationOptions: initializationOptions(around.extension),
      outputChannel: around.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // The client's own handlers stop it for good where something is written to a server that has
      // just ended, and start it anew while the last start has not failed yet.
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          around.onEnded(client);
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
      initializationFailedHandler: () => false,
      middleware: {
        workspace: {
          configuration: (params, token, next) =>
            answerConfiguration(params.items, around.extension) ?? next(params, token),
        },
        ...ghost.middleware,
        ...running.middleware,
        executeCommand: async (name, args: unknown[], next): Promise<unknown> => {
          if (name === "foretype.accepted") {
            around.onAccepted();
          }
          if (name === MENU) {
            return choose(client);
          }
          const whole = name === COMMAND ? await completed(args) : args;
          return whole === undefined ? undefined : ((await next(name, whole)) as unknown);
        },
      },
    },
  );
  let isNew = true;
  client.onDidChangeState((change) => {
    isNew ||= change.newState === State.Starting;
    if (change.newState === State.Stopped) {
      running.endAll();
    }
  });
  client.onNotification("foretype/status", async (status: Status) => {
    around.onStatus(status);
    if (isNew && ["ready", "embedded"].includes(status.state)) {
      isNew = false;
      await ghost.onStart();
    }
  });
  client.onNotification("foretype/document", (shown: { title: string; text: string }) => {
    showLines(shown.title, shown.text.split("\n"), true);
  });
  // The run was cancelled that VS Code shows the changes of, so that nobody waits for an answer.
  client.onNotification("foretype/previewEnded", async () => {
    await vscode.commands.executeCommand("refactorPreview.discard");
  });
  client.onNotification("foretype/suggestionReady", (ready: SuggestionReady) =>
    ghost.onReady(
      client.protocol2CodeConverter.asUri(ready.uri), ready.version, ready.replaces));
  client.onNotification("foretype/nextEditReady", (ready: { uri: string; version: number }) => {
    around.onNextEdit(client.protocol2CodeConverter.asUri(ready.uri), ready.version);
  });
  return client;
}

/** Ends the process of a client that is starting, as soon as there is one. */
export async function kill(client: LanguageClient): Promise<void> {
  while (client.serverProcess === undefined && client.state === State.Starting) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  client.serverProcess?.kill("SIGKILL");
}

function initializationOptions(extension: vscode.Extension<unknown>): Record<string, unknown> {
  const options = userSettings(extension);
  const refactor = (options.refactor ?? {}) as Record<string, unknown>;
  const trusted = vscode.workspace.isTrusted && refactor.trusted !== false;
  return { ...options, refactor: { ...refactor, trusted }, client: "vscode", notifyLate: true };
}
