/** The API key, in VS Code's secret storage. The server gets it through its environment. */
import * as vscode from "vscode";

/**
 * The key of the endpoint that the settings name. Each has its own, so that none is sent to another
 * once the user changes the provider.
 */
export class Key {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  async environment(): Promise<NodeJS.ProcessEnv> {
    const key = await this.secrets.get(nameOfKey());
    return key === undefined ? {} : { FORETYPE_API_KEY: key };
  }

  async isKept(): Promise<boolean> {
    return (await this.secrets.get(nameOfKey())) !== undefined;
  }

  /** Ask for a key and keep it. Gives whether there is a new one. */
  async ask(): Promise<boolean> {
    const key = await vscode.window.showInputBox({
      title: "foretype: the provider's API key",
      prompt: "Kept in the secret storage of VS Code, never in the settings.",
      password: true,
      ignoreFocusOut: true,
      validateInput: (text) =>
        /^[\x21-\x7e]*$/.test(text.trim()) ? undefined : "A key has no blanks and no special signs.",
    });
    if (key === undefined || key.trim() === "") {
      return false;
    }
    await this.secrets.store(nameOfKey(), key.trim());
    return true;
  }

  async forget(): Promise<void> {
    await this.secrets.delete(nameOfKey());
  }
}

/** The name in the secret storage of the key for what is set now. */
function nameOfKey(): string {
  const settings = vscode.workspace.getConfiguration("foretype");
  const place = [settings.get<string>("provider"), originOf(settings.get<string>("baseUrl") ?? "")];
  return ["foretype.apiKey", ...place.filter((part) => part !== undefined && part !== "")].join(" ");
}

function originOf(url: string): string {
  try {
    return new URL(url).origin;
  } catch {
    return url;
  }
}
