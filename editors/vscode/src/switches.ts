/** Off and on: in a file (kept with the workspace), in a language, everywhere (both in the
 * settings), and everywhere for a while. */
import * as vscode from "vscode";

const ENABLED = "completion.enabled";
const TRIGGER = "completion.trigger";
const LANGUAGES_OFF = "completion.languagesOff";

const FILES_OFF = "filesOff";
const SNOOZED_UNTIL = "snoozedUntil";
/** Files that are remembered as off in one workspace; the oldest are forgotten. */
const MAX_FILES = 500;

export class Switches {
  private readonly files: Set<string>;

  constructor(
    private readonly workspace: vscode.Memento,
    private readonly user: vscode.Memento,
  ) {
    this.files = new Set(workspace.get<string[]>(FILES_OFF) ?? []);
  }

  isOn = (document: vscode.TextDocument): boolean =>
    this.everywhere() &&
    this.snoozedUntil() === 0 &&
    !this.languageIsOff(document.languageId) &&
    !this.fileIsOff(document) &&
    !editorIsOff(document);

  everywhere(): boolean {
    return (configuration().get<boolean>(ENABLED) ?? true) && !onRequest();
  }

  languageIsOff(language: string): boolean {
    return languagesOff().includes(language);
  }

  fileIsOff(document: vscode.TextDocument): boolean {
    return this.files.has(document.uri.toString());
  }

  async toggleFile(document: vscode.TextDocument): Promise<void> {
    const uri = document.uri.toString();
    if (!this.files.delete(uri)) {
      this.files.add(uri);
    }
    await this.workspace.update(FILES_OFF, [...this.files].slice(-MAX_FILES));
  }

  /** When the snooze ends, in milliseconds since 1970; 0 where there is none. */
  snoozedUntil(): number {
    const until = this.user.get<number>(SNOOZED_UNTIL) ?? 0;
    return until > Date.now() ? until : 0;
  }

  /** Snoozes for some minutes; 0 ends it. */
  async snooze(minutes: number): Promise<void> {
    await this.user.update(SNOOZED_UNTIL, minutes > 0 ? Date.now() + minutes * 60_000 : undefined);
  }

  async toggleLanguage(language: string): Promise<void> {
    const off = languagesOff();
    const now = off.includes(language) ? off.filter((one) => one !== language) : [...off, language];
    await update(LANGUAGES_OFF, now);
  }

  async toggleEverywhere(): Promise<void> {
    const on = !this.everywhere();
    await update(ENABLED, on);
    if (on && onRequest()) {
      await update(TRIGGER, "automatic");
    }
  }
}

/** VS Code's own setting for inline suggestions, which a language or a folder may have of its own. */
export const EDITOR_SETTING = "editor.inlineSuggest.enabled";

/** Whether VS Code itself asks nobody for inline suggestions in a document. */
export function editorIsOff(document: vscode.TextDocument): boolean {
  return vscode.workspace.getConfiguration(undefined, document).get<boolean>(EDITOR_SETTING) === false;
}

function configuration(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration("foretype");
}

/** Whether the user wants suggestions only where they ask for one. */
function onRequest(): boolean {
  return configuration().get<string>(TRIGGER) === "on_request";
}

function languagesOff(): string[] {
  return configuration().get<string[]>(LANGUAGES_OFF) ?? [];
}

/** Changes a setting where it is in force: in the workspace, where that has its own, or else for
 * the user. */
async function update(name: string, value: unknown): Promise<void> {
  const { Global, Workspace } = vscode.ConfigurationTarget;
  const isTheWorkspaces = configuration().inspect(name)?.workspaceValue !== undefined;
  await configuration().update(name, value, isTheWorkspaces ? Workspace : Global);
}
