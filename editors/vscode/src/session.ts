/** The server's life, from finding it to stopping it, and what the commands do with it. */
import * as vscode from "vscode";
import { type LanguageClient, State } from "vscode-languageclient/node";
import { DOCUMENTS, kill, makeClient } from "./client";
import { Keeper } from "./keeper";
import { Key } from "./key";
import { showMenu } from "./menu";
import { type Changes, chooseModel } from "./models";
import { linesOf, showLines } from "./lines";
import { inWords, Messages, say } from "./messages";
import type { Offered } from "./offered";
import { NextEdit } from "./nextEdit";
import { pythonInterpreter } from "./python";
import { findServer, type Start } from "./server";
import { type Status, StatusItem } from "./status";
import { pickMinutes, timeOf } from "./snooze";
import { EDITOR_SETTING, editorIsOff, Switches } from "./switches";

/** The answer of `foretype.lastSuggestion`. */
interface LastSuggestion {
  readonly uri: string;
  readonly position: { readonly line: number; readonly character: number };
}

/** Milliseconds after which VS Code has registered the walkthrough, which it does up to 5 s after the
 * start. A step whose condition holds by then is never ticked. */
const WALKTHROUGH_MS = 10_000;

export class Session implements vscode.Disposable {
  readonly switches: Switches;
  readonly nextEdit: NextEdit;
  readonly log = vscode.window.createOutputChannel("foretype", { log: true });
  private readonly status = new StatusItem();
  private readonly key: Key;
  private readonly keeper: Keeper<LanguageClient>;
  private readonly messages = new Messages();
  /** The files that the server was told are off, by URI. */
  private readonly toldOff = new Set<string>();
  /** Settings are being changed here, several together. */
  isSetting = false;
  /** Ends the snooze in the status bar. */
  private wake: NodeJS.Timeout | undefined;

  /** Ticks the walkthrough's first step. */
  private tick: NodeJS.Timeout | undefined;

  constructor(private readonly context: vscode.ExtensionContext) {
    this.key = new Key(context.secrets);
    this.switches = new Switches(context.workspaceState, context.globalState);
    const icon = vscode.Uri.joinPath(context.extensionUri, "media", "next-edit.svg");
    this.keeper = new Keeper({
      make: () => this.make(),
      onStarted: () => this.onStarted(),
      kill: (client) => void kill(client),
      onStuck: (fault) => { this.log.warn(`the server did not stop in time: ${String(fault)}`); },
      onEnded: (isGivenUp, fault) => { this.onEnded(isGivenUp, fault); },
    });
    this.nextEdit = new NextEdit(() => this.client, this.switches.isOn, icon);
  }

  private get client(): LanguageClient | undefined {
    return this.keeper.current;
  }

  start(): Promise<void> {
    this.messages.forget();
    return this.keeper.start();
  }

  stop(): Promise<void> {
    return this.keeper.stop();
  }

  restart(): Promise<void> {
    this.messages.forget();
    return this.keeper.restart();
  }

  dispose(): void {
    clearTimeout(this.wake);
    clearTimeout(this.tick);
    this.nextEdit.dispose();
    this.status.dispose();
    this.log.dispose();
  }

  showSwitch(): void {
    const document = vscode.window.activeTextEditor?.document;
    const isOn = document === undefined ? this.switches.everywhere() : this.switches.isOn(document);
    this.status.setOff(!isOn || this.switches.snoozedUntil() > 0);
  }

  /** Snoozes for some minutes, or for as long as the user picks; 0 ends the snooze. */
  async snooze(minutes?: number): Promise<void> {
    const chosen = minutes ?? (await pickMinutes(this.switches.snoozedUntil()));
    if (chosen === undefined) {
      return;
    }
    await this.switches.snooze(chosen);
    await this.tellSnooze();
  }

  /** Tells the server of the snooze, and wakes up when it is over. */
  private async tellSnooze(): Promise<void> {
    clearTimeout(this.wake);
    const left = Math.max(0, this.switches.snoozedUntil() - Date.now());
    if (left > 0) {
      this.wake = setTimeout(() => { this.showSwitch(); }, left + 100);
    }
    this.showSwitch();
    if (this.client?.isRunning() === true) {
      await this.ask("foretype.snooze", { minutes: left / 60_000 });
    }
  }

