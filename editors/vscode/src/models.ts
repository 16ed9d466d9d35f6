/** Choosing the provider and the model, with what each costs. */
import * as vscode from "vscode";
import { factsOf, type Offered, sorted } from "./offered";
import { choicesOf } from "./settings";

/** Settings by their names below `foretype`; undefined takes a setting away. */
export type Changes = Readonly<Record<string, unknown>>;

interface Entry extends vscode.QuickPickItem {
  /** What to set; undefined where the user left. */
  readonly changes?: () => Changes | undefined | Promise<Changes | undefined>;
}

const TITLE = "foretype: provider and model";
const ONLY_EMBEDDED = { "completion.local": "only" };
const WITH_MODEL = { "completion.local": undefined };

/** Lets the user choose. Gives what to set; undefined where nothing was chosen. */
export async function chooseModel(
  offered: Offered | undefined, extension: vscode.Extension<unknown>,
): Promise<Changes | undefined> {
  const message = offered?.message ?? "";
  const picked = await vscode.window.showQuickPick(entries(offered, extension), {
    title: TITLE,
    placeHolder: message === "" ? "A model of this provider, or another provider" : message,
    matchOnDescription: true,
  });
  return picked?.changes?.();
}

function entries(offered: Offered | undefined, extension: vscode.Extension<unknown>): Entry[] {
  const models = offered === undefined ? [] : sorted(offered).map((model): Entry => ({
    label: model.id,
    description: factsOf(model, offered.model),
    changes: () => ({ model: model.id }),
  }));
  return [
    ...models,
    { label: "", kind: vscode.QuickPickItemKind.Separator },
    ...(offered === undefined || offered.model === "" ? [] : [{ label: "$(edit) Another model…", changes: typeModel }]),
    {
      label: "$(server) Another provider…",
      description: offered?.provider ?? "",
      changes: () => chooseProvider(extension),
    },
    {
      label: "$(circuit-board) No model",
      description: "the embedded engine alone, with which nothing leaves this machine",
      changes: () => ONLY_EMBEDDED,
    },
  ];
}

async function typeModel(): Promise<Changes | undefined> {
  const model = (await vscode.window.showInputBox({
    title: TITLE,
    prompt: "The model's id, as its provider spells it.",
  }))?.trim();
  return model === undefined || model === "" ? undefined : { model };
}

async function chooseProvider(extension: vscode.Extension<unknown>): Promise<Changes | undefined> {
  const choices = choicesOf(extension, "foretype.provider");
  const picked = await vscode.window.showQuickPick(
    choices.map(({ value, label }) => ({ label, value })),
    { title: TITLE },
  );
  if (picked === undefined) {
    return undefined;
  }
  const provider = picked.value === "" ? undefined : picked.value;
  // A model's id and an address belong to the provider that they were set for.
  const changes = { ...WITH_MODEL, provider, baseUrl: undefined, model: undefined };
  if (picked.value !== "custom") {
    return changes;
  }
  const baseUrl = await vscode.window.showInputBox({
    title: TITLE,
    prompt: "The endpoint's base URL.",
    placeHolder: "http://127.0.0.1:8080/v1",
    validateInput: (text) =>
      /^https?:\/\/[^\s/?#]+\S*$/.test(text.trim()) ? undefined : "A URL that begins with http:// or https://.",
  });
  return baseUrl === undefined ? undefined : { ...changes, baseUrl: baseUrl.trim() };
}
