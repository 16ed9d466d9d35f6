/** How long to snooze, as the user picks or types it. */
import * as vscode from "vscode";

const MINUTES = [5, 15, 30, 60, 120];
/** The longest that the server takes: a day. */
const MAX_MINUTES = 24 * 60;

interface Pick extends vscode.QuickPickItem {
  /** Undefined where the user is to type it. */
  readonly minutes: number | undefined;
}

/** Gives minutes, 0 to end a snooze; undefined where the user chose nothing. */
export async function pickMinutes(until: number): Promise<number | undefined> {
  const picks: Pick[] = MINUTES.map((minutes) => ({ label: `${String(minutes)} minutes`, minutes }));
  picks.push({ label: "Another time…", minutes: undefined });
  if (until > 0) {
    picks.unshift({ label: "End the snooze", description: `until ${timeOf(until)}`, minutes: 0 });
  }
  const picked = await vscode.window.showQuickPick(picks, {
    title: "foretype",
    placeHolder: "Suggest nothing by itself for",
  });
  return picked === undefined || picked.minutes !== undefined ? picked?.minutes : await typeMinutes();
}

export function timeOf(moment: number): string {
  return new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

async function typeMinutes(): Promise<number | undefined> {
  const typed = await vscode.window.showInputBox({
    title: "foretype",
    prompt: "Minutes without suggestions",
    validateInput: (text) =>
      minutesOf(text) === undefined ? `A number of minutes, up to ${String(MAX_MINUTES)}.` : undefined,
  });
  return typed === undefined ? undefined : minutesOf(typed);
}

/** The minutes in a text; undefined where there is no such number in it. */
export function minutesOf(text: string): number | undefined {
  const minutes = /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : NaN;
  return minutes > 0 && minutes <= MAX_MINUTES ? minutes : undefined;
}
