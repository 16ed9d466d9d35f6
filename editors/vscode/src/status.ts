/** The item in the status bar: what foretype is doing, in one symbol and a tooltip. */
import * as vscode from "vscode";

/** What the server tells by `foretype/status`. */
export interface Status {
  readonly state: string;
  readonly provider?: string | null;
  readonly model?: string | null;
  readonly message?: string | null;
}

const SYMBOLS: Record<string, string> = {
  starting: "$(sync~spin)",
  ready: "$(sparkle)",
  thinking: "$(loading~spin)",
  embedded: "$(circuit-board)",
  off: "$(circle-slash)",
  needsKey: "$(key)",
  error: "$(warning)",
  missing: "$(error)",
};

const SENTENCES: Record<string, string> = {
  starting: "The server is starting.",
  ready: "Ready.",
  thinking: "The model is writing.",
  embedded: "The embedded engine answers; no model is set up.",
  off: "Suggestions are off here.",
  needsKey: "The provider needs a key.",
  error: "Something is wrong.",
  missing: "The server is not installed.",
};

export class StatusItem implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private status: Status = { state: "starting" };
  private off = false;
  private today = "";

  constructor() {
    this.item = vscode.window.createStatusBarItem("foretype", vscode.StatusBarAlignment.Right, 95);
    this.item.name = "foretype";
    this.item.command = "foretype.ui.menu";
    this.draw();
    this.item.show();
  }

  get current(): Status {
    return this.status;
  }

  get state(): string {
    const state = camelCase(this.status.state);
    return this.off && !["starting", "missing"].includes(state) ? "off" : state;
  }

  show(status: Status): void {
    this.status = status;
    this.draw();
  }

  /** Whether suggestions are off in the file that is looked at. */
  setOff(off: boolean): void {
    this.off = off;
    this.draw();
  }

  /** Today's use and cost, in words; empty where nothing is known of it. */
  setToday(today: string): void {
    this.today = today;
    this.draw();
  }

  dispose(): void {
    this.item.dispose();
  }

  private draw(): void {
    const state = this.state;
    this.item.text = `${SYMBOLS[state] ?? "$(sparkle)"} foretype`;
    const warns = ["needsKey", "error", "missing"].includes(state);
    this.item.backgroundColor = warns
      ? new vscode.ThemeColor("statusBarItem.warningBackground")
      : undefined;
    const sentence = SENTENCES[state] ?? state;
    const lines = [
      `foretype: ${sentence}`,
      modelName(this.status),
      state === "off" ? "" : (this.status.message ?? ""),
      this.today,
    ];
    const text = lines.filter((line) => line !== "").join("\n");
    this.item.tooltip = text;
    this.item.accessibilityInformation = { label: text };
  }
}

/** The provider and the model in one line; empty where there is none. */
export function modelName(status: Status): string {
  return [status.provider, status.model].filter((word) => word != null && word !== "").join(" · ");
}

function camelCase(state: string): string {
  return state.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
