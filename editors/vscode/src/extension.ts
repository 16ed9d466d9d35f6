/** The extension's life: find the server, start it, stop it, and what the commands do. */
import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, State } from "vscode-languageclient/node";
import { Ghost, type SuggestionReady } from "./ghost";
import { Key } from "./key";
import { showMenu } from "./menu";
import { COMMAND, completed, rewrite } from "./refactor";
import { findServer, type Start } from "./server";
import { answerConfiguration, needsRestart, userSettings } from "./settings";
import { isForTheUser, needsKey, type Status, StatusItem } from "./status";
import { Switches } from "./switches";

/** Buttons of messages. */
const LOG = "Log";
const SETTINGS = "Settings";
const SET_KEY = "Set the API Key";

let running: Session | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const session = new Session(context);
  running = session;
  const command = (name: string, run: () => unknown) =>
    vscode.commands.registerCommand(`foretype.ui.${name}`, run);
  context.subscriptions.push(
    session,
    command("menu", () => session.menu()),
    command("why", () => session.why()),
    command("toggle", () => session.switches.toggleEverywhere()),
    command("setKey", () => session.setKey()),
    command("forgetKey", () => session.forgetKey()),
    command("rewrite", () => session.withClient(rewrite)),
    command("refactor", () => vscode.commands.executeCommand("editor.action.refactor")),
    command("bringBack", () => session.bringBack()),
    command("log", () => { session.log.show(); }),
    command("restart", () => session.restart()),
    command("settings", () =>
      vscode.commands.executeCommand("workbench.action.openSettings", `@ext:${context.extension.id}`)),
    command("walkthrough", () =>
      vscode.commands.executeCommand("workbench.action.openWalkthrough", `${context.extension.id}#start`)),
    vscode.window.onDidChangeActiveTextEditor(() => { session.showSwitch(); }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => session.restart()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (!change.affectsConfiguration("foretype")) {
        return undefined;
      }
      session.showSwitch();
      return needsRestart(change, context.extension) ? session.restart() : session.configurationChanged();
    }),
  );
  await session.start();
}

export async function deactivate(): Promise<void> {
  await running?.stop();
}

class Session implements vscode.Disposable {
  readonly switches = new Switches();
  readonly log = vscode.window.createOutputChannel("foretype", { log: true });
  private readonly status = new StatusItem();
  private readonly key: Key;
  private client: LanguageClient | undefined;
  private readonly told = new Set<string>();
  private change: Promise<void> = Promise.resolve();

  constructor(private readonly context: vscode.ExtensionContext) {
    this.key = new Key(context.secrets);
  }

