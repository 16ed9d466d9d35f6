/** Messages to the user: each in plain words, once, with buttons for what can be done about it. */
import * as vscode from "vscode";
import { isForTheUser, needsKey, type Status } from "./status";

/** Buttons of messages, by what they do. */
const BUTTONS = {
  Log: "foretype.ui.log",
  Settings: "foretype.ui.settings",
  "Set the API Key": "foretype.ui.setKey",
  "How to": "foretype.ui.walkthrough",
  "Look again": "foretype.ui.restart",
  "Start again": "foretype.ui.restart",
} as const;

type Button = keyof typeof BUTTONS;

export class Messages {
  private readonly told = new Set<string>();

  /** Whatever was told may be told again, as after a new start. */
  forget(): void {
    this.told.clear();
  }

  /** What the server says of its state, where that is for the user to mend. */
  state(status: Status): void {
    const message = status.message ?? "";
    if (message !== "" && isForTheUser(status.state)) {
      this.once(`foretype: ${message}`, needsKey(status.state) ? "Set the API Key" : "Settings", "Log");
    }
  }

  notStarted(): void {
    this.once("foretype: the server did not start; the log tells why.", "Log");
  }

  givenUp(): void {
    this.once(
      "foretype: the server has ended 5 times within 3 minutes, and is not started again; the log tells why.",
      "Log",
      "Start again",
    );
  }

  /** There is no server: by the command that the user has set, or anywhere. */
  missing(configured: readonly string[]): void {
    const [program] = configured;
    if (program === undefined) {
      void warn(
        "foretype: the server is not installed. Run `pipx install .` in a clone of foretype, or name its place in the setting foretype.server.command.",
        "How to",
        "Look again",
      );
    } else {
      void warn(
        `foretype: there is no program ${program}, named in the setting foretype.server.command.`,
        "Settings",
        "Look again",
      );
    }
  }

  private once(message: string, ...buttons: Button[]): void {
    if (!this.told.has(message)) {
      this.told.add(message);
      void warn(message, ...buttons);
    }
  }
}

/** Tells the user something; gives the button that was chosen. */
export async function say(message: string, ...buttons: string[]): Promise<string | undefined> {
  return vscode.window.showInformationMessage(message, ...buttons);
}

/** What the server answers in words. */
export function inWords(answer: unknown): string {
  if (typeof answer === "string") {
    return answer;
  }
  const message = (answer as { message?: unknown } | null | undefined)?.message;
  return typeof message === "string" ? message : "Nothing was asked yet.";
}

async function warn(message: string, ...buttons: Button[]): Promise<void> {
  const button = await vscode.window.showWarningMessage(message, ...buttons);
  if (button !== undefined) {
    await vscode.commands.executeCommand(BUTTONS[button]);
  }
}
