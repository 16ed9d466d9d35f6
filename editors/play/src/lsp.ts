// A thin client of the Language Server Protocol over a WebSocket: one frame, one message.

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;
type Handler = (params: Json) => Json | Promise<Json>;

export class LanguageClient {
  onClosed: () => void = () => undefined;
  private readonly socket: WebSocket;
  private readonly waiting = new Map<number, { resolve: (value: Json) => void; reject: (fault: Error) => void }>();
  private readonly handlers = new Map<string, Handler>();
  private number = 0;

  private constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.onmessage = ({ data }) => void this.receive(JSON.parse(data as string));
    this.socket.onclose = () => {
      for (const { reject } of this.waiting.values()) reject(new Error("the server is gone"));
      this.waiting.clear();
      this.onClosed();
    };
  }

  static async connect(url: string): Promise<LanguageClient> {
    const client = new LanguageClient(url);
    await new Promise((resolve, reject) => {
      client.socket.onopen = resolve;
      client.socket.onerror = () => reject(new Error("the server cannot be reached"));
    });
    return client;
  }

  on(method: string, handler: Handler): void {
    this.handlers.set(method, handler);
  }

  request(method: string, params: Json, cancelled?: (cancel: () => void) => void): Promise<Json> {
    const id = ++this.number;
    cancelled?.(() => this.notify("$/cancelRequest", { id }));
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send({ id, method, params });
    });
  }

  notify(method: string, params: Json): void {
    this.send({ method, params });
  }

  close(): void {
    this.onClosed = () => undefined;
    this.socket.close();
  }

  private send(message: Json): void {
    if (this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
    }
  }

  private async receive(message: Json): Promise<void> {
    if (message.method === undefined) {
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.error) waiting?.reject(new Error(message.error.message));
      else waiting?.resolve(message.result);
      return;
    }
    const handler = this.handlers.get(message.method);
    if (message.id === undefined) {
      await handler?.(message.params);
    } else if (handler) {
      this.send({ id: message.id, result: (await handler(message.params)) ?? null });
    } else {
      this.send({ id: message.id, error: { code: -32601, message: `${message.method} is not known here` } });
    }
  }
}
