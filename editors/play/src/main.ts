// The page of `foretype play`: Monaco, our language server behind a WebSocket, and a side pane.
import { LanguageClient, type Json } from "./lsp";
import { monaco } from "./monaco";
import { TracePane, element } from "./trace";

const LINES_OF_ANSWER_MS = 250;
const NEXT_EDIT_MS = 700;
const PAUSE_MS = 300;

self.MonacoEnvironment = { getWorker: () => new Worker("worker.js") };

const dark = matchMedia("(prefers-color-scheme: dark)");
const theme = () => (dark.matches ? "vs-dark" : "vs");
dark.addEventListener("change", () => monaco.editor.setTheme(theme()));

const editor = monaco.editor.create(element("editor"), {
  model: null,
  theme: theme(),
  automaticLayout: true,
  minimap: { enabled: false },
  fontSize: 13,
  inlineSuggest: { enabled: true, showToolbar: "onHover" },
  quickSuggestions: false,
  ariaLabel: "Code",
});
const pane = new TracePane();
let client: LanguageClient | undefined;
let nConnections = 0;
let project: Json;
let version = 1;
let changedAt = 0;
let shownFile = "";

const uriOf = () => editor.getModel()!.uri.toString();
const documentId = () => ({ uri: uriOf() });
const toLsp = ({ lineNumber, column }: { lineNumber: number; column: number }) => ({ line: lineNumber - 1, character: column - 1 });
const rangeToLsp = (range: { startLineNumber: number; startColumn: number; endLineNumber: number; endColumn: number }) => ({
  start: { line: range.startLineNumber - 1, character: range.startColumn - 1 },
  end: { line: range.endLineNumber - 1, character: range.endColumn - 1 },
});
const rangeFromLsp = ({ start, end }: Json) => new monaco.Range(start.line + 1, start.character + 1, end.line + 1, end.character + 1);

// --- the server ---------------------------------------------------------------------------------

async function connect(): Promise<void> {
  const number = ++nConnections;
  client?.close();
  client = undefined;
  status("connecting…");
  const url = new URL("lsp", location.href.replace(/^http/, "ws"));
  url.searchParams.set("provider", element<HTMLSelectElement>("provider").value);
  url.searchParams.set("model", element<HTMLInputElement>("model").value.trim());
  const made = await LanguageClient.connect(url.href);
  made.onClosed = () => status("The server is gone. Start `foretype play` again, and reload this page.");
  made.on("foretype/status", ({ state, provider, model, message }) => status([state, provider, model, message].filter(Boolean).join(" · ")));
  made.on("foretype/trace", (event) => pane.take(event));
  made.on("foretype/suggestionReady", () => editor.trigger("late", "editor.action.inlineSuggest.trigger", {}));
  made.on("window/showMessage", ({ message }) => status(message));
  made.on("window/showMessageRequest", ask);
  made.on("window/workDoneProgress/create", () => null);
  made.on("$/progress", ({ value }) => value?.message && status(value.message));
  made.on("workspace/applyEdit", ({ label, edit }) => review(label ?? "Change", edit));
  made.on("workspace/configuration", ({ items }) => items.map(() => null));
  made.on("client/registerCapability", () => null);
  await made.request("initialize", {
    processId: null,
    clientInfo: { name: "foretype play" },
    rootUri: project.root,
    workspaceFolders: [{ uri: project.root, name: project.name }],
    initializationOptions: { client: "play" },
    capabilities: {
      general: { positionEncodings: ["utf-16"] },
      textDocument: { inlineCompletion: {}, codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ["", "quickfix", "refactor"] } } } },
      workspace: { applyEdit: true, workspaceEdit: { documentChanges: true } },
      window: { workDoneProgress: true, showMessage: { messageActionItem: {} } },
    },
  });
  // Another provider was chosen meanwhile.
  if (number !== nConnections) return made.close();
  made.notify("initialized", {});
  client = made;
  if (editor.getModel()) announce();
}

function announce(): void {
  const model = editor.getModel()!;
  client?.notify("textDocument/didOpen", {
    textDocument: { uri: uriOf(), languageId: model.getLanguageId(), version, text: model.getValue() },
  });
}

function status(text: string): void {
  element("status").textContent = text;
}

function ask({ message, actions }: Json): Promise<Json> {
  const dialog = element<HTMLDialogElement>("question");
  element("question-text").textContent = message;
  const buttons = (actions ?? []).map(({ title }: Json) => Object.assign(document.createElement("button"), { textContent: title, value: title }));
  element("question-buttons").replaceChildren(...buttons);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      const chosen = (actions ?? []).find(({ title }: Json) => title === dialog.returnValue);
      dialog.returnValue = "";
      resolve(chosen ?? null);
    };
  });
}

