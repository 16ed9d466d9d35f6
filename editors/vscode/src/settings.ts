/** The user's settings, as the server takes them, and what of them it must be started anew for. */
import * as vscode from "vscode";

/** One setting as `package.json` declares it. */
interface Declared {
  readonly scope?: string;
  readonly enum?: readonly string[];
  readonly enumItemLabels?: readonly string[];
}

/** A value that a setting may have, and what it is called. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** What a setting may be, in the order in which it is declared. */
export function choicesOf(extension: vscode.Extension<unknown>, name: string): Choice[] {
  const setting = declared(extension)[name];
  return (setting?.enum ?? []).map((value, index) => ({
    value,
    label: setting?.enumItemLabels?.[index] ?? value,
  }));
}

/** The settings of the extension itself, which are not for the server. */
const OURS = ["foretype.server.command"];

/**
 * What stands in the user's settings, nested, for `initializationOptions`. Values of a workspace
 * are left out: the server asks for the harmless ones itself.
 */
export function userSettings(extension: vscode.Extension<unknown>): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration();
  const options: Record<string, unknown> = {};
  for (const name of Object.keys(declared(extension))) {
    if (OURS.includes(name)) {
      continue;
    }
    const value: unknown = configuration.inspect(name)?.globalValue;
    if (value !== undefined) {
      put(options, name.split(".").slice(1), value);
    }
  }
  return options;
}

/**
 * The answer to the server's `workspace/configuration`: what somebody set, of the settings that a
 * workspace may hold. Defaults are left out, or they would come before the user's own file.
 * Undefined where something else is asked for.
 */
export function answerConfiguration(
  items: readonly { section?: string; scopeUri?: string }[],
  extension: vscode.Extension<unknown>,
): unknown[] | undefined {
  if (items.some((item) => item.section !== "foretype")) {
    return undefined;
  }
  return items.map((item) => {
    const scope = item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri);
    const configuration = vscode.workspace.getConfiguration(undefined, scope);
    const answer: Record<string, unknown> = {};
    for (const [name, setting] of Object.entries(declared(extension))) {
      const found = configuration.inspect(name);
      const value: unknown =
        found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
      if (value !== undefined && setting.scope !== "machine") {
        put(answer, name.split(".").slice(1), value);
      }
    }
    return answer;
  });
}

/** Whether a change of settings concerns what the server is told once, at its start. */
export function needsRestart(
  change: vscode.ConfigurationChangeEvent,
  extension: vscode.Extension<unknown>,
): boolean {
  return Object.entries(declared(extension)).some(
    ([name, setting]) => setting.scope === "machine" && change.affectsConfiguration(name),
  );
}

function declared(extension: vscode.Extension<unknown>): Record<string, Declared> {
  const manifest = extension.packageJSON as {
    contributes?: { configuration?: { properties?: Record<string, Declared> }[] };
  };
  const sections = manifest.contributes?.configuration ?? [];
  return Object.assign({}, ...sections.map((section) => section.properties ?? {})) as Record<
    string,
    Declared
  >;
}

function put(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path;
  if (first === undefined) {
    return;
  }
  if (rest.length === 0) {
    into[first] = value;
    return;
  }
  const inner = (into[first] ??= {}) as Record<string, unknown>;
  put(inner, rest, value);
}
