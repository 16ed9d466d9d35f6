/** Refactorings: the standard code actions, and the box for an instruction of one's own. */
import * as vscode from "vscode";
import type { CodeAction, CodeActionParams, LanguageClient } from "vscode-languageclient/node";

export const COMMAND = "foretype.refactor";
export const MENU = "foretype.refactor.menu";

/** What the server offers as refactorings, each of a kind below one of these. */
const KINDS = ["quickfix", "refactor", "source"];

/** The argument of `foretype.refactor`; what else stands in it is the server's own affair. */
interface Argument {
  readonly needsInstruction?: boolean;
}

export async function askForInstruction(): Promise<string | undefined> {
  const instruction = await vscode.window.showInputBox({
    title: "foretype: rewrite the selection, or the function around the cursor",
    prompt: "Say what to change.",
    placeHolder: "use a dataclass, and say what each field means",
    ignoreFocusOut: true,
  });
  const words = instruction?.trim();
  return words === "" ? undefined : words;
}

/** Puts the user's instruction into the arguments of an action that needs one. Undefined where
 * the user left the box. */
export async function completed(args: unknown[]): Promise<unknown[] | undefined> {
  const [first, ...rest] = args as [Argument | undefined, ...unknown[]];
  if (first?.needsInstruction !== true) {
    return args;
  }
  const instruction = await askForInstruction();
  return instruction === undefined
    ? undefined
    : [{ ...first, needsInstruction: false, instruction }, ...rest];
}

/** "Rewrite with an instruction…" for the selection of the editor that is looked at. */
export async function rewrite(client: LanguageClient): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return;
  }
  const document = editor.document;
  const range = client.code2ProtocolConverter.asRange(editor.selection);
  const instruction = await askForInstruction();
  if (instruction === undefined) {
    return;
  }
  const argument = {
    action: "instruct",
    uri: client.code2ProtocolConverter.asUri(document.uri),
    version: document.version,
    range,
    instruction,
  };
  await client.sendRequest("workspace/executeCommand", { command: COMMAND, arguments: [argument] });
}

/** Lets the user choose among all refactorings for the selection, those that lack something last. */
export async function choose(client: LanguageClient): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return;
  }
  const { document, selection } = editor;
  const picked = await vscode.window.showQuickPick(entries(client, document, selection), {
    title: "foretype: refactor the selection, or what is around the cursor",
    matchOnDescription: true,
  });
  const args = picked?.action.disabled === undefined
    ? await completed(picked?.action.command?.arguments ?? [])
    : undefined;
  if (args !== undefined && args.length > 0) {
    await client.sendRequest("workspace/executeCommand", { command: COMMAND, arguments: args });
  }
}

interface Entry extends vscode.QuickPickItem {
  readonly action: CodeAction;
}

async function entries(
  client: LanguageClient, document: vscode.TextDocument, selection: vscode.Selection,
): Promise<Entry[]> {
  const diagnostics = vscode.languages.getDiagnostics(document.uri)
    .filter((one) => one.range.intersection(selection) !== undefined);
  const params: CodeActionParams = {
    textDocument: { uri: client.code2ProtocolConverter.asUri(document.uri) },
    range: client.code2ProtocolConverter.asRange(selection),
    context: { only: KINDS, diagnostics: await client.code2ProtocolConverter.asDiagnostics(diagnostics) },
  };
  const found = await client.sendRequest<CodeAction[] | null>("textDocument/codeAction", params);
  const list = (found ?? []).map((action) => ({
    label: action.title.replace(/^foretype: (.)/, (_, first: string) => first.toUpperCase()),
    description: action.disabled?.reason ?? "",
    action,
  }));
  return [...list.filter((one) => one.description === ""), ...list.filter((one) => one.description !== "")];
}
