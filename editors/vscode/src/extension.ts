/** What VS Code calls: the commands and what to listen to, each handed on to the session. */
import * as vscode from "vscode";
import { choose, rewrite } from "./refactor";
import { Session } from "./session";
import { needsRestart } from "./settings";
import { EDITOR_SETTING } from "./switches";

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
    command("audit", () => session.audit()),
    command("stats", () => session.stats()),
    command("toggle", () => session.switches.toggleEverywhere()),
    vscode.commands.registerCommand("foretype.ui.snooze", (told?: { minutes?: number }) =>
      session.snooze(told?.minutes)),
    command("setKey", () => session.setKey()),
    command("forgetKey", () => session.forgetKey()),
    command("model", () => session.chooseModel()),
    command("rewrite", () => session.withClient(rewrite)),
    command("refactor", () => session.withClient(choose)),
    command("cancelRefactoring", () => session.cancelRefactorings()),
    command("bringBack", () => session.bringBack()),
    command("nextEdit", () => session.nextEdit.accept()),
    command("dismissNextEdit", () => session.nextEdit.dismiss()),
    command("log", () => { session.log.show(); }),
    command("restart", () => session.restart()),
    command("settings", () => openSettings(`@ext:${context.extension.id}`)),
    command("walkthrough", () => session.walkthrough()),
    vscode.window.onDidChangeActiveTextEditor(() => { session.showSwitch(); }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => session.restart()),
    vscode.workspace.onDidOpenTextDocument((document) => session.tellSwitch([document])),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(EDITOR_SETTING)) {
        session.showSwitch();
        void session.tellSwitch();
      }
      if (session.isSetting || !change.affectsConfiguration("foretype")) {
        return undefined;
      }
      session.showSwitch();
      return needsRestart(change, context.extension) ? session.restart() : session.configurationChanged();
    }),
  );
  await session.start();
}

/** Opens the settings where all of them stand: the user's own page lacks those of a machine in a
 * window whose files are on another one. */
async function openSettings(query: string): Promise<void> {
  const isElsewhere = vscode.env.remoteName !== undefined;
  await vscode.commands.executeCommand(
    isElsewhere ? "workbench.action.openRemoteSettings" : "workbench.action.openSettings", { query });
}

export async function deactivate(): Promise<void> {
  await running?.stop();
}
