/** Keeps a server running: starts and stops one after the other, and another one for each that has
 * ended by itself, until that happens too often. */

/** A server that is started once, and not again once it has ended. */
export interface Server {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface Surroundings<S extends Server> {
  /** Makes a server that is not started yet; undefined where there is none. */
  make(): Promise<S | undefined>;
  onStarted(server: S): Promise<void>;
  /** Ends a server that is starting, and may never come up. */
  kill(server: S): void;
  /** It did not stop in time. */
  onStuck(fault: unknown): void;
  /** It has ended by itself, or did not start for a ``fault``, and another one is started unless this
   * was once too often. */
  onEnded(isGivenUp: boolean, fault?: unknown): void;
}

export const MAX_ENDS = 5;
/** The time in which so many servers may end, in milliseconds. */
export const ENDS_WITHIN_MS = 3 * 60_000;

export class Keeper<S extends Server> {
  /** The server that is starting or running. */
  current: S | undefined;
  private starting: S | undefined;
  private isWanted = false;
  private ends: number[] = [];
  private change: Promise<void> = Promise.resolve();

  constructor(private readonly around: Surroundings<S>, private readonly now = Date.now) {}

  start(): Promise<void> {
    this.want(true);
    return this.inTurn(() => this.begin());
  }

  stop(): Promise<void> {
    this.want(false);
    this.abandon();
    return this.inTurn(() => this.finish());
  }

  restart(): Promise<void> {
    this.want(true);
    this.abandon();
    return this.inTurn(async () => {
      await this.finish();
      await this.begin();
    });
  }

  /** A server has ended, whether it was starting or running. */
  ended(server: S, fault?: unknown): void {
    if (server !== this.current) {
      return;
    }
    this.current = undefined;
    const now = this.now();
    this.ends = [...this.ends.filter((end) => now - end < ENDS_WITHIN_MS), now];
    const isGivenUp = this.ends.length >= MAX_ENDS;
    this.around.onEnded(isGivenUp, fault);
    if (!isGivenUp) {
      void this.inTurn(() => this.begin());
    }
  }

  private want(isWanted: boolean): void {
    this.isWanted = isWanted;
    this.ends = [];
  }

  /** Nobody waits any longer for a server that is starting. */
  private abandon(): void {
    const server = this.starting;
    this.starting = undefined;
    if (server !== undefined && server === this.current) {
      this.current = undefined;
      this.around.kill(server);
    }
  }

  private inTurn(step: () => Promise<void>): Promise<void> {
    this.change = this.change.then(step, step);
    return this.change;
  }

  private async begin(): Promise<void> {
    if (!this.isWanted || this.current !== undefined) {
      return;
    }
    const server = await this.around.make();
    if (server === undefined) {
      return;
    }
    this.current = this.starting = server;
    try {
      await server.start();
    } catch (fault) {
      this.starting = undefined;
      // Also where it was killed just now, which may be noticed by a failing write first.
      this.ended(server, fault);
      return;
    }
    if (this.starting !== server) {
      await this.end(server);
      return;
    }
    this.starting = undefined;
    if (this.current === server) {
      await this.around.onStarted(server);
    }
  }

  private finish(): Promise<void> {
    const server = this.current;
    this.current = undefined;
    return this.end(server);
  }

  private async end(server: S | undefined): Promise<void> {
    try {
      await server?.stop();
    } catch (fault) {
      this.around.onStuck(fault);
    }
  }
}