  /** Tells the server where suggestions are off, so that it does nothing ahead of a request. */
  async tellSwitch(documents: readonly vscode.TextDocument[] = vscode.workspace.textDocuments): Promise<void> {
    const client = this.client;
    if (client?.isRunning() !== true) {
      return;
    }
    // All at once: what is typed next comes to the server behind them.
    await Promise.all(documents
      .filter((one) => vscode.languages.match(DOCUMENTS, one) > 0)
      .map((one) => this.tellOff(client.code2ProtocolConverter.asUri(one.uri), one)));
  }

  private async tellOff(uri: string, document: vscode.TextDocument): Promise<void> {
    const isOff = this.switches.fileIsOff(document) || editorIsOff(document);
    if (isOff === this.toldOff.has(uri)) {
      return;
    }
    this.toldOff[isOff ? "add" : "delete"](uri);
    try {
      await this.ask("foretype.toggle", { scope: "file", uri, enabled: !isOff });
    } catch (fault) {
      // A server that has ended is told anew once it runs again.
      this.log.warn(`the server was not told what is off: ${String(fault)}`);
    }
  }

  /** The server then asks for the settings itself. */
  async configurationChanged(): Promise<void> {
    await this.client?.sendNotification("workspace/didChangeConfiguration", { settings: null });
  }

  async menu(): Promise<void> {
    const today = await this.today();
    await showMenu(this.status, this.switches, {
      running: this.client !== undefined,
      hasKey: await this.key.isKept(),
      today,
      snooze: (minutes) => this.snooze(minutes),
      toggleFile: async (document) => {
        await this.switches.toggleFile(document);
        this.showSwitch();
        await this.tellSwitch([document]);
      },
    });
  }

  async why(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    if (document !== undefined && !this.switches.isOn(document)) {
      const until = this.switches.snoozedUntil();
      await say(
        until > 0
          ? `foretype is snoozed until ${timeOf(until)}.`
          : editorIsOff(document)
          ? `foretype is off here, because VS Code's inline suggestions are off (setting ${EDITOR_SETTING}).`
          : "foretype is switched off here.",
      );
      return;
    }
    const answer = await this.ask("foretype.why");
    const lines = linesOf(answer);
    const button = await say(inWords(answer), ...(lines.length > 1 ? ["Details"] : []));
    if (button !== undefined) {
      showLines("foretype: why", lines);
    }
  }

  /** Lets the user choose the provider and the model, and goes on with them. */
  async chooseModel(): Promise<void> {
    const offered = (await this.ask("foretype.models")) as Offered | null | undefined;
    const changes = await chooseModel(offered ?? undefined, this.context.extension);
    if (changes !== undefined) {
      await this.set(changes);
    }
  }

  /** Changes settings of the user's, and starts the server anew once all are changed. */
  private async set(changes: Changes): Promise<void> {
    this.isSetting = true;
    try {
      const settings = vscode.workspace.getConfiguration("foretype");
      for (const [name, value] of Object.entries(changes)) {
        await settings.update(name, value, vscode.ConfigurationTarget.Global);
      }
    } finally {
      this.isSetting = false;
    }
    await this.restart();
  }

  /** Shows exactly what a request at the cursor would send. */
  async audit(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const client = this.client;
    if (editor === undefined || client === undefined) {
      await say("foretype: open a file first.");
      return;
    }
    const answer = await this.ask("foretype.audit", {
      uri: client.code2ProtocolConverter.asUri(editor.document.uri),
      position: client.code2ProtocolConverter.asPosition(editor.selection.active),
    });
    const body = (answer as { body?: unknown } | null | undefined)?.body;
    showLines("foretype: what would be sent", [
      ...linesOf(answer),
      ...(typeof body === "string" ? ["", JSON.stringify(JSON.parse(body), null, 2)] : []),
    ]);
  }

  /** Shows what was suggested, accepted and spent in the last 30 days. */
  async stats(): Promise<void> {
    const answer = await this.ask("foretype.stats", { days: 30 });
    const lines = linesOf(answer);
    showLines("foretype: statistics", lines.length > 0 ? lines : [inWords(answer)]);
  }

  /** Goes back to where the last suggestion stood, where the file has it still, and asks again. */
  async bringBack(): Promise<void> {
    const client = this.client;
    const editor = vscode.window.activeTextEditor;
    const last = (await this.ask("foretype.lastSuggestion")) as LastSuggestion | null | undefined;
    if (client === undefined || editor === undefined || last == null) {
      await say("foretype: there is no suggestion to bring back.");
      return;
    }
    if (client.code2ProtocolConverter.asUri(editor.document.uri) === last.uri) {
      const place = client.protocol2CodeConverter.asPosition(last.position);
      editor.selection = new vscode.Selection(place, place);
    }
    await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
  }

