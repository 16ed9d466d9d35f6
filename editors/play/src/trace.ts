// The side pane: the answer as it arrives, the stages, what each step made of it, what was sent.
import type { Json } from "./lsp";

export const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

export class TracePane {
  /** The text of the answer that is shown. */
  answer = "";
  /** Called when an answer has ended. */
  onEnded: () => void = () => undefined;
  private stream = 0;

  take(event: Json): void {
    if (event.kind === "asked") this.begin(event);
    if (event.stream !== this.stream) return;
    if (event.kind === "sent") this.showSent(event);
    if (event.kind === "chunk") this.add(event);
    if (event.kind === "ended") this.end(event);
  }

  showStages(lines: string[]): void {
    element("stages").replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  }

  showSteps(steps: { name: string; text: string }[], shown: string): void {
    const parts = [...steps, { name: "shown", text: shown }].flatMap(({ name, text }) => [
      Object.assign(document.createElement("h3"), { textContent: name }),
      Object.assign(document.createElement("pre"), { textContent: text || "(nothing)" }),
    ]);
    element("steps").replaceChildren(...parts);
  }

  private begin(event: Json): void {
    this.stream = event.stream;
    this.answer = "";
    element("answer").replaceChildren();
    element("answer-note").textContent = `asked ${event.model}…`;
  }

  private showSent(event: Json): void {
    element("sent").textContent = readable(event.body);
    element("sent-note").textContent = event.url;
  }

  private add(event: Json): void {
    if (!element("answer").childElementCount) {
      element("answer-note").textContent = `first token after ${Math.round(event.ms)} ms`;
    }
    for (const [text, kind] of [[event.reasoning, "token reasoning"], [event.text, "token"]]) {
      if (!text) continue;
      const token = Object.assign(document.createElement("span"), { className: kind, textContent: text });
      token.title = `${Math.round(event.ms)} ms`;
      element("answer").append(token);
    }
    this.answer += event.text;
  }

  private end(event: Json): void {
    const usage = event.usage ? `, ${event.usage.input} tokens in (${event.usage.cached} cached), ${event.usage.output} out` : "";
    const how = event.fault || (event.closed ? "closed: enough is there" : `ended: ${event.finish || "no reason given"}`);
    element("answer-note").textContent += ` · ${how} after ${Math.round(event.ms)} ms${usage}`;
    this.onEnded();
  }
}

// Messages read better as text than as one line of JSON.
function readable(body: Json): string {
  const { messages, input, ...rest } = body;
  const said = Array.isArray(messages ?? input) ? (messages ?? input) : [];
  const parts = said.map((message: Json) => `── ${message.role ?? message.type} ──\n${content(message.content)}`);
  return [...parts, JSON.stringify(rest, undefined, 2)].join("\n\n");
}

function content(value: Json): string {
  return Array.isArray(value) ? value.map((part) => part.text ?? "").join("") : String(value ?? "");
}
