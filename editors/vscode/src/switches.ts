/** Off and on: in a file (for this window), in a language, everywhere (both in the settings). */
import * as vscode from "vscode";

const ENABLED = "completion.enabled";
const TRIGGER = "completion.trigger";
const LANGUAGES_OFF = "completion.languagesOff";

export class Switches {
  private readonly files = new Set<string>();

  isOn = (document: vscode.TextDocument): boolean =>
    this.everywhere() &&
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

  /** Gives whether the file is on now. */
  toggleFile(document: vscode.TextDocument): boolean {
    const uri = document.uri.toString();
    if (!this.files.delete(uri)) {
      this.files.add(uri);
    }
    return !this.fileIsOff(document);
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