  /** Ends what refactorings are running. */
  async cancelRefactorings(): Promise<void> {
    const answer = (await this.ask("foretype.cancel")) as { cancelled?: number } | null | undefined;
    if ((answer?.cancelled ?? 0) === 0) {
      await say("foretype: no refactoring is running.");
    }
  }

  async setKey(): Promise<void> {
    if (await this.key.ask()) {
      await this.restart();
    }
  }

  async forgetKey(): Promise<void> {
    await this.key.forget();
    await this.restart();
  }

  async withClient(run: (client: LanguageClient) => Promise<void>): Promise<void> {
    if (this.client === undefined) {
      this.messages.missing(configuredCommand());
      return;
    }
    await run(this.client);
  }

  private async make(): Promise<LanguageClient | undefined> {
    this.status.show({ state: "starting" });
    await setContext("foretype.running", false);
    const configured = configuredCommand();
    const start = await findServer({
      configured,
      environment: process.env,
      workspaces: (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
      interpreter: pythonInterpreter,
      platform: process.platform,
    });
    if (start === undefined) {
      this.status.show({ state: "missing" });
      this.messages.missing(configured);
      return undefined;
    }
    this.log.info(`starting ${start.command} ${start.args.join(" ")}`);
    return this.makeClient(start);
  }

  private async onStarted(): Promise<void> {
    this.showSwitch();
    await setContext("foretype.running", true);
    clearTimeout(this.tick);
    this.tick = setTimeout(() => void setContext("foretype.hasRun", true), WALKTHROUGH_MS);
  }

  private onEnded(isGivenUp: boolean, fault: unknown): void {
    const why = String(fault);
    const what = fault === undefined ? "has ended by itself" : `did not start: ${why}`;
    this.log.error(`the server ${what}${isGivenUp ? "" : "; it is started again"}`);
    const state = fault === undefined ? "has stopped" : "did not start";
    this.status.show({ state: "error", message: `The server ${state}; the log tells why.` });
    if (isGivenUp) {
      void setContext("foretype.running", false);
      this.messages[fault === undefined ? "givenUp" : "notStarted"]();
    }
  }

  /** Opens the walkthrough, whose first step is done where the server runs. */
  async walkthrough(): Promise<void> {
    await vscode.commands.executeCommand(
      "workbench.action.openWalkthrough", `${this.context.extension.id}#start`);
    await setContext("foretype.runsBesideWalkthrough", this.client?.isRunning() === true);
  }

  private async makeClient(start: Start): Promise<LanguageClient> {
    const client = makeClient(start, {
      extension: this.context.extension,
      log: this.log,
      key: await this.key.environment(),
      isOn: this.switches.isOn,
      onStatus: (status) => { this.onStatus(status); },
      onNextEdit: (uri, version) => { this.nextEdit.onReady(uri, version); },
      onAccepted: () => void setContext("foretype.accepted", true),
      onEnded: (ended) => { this.keeper.ended(ended); },
    });
    client.onDidChangeState((change) => {
      if (change.newState === State.Running && this.client === client) {
        this.toldOff.clear();
        void this.tellSwitch();
        if (this.switches.snoozedUntil() > 0) {
          void this.tellSnooze();
        }
      }
    });
    return client;
  }

  private onStatus(status: Status): void {
    this.status.show(status);
    this.messages.state({ ...status, state: this.status.state });
  }

  private async ask(command: string, ...args: unknown[]): Promise<unknown> {
    return this.client?.sendRequest("workspace/executeCommand", { command, arguments: args });
  }

  /** Today's use and cost, where the server keeps account of them. */
  private async today(): Promise<string> {
    try {
      const stats = (await this.ask("foretype.stats")) as { today?: unknown } | null | undefined;
      const text = typeof stats?.today === "string" ? stats.today : "";
      this.status.setToday(text);
      return text;
    } catch {
      // A server that keeps no account of it does not know the command.
      return "";
    }
  }
}

/** The user's own command; empty where there is none. */
function configuredCommand(): readonly string[] {
  return vscode.workspace.getConfiguration("foretype").get<string[]>("server.command") ?? [];
}

async function setContext(name: string, value: boolean): Promise<void> {
  await vscode.commands.executeCommand("setContext", name, value);
}
