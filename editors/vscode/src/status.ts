/** The item in the status bar: what foretype is doing, in one symbol and a tooltip. */
import * as vscode from "vscode";

/** What the server tells by `foretype/status`. */
export interface Status {
  readonly state: string;
  readonly provider?: string | null;
  readonly model?: string | null;
  readonly message?: string | null;
}

interface Look {
  readonly symbol: string;
  readonly sentence: string;
  /** What stands in the status bar, where it is more than the name. */
  readonly text?: string;
}

const LOOKS: Record<string, Look> = {
  starting: { symbol: "sync~spin", sentence: "The server is starting." },
  ready: { symbol: "sparkle", sentence: "Ready." },
  thinking: { symbol: "loading~spin", sentence: "The model is writing." },
  embedded: { symbol: "circuit-board", sentence: "The embedded engine answers; no model is set up." },
  off: { symbol: "circle-slash", sentence: "Suggestions are off here." },
  needs_key: { symbol: "key", sentence: "The provider needs a key.", text: "foretype: needs a key" },
  key_refused: { symbol: "key", sentence: "The provider does not accept the key.", text: "foretype: key refused" },
  refused: { symbol: "error", sentence: "The provider refuses to answer." },
  error: { symbol: "warning", sentence: "Something is wrong." },
  missing: { symbol: "error", sentence: "The server is not installed." },
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
    const { state } = this.status;
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
    const look = LOOKS[state] ?? { symbol: "sparkle", sentence: state };
    this.item.text = `$(${look.symbol}) ${look.text ?? "foretype"}`;
    const warns = isForTheUser(state) || ["error", "missing"].includes(state);
    this.item.backgroundColor = warns
      ? new vscode.ThemeColor("statusBarItem.warningBackground")
      : undefined;
    const lines = [
      `foretype: ${look.sentence}`,
      modelName(this.status),
      // The file is off here; what the server tells is of what is on.
      state === "off" && this.status.state !== "off" ? "" : (this.status.message ?? ""),
      this.today,
    ];
    const text = lines.filter((line) => line !== "").join("\n");
    this.item.tooltip = text;
    this.item.accessibilityInformation = { label: text };
  }
}

/** Whether a state is for the user to act upon. Faults that pass by themselves, such as an
 * overloaded provider, are for the status bar alone. */
export function isForTheUser(state: string): boolean {
  return needsKey(state) || state === "refused";
}

/** Whether another key is what is needed. */
export function needsKey(state: string): boolean {
  return ["needs_key", "key_refused"].includes(state);
}

/** The provider and the model in one line; empty where there is none. */
export function modelName(status: Status): string {
  return [status.provider, status.model].filter((word) => word != null && word !== "").join(" · ");
}