// --- ghost text ---------------------------------------------------------------------------------

monaco.languages.registerInlineCompletionsProvider("*", {
  async provideInlineCompletions(model, position, context, token) {
    const answer = await client
      ?.request(
        "textDocument/inlineCompletion",
        {
          textDocument: { uri: model.uri.toString() },
          position: toLsp(position),
          context: { triggerKind: context.triggerKind === 1 ? 1 : 2 },
        },
        (cancel) => token.onCancellationRequested(cancel),
      )
      .catch(() => undefined);
    const items = answer?.items ?? answer ?? [];
    setTimeout(() => void explain(position), LINES_OF_ANSWER_MS);
    return {
      items: items.map(({ insertText, range, command }: Json) => ({
        insertText,
        range: range && rangeFromLsp(range),
        command: command && { id: command.command, title: command.title, arguments: command.arguments },
      })),
    };
  },
  disposeInlineCompletions() {},
});

for (const command of ["foretype.accepted", "foretype.refactor", "foretype.nextEdit", "foretype.refactor.menu"]) {
  monaco.editor.registerCommand(command, (_, ...args) => {
    takesFocus = true;
    return execute(command, args);
  });
}

function execute(command: string, args: Json[]): Promise<Json> | undefined {
  return client?.request("workspace/executeCommand", { command, arguments: args }).catch((fault: Error) => status(fault.message));
}

async function explain(position: { lineNumber: number; column: number }): Promise<void> {
  const why = await execute("foretype.why", [{ uri: uriOf(), position: toLsp(position), quiet: true }]);
  if (why) pane.showStages(why.lines);
}

pane.onEnded = () => void showSteps();
async function showSteps(): Promise<void> {
  const position = editor.getPosition();
  if (!pane.answer || !position) return;
  const made = await client
    ?.request("foretype/steps", { textDocument: documentId(), position: toLsp(position), text: pane.answer })
    .catch(() => undefined);
  if (made) pane.showSteps(made.steps, made.shown);
}

// --- refactorings and next edits ----------------------------------------------------------------

monaco.languages.registerCodeActionProvider("*", {
  async provideCodeActions(model, range) {
    const found = await client
      ?.request("textDocument/codeAction", {
        textDocument: { uri: model.uri.toString() },
        range: rangeToLsp(range),
        context: { diagnostics: [] },
      })
      .catch(() => undefined);
    const actions = (found ?? []).map(({ title, kind, command }: Json) => ({
      title,
      kind,
      command: command && { id: command.command, title, arguments: command.arguments },
    }));
    return { actions, dispose() {} };
  },
});
element("refactor").onclick = () => {
  editor.focus();
  editor.trigger("button", "editor.action.quickFix", {});
};

let diff: ReturnType<typeof monaco.editor.createDiffEditor> | undefined;
let discard: (() => void) | undefined;
// Not where the text was typed in meanwhile and the change is shown anew: the next key belongs to the text.
let takesFocus = true;

// What is refused is placed and shown anew: not while keys go on that would cross it.
async function afterTyping(): Promise<void> {
  for (let left; (left = changedAt + PAUSE_MS - performance.now()) > 0; ) await new Promise((done) => setTimeout(done, left));
}

// Show a change beside the text as it is; it is applied only if the user says so.
async function review(label: string, edit: Json): Promise<Json> {
  await afterTyping();
  const edits = edit.documentChanges?.filter((change: Json) => change.textDocument) ?? Object.entries(edit.changes ?? {}).map(([uri, list]) => ({ textDocument: { uri }, edits: list }));
  const here = edits.find((change: Json) => change.textDocument.uri === uriOf());
  if (edits.length !== 1 || !here) return { applied: false, failureReason: "only the open file can be changed here" };
  if ((here.textDocument.version ?? version) !== version) return { applied: false, failureReason: "the text has changed since" };
  discard?.();
  const model = editor.getModel()!;
  const changed = monaco.editor.createModel(model.getValue(), model.getLanguageId());
  const operations = here.edits.map(({ range, newText }: Json) => ({ range: rangeFromLsp(range), text: newText }));
  changed.applyEdits(operations);
  element("change").hidden = false;
  element("change-title").textContent = label;
  diff ??= monaco.editor.createDiffEditor(element("diff"), { theme: theme(), automaticLayout: true, readOnly: true, renderSideBySide: false });
  diff.setModel({ original: monaco.editor.createModel(model.getValue(), model.getLanguageId()), modified: changed });
  if (takesFocus) element("apply").focus();
  return new Promise((resolve) => {
    const finish = (applied: boolean) => {
      discard = undefined;
      if (applied) editor.executeEdits("refactor", operations);
      const models = diff!.getModel();
      diff!.setModel(null);
      models?.original.dispose();
      models?.modified.dispose();
      element("change").hidden = true;
      editor.focus();
      if (applied) resolve({ applied });
      else void afterTyping().then(() => resolve({ applied }));
    };
    element("apply").onclick = () => finish(true);
    element("discard").onclick = discard = () => finish(false);
  });
}

