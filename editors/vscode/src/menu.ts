/** The menu behind the item in the status bar. */
import * as vscode from "vscode";
import { timeOf } from "./snooze";
import { modelName, type StatusItem } from "./status";
import type { Switches } from "./switches";

interface Entry extends vscode.QuickPickItem {
  readonly run?: () => unknown;
}

export interface Actions {
  readonly running: boolean;
  readonly hasKey: boolean;
  readonly today: string;
  snooze(minutes?: number): unknown;
  toggleFile(document: vscode.TextDocument): unknown;
}

export async function showMenu(status: StatusItem, switches: Switches, actions: Actions): Promise<void> {
  const picked = await vscode.window.showQuickPick(entries(status, switches, actions), {
    title: "foretype",
    placeHolder: status.current.message ?? "",
  });
  await picked?.run?.();
}

function entries(status: StatusItem, switches: Switches, actions: Actions): Entry[] {
  const command = (id: string) => () => vscode.commands.executeCommand(id);
  const list: Entry[] = [];
  if (!actions.running) {
    list.push(
      { label: "$(book) How to get the server", run: command("foretype.ui.walkthrough") },
      { label: "$(refresh) Look for the server again", run: command("foretype.ui.restart") },
      { label: "$(gear) Settings", run: command("foretype.ui.settings") },
      { label: "$(output) Log", run: command("foretype.ui.log") },
    );
    return list;
  }
  list.push(...switchEntries(switches, actions));
  list.push(
    { label: "", kind: vscode.QuickPickItemKind.Separator },
    { label: "$(question) Why did nothing appear?", run: command("foretype.ui.why") },
    { label: "$(history) Bring the last suggestion back", run: command("foretype.ui.bringBack") },
    { label: "$(edit) Rewrite with an instruction…", run: command("foretype.ui.rewrite") },
    { label: "", kind: vscode.QuickPickItemKind.Separator },
    {
      label: "$(server) Provider and model",
      description: modelName(status.current) || "the embedded engine",
      run: command("foretype.ui.model"),
    },
    {
      label: actions.hasKey ? "$(key) Change the API key…" : "$(key) Set the API key…",
      run: command("foretype.ui.setKey"),
    },
  );
  if (actions.hasKey) {
    list.push({ label: "$(trash) Forget the API key", run: command("foretype.ui.forgetKey") });
  }
  list.push(
    {
      label: "$(graph) Statistics",
      description: actions.today === "" ? "" : `today ${actions.today}`,
      run: command("foretype.ui.stats"),
    },
    { label: "$(gear) Settings", run: command("foretype.ui.settings") },
    { label: "$(output) Log", run: command("foretype.ui.log") },
    { label: "$(refresh) Restart the server", run: command("foretype.ui.restart") },
  );
  return list;
}

function switchEntries(switches: Switches, actions: Actions): Entry[] {
  if (!switches.everywhere()) {
    return [{ label: "$(play) Turn on everywhere", run: () => switches.toggleEverywhere() }];
  }
  const until = switches.snoozedUntil();
  if (until > 0) {
    return [
      { label: "$(play) End the snooze", description: `until ${timeOf(until)}`, run: () => actions.snooze(0) },
    ];
  }
  const document = vscode.window.activeTextEditor?.document;
  const list: Entry[] = [{ label: "$(bell-slash) Snooze…", run: () => actions.snooze() }];
  if (document !== undefined) {
    const language = document.languageId;
    list.push({
      label: switches.fileIsOff(document) ? "$(play) Turn on in this file" : "$(circle-slash) Turn off in this file",
      run: () => actions.toggleFile(document),
    });
    list.push({
      label: switches.languageIsOff(language) ? `$(play) Turn on in ${language}` : `$(circle-slash) Turn off in ${language}`,
      run: () => switches.toggleLanguage(language),
    });
  }
  list.push({ label: "$(circle-slash) Turn off everywhere", run: () => switches.toggleEverywhere() });
  return list;
}