  /** Starts and stops come one after the other, however quickly they are asked for. */
  start(): Promise<void> {
    return this.inTurn(() => this.reallyStart());
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.reallyStop());
  }

  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.reallyStop();
      await this.reallyStart();
    });
  }

  dispose(): void {
    this.status.dispose();
    this.log.dispose();
  }

  showSwitch(): void {
    const document = vscode.window.activeTextEditor?.document;
    this.status.setOff(document === undefined ? !this.switches.everywhere() : !this.switches.isOn(document));
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
      toggleFile: (document) => {
        const enabled = this.switches.toggleFile(document);
        this.showSwitch();
        return this.ask("foretype.toggle", {
          scope: "file",
          uri: this.client?.code2ProtocolConverter.asUri(document.uri),
          enabled,
        });
      },
    });
  }

  async why(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    if (document !== undefined && !this.switches.isOn(document)) {
      await this.say("foretype is switched off here.");
      return;
    }
    await this.say(inWords(await this.ask("foretype.why")));
  }

  /** Goes back to where the last suggestion stood, where the file has it still, and asks again. */
  async bringBack(): Promise<void> {
    const client = this.client;
    const editor = vscode.window.activeTextEditor;
    const last = (await this.ask("foretype.lastSuggestion")) as LastSuggestion | null | undefined;
    if (client === undefined || editor === undefined || last == null) {
      await this.say("foretype: there is no suggestion to bring back.");
      return;
    }
    if (client.code2ProtocolConverter.asUri(editor.document.uri) === last.uri) {
      const place = client.protocol2CodeConverter.asPosition(last.position);
      editor.selection = new vscode.Selection(place, place);
    }
    await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
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
      await this.sayMissing();
      return;
    }
    await run(this.client);
  }

  private inTurn(step: () => Promise<void>): Promise<void> {
    this.change = this.change.then(step, step);
    return this.change;
  }

  private async reallyStart(): Promise<void> {
    this.told.clear();
    this.status.show({ state: "starting" });
    const start = await findServer({
      configured: vscode.workspace.getConfiguration("foretype").get<string[]>("server.command") ?? [],
      environment: process.env,
      workspaces: (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
      interpreter: pythonInterpreter,
      platform: process.platform,
    });
    if (start === undefined) {
      this.status.show({ state: "missing" });
      void this.sayMissing();
      return;
    }
    this.log.info(`starting ${start.command} ${start.args.join(" ")}`);
    const client = await this.makeClient(start);
    this.client = client;
    try {
      await client.start();
    } catch (fault) {
      this.log.error(`the server did not start: ${String(fault)}`);
      this.client = undefined;
      this.status.show({ state: "error", message: "The server did not start; the log tells why." });
      this.tellOnce("foretype: the server did not start; the log tells why.", LOG);
      return;
    }
    this.showSwitch();
    await setContext("foretype.running", true);
  }

  private async reallyStop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await setContext("foretype.running", false);
    try {
      await client?.stop();
    } catch (fault) {
      this.log.warn(`the server did not stop in time: ${String(fault)}`);
    }
  }

  private async makeClient(start: Start): Promise<LanguageClient> {
    const ghost = new Ghost(this.switches.isOn);
    const environment = { ...start.environment, ...(await this.key.environment()) };
    const options = userSettings(this.context.extension);
    const refactor = (options.refactor ?? {}) as Record<string, unknown>;
    const trusted = vscode.workspace.isTrusted && refactor.trusted !== false;
    const client = new LanguageClient(
      "foretype",
      "foretype",
      {
        command: start.command,
        args: [...start.args],
        options: { cwd: start.folder, env: environment },
      },
      {
        documentSelector: [
          { scheme: "file" },
          { scheme: "untitled" },
          { scheme: "vscode-notebook-cell" },
        ],
        initializationOptions: {
          ...options,
          refactor: { ...refactor, trusted },
          client: "vscode",
          notifyLate: true,
        },
        outputChannel: this.log,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        middleware: {
          workspace: {
            configuration: (params, token, next) =>
              answerConfiguration(params.items, this.context.extension) ?? next(params, token),
          },
          ...ghost.middleware,
          executeCommand: async (name, args: unknown[], next): Promise<unknown> => {
            if (name === "foretype.accepted") {
              void setContext("foretype.accepted", true);
            }
            const whole = name === COMMAND ? await completed(args) : args;
            return whole === undefined ? undefined : ((await next(name, whole)) as unknown);
          },
        },
      },
    );
    client.onNotification("foretype/status", (status: Status) => { this.onStatus(status); });
    client.onNotification("foretype/suggestionReady", (ready: SuggestionReady) =>
      ghost.onReady(client.protocol2CodeConverter.asUri(ready.uri), ready.version));
    client.onDidChangeState((change) => {
      if (change.newState === State.Stopped && this.client === client) {
        this.status.show({ state: "error", message: "The server has stopped; the log tells why." });
      }
    });
    return client;
  }

  private onStatus(status: Status): void {
    this.status.show(status);
    const message = status.message ?? "";
    if (message !== "" && isForTheUser(this.status.state)) {
      this.tellOnce(`foretype: ${message}`, needsKey(this.status.state) ? SET_KEY : SETTINGS, LOG);
    }
  }

  private tellOnce(message: string, ...buttons: string[]): void {
    if (this.told.has(message)) {
      return;
    }
    this.told.add(message);
    void vscode.window.showWarningMessage(message, ...buttons).then((button) => {
      if (button === LOG) {
        this.log.show();
      }
      if (button === SETTINGS) {
        return vscode.commands.executeCommand("foretype.ui.settings");
      }
      return button === SET_KEY ? this.setKey() : undefined;
    });
  }

  private async sayMissing(): Promise<void> {
    const button = await vscode.window.showWarningMessage(
      "foretype: the server is not installed. Run `pipx install .` in a clone of foretype, or name its place in the setting foretype.server.command.",
      "How to",
      "Look again",
    );
    if (button === "How to") {
      await vscode.commands.executeCommand("foretype.ui.walkthrough");
    } else if (button === "Look again") {
      await this.restart();
    }
  }

  private async say(message: string): Promise<void> {
    await vscode.window.showInformationMessage(message);
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

function inWords(answer: unknown): string {
  if (typeof answer === "string") {
    return answer;
  }
  const message = (answer as { message?: unknown } | null | undefined)?.message;
  return typeof message === "string" ? message : "Nothing was asked yet.";
}

async function setContext(name: string, value: boolean): Promise<void> {
  await vscode.commands.executeCommand("setContext", name, value);
}

/** The interpreter that the Python extension has chosen. Asked in a trusted workspace only. */
async function pythonInterpreter(): Promise<string | undefined> {
  if (!vscode.workspace.isTrusted) {
    return undefined;
  }
  const python = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (python === undefined) {
    return undefined;
  }
  const api = python.isActive ? python.exports : await python.activate();
  return api.environments?.getActiveEnvironmentPath().path;
}

/** The answer of `foretype.lastSuggestion`. */
interface LastSuggestion {
  readonly uri: string;
  readonly position: { readonly line: number; readonly character: number };
}

interface PythonApi {
  readonly environments?: { getActiveEnvironmentPath(): { readonly path: string } };
}