let nextEdit: Json;
let nextTimer = 0;

async function askForNextEdit(): Promise<void> {
  const position = editor.getPosition();
  const [asked, file] = [version, shownFile];
  const answer = position && (await client?.request("foretype/nextEdit", { textDocument: { uri: uriOf(), version }, position: toLsp(position) }).catch(() => undefined));
  if (asked === version && file === shownFile) showNextEdit(answer?.edits?.[0]);
}

function showNextEdit(edit: Json): void {
  nextEdit = edit;
  element("next-apply").hidden = !nextEdit;
  element("next").textContent = nextEdit ? `${nextEdit.label ?? "Change"} (line ${nextEdit.range.start.line + 1})` : "None.";
}
element("next-apply").onclick = () => {
  if (!nextEdit) return;
  const { range, text, newText } = nextEdit;
  editor.executeEdits("next edit", [{ range: rangeFromLsp(range), text: text ?? newText }]);
  editor.revealLineInCenterIfOutsideViewport(range.start.line + 1);
  editor.focus();
};

// --- files --------------------------------------------------------------------------------------

editor.addAction({ id: "foretype.ask", label: "foretype: Ask for a suggestion", keybindings: [monaco.KeyMod.Alt | monaco.KeyCode.Backslash], run: () => editor.trigger("key", "editor.action.inlineSuggest.trigger", {}) });

editor.onDidChangeModelContent(({ changes }) => {
  version += 1;
  changedAt = performance.now();
  client?.notify("textDocument/didChange", {
    textDocument: { uri: uriOf(), version },
    contentChanges: changes.map(({ range, text }) => ({ range: rangeToLsp(range), text })),
  });
  forgetEdits();
  nextTimer = window.setTimeout(() => void askForNextEdit(), NEXT_EDIT_MS);
});

// What was offered for a text does not fit another one.
function forgetEdits(): void {
  if (discard) takesFocus = false;
  discard?.();
  showNextEdit(undefined);
  clearTimeout(nextTimer);
}

async function open(path: string): Promise<void> {
  const found = path ? await fetch(`file?path=${encodeURIComponent(path)}`) : undefined;
  if (found && !found.ok) return status(await found.text());
  const { text, language } = found ? await found.json() : { text: "", language: "python" };
  const old = editor.getModel();
  if (old) client?.notify("textDocument/didClose", { textDocument: documentId() });
  const uri = path ? `${project.root}/${path.split("/").map(encodeURIComponent).join("/")}` : "untitled:scratch.py";
  const model = monaco.editor.createModel(text, language || undefined, monaco.Uri.parse(uri, true));
  forgetEdits();
  editor.setModel(model);
  old?.dispose();
  version = 1;
  shownFile = path;
  announce();
  editor.focus();
}

async function start(): Promise<void> {
  project = await (await fetch("project")).json();
  document.title = `foretype play: ${project.name}`;
  const option = (value: string, text: string) => new Option(text, value);
  element<HTMLSelectElement>("file").replaceChildren(option("", "(an empty one)"), ...project.files.map((path: string) => option(path, path)));
  element<HTMLSelectElement>("provider").replaceChildren(...project.providers.map(({ slug, title, model }: Json) => option(slug, model ? `${title}, ${model}` : title)));
  element<HTMLSelectElement>("file").value = project.current ?? "";
  await connect();
  await open(project.current ?? "");
  element<HTMLSelectElement>("file").onchange = ({ target }) => void open((target as HTMLSelectElement).value).then(() => (element<HTMLSelectElement>("file").value = shownFile));
  element("provider").onchange = element("model").onchange = () => void connect().catch((fault: Error) => status(fault.message));
}

start().catch((fault: Error) => status(fault.message));
