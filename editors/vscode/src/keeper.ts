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
  /** Ends a server that is starting, and may never come up, whether it has a process yet or not. */
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
  private isWanted = false;
  /** Counts what was asked for: what comes later takes the place of what has not begun. */
  private request = 0;
  /** Waits no longer for the server that is starting. */
  private giveUp: (() => void) | undefined;
  private ends: number[] = [];
  private change: Promise<void> = Promise.resolve();

  constructor(private readonly around: Surroundings<S>, private readonly now = Date.now) {}

  start(): Promise<void> {
    const request = this.want(true);
    return this.inTurn(() => this.begin(request));
  }

  stop(): Promise<void> {
    this.want(false);
    this.giveUp?.();
    return this.inTurn(() => this.finish());
  }

  restart(): Promise<void> {
    const request = this.want(true);
    this.giveUp?.();
    return this.inTurn(async () => {
      await this.finish();
      await this.begin(request);
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
      const { request } = this;
      void this.inTurn(() => this.begin(request));
    }
  }

  private want(isWanted: boolean): number {
    this.isWanted = isWanted;
    this.ends = [];
    return ++this.request;
  }

  private inTurn(step: () => Promise<void>): Promise<void> {
    this.change = this.change.then(step, step);
    return this.change;
  }

  private async begin(request: number): Promise<void> {
    const isDue = () => request === this.request && this.isWanted && this.current === undefined;
    const server = isDue() ? await this.around.make() : undefined;
    if (server === undefined || !isDue()) {
      return;
    }
    this.current = server;
    await this.up(server);
    if (this.current === server) {
      await this.around.onStarted(server);
    }
  }

  /** Starts a server, and waits until it is up, has ended, or is given up. */
  private up(server: S): Promise<void> {
    return new Promise((resolve) => {
      let isGivenUp = false;
      const giveUp = () => {
        isGivenUp = true;
        this.giveUp = this.current = undefined;
        this.around.kill(server);
        resolve();
      };
      this.giveUp = giveUp;
      const settle = async (fault?: unknown) => {
        if (this.giveUp === giveUp) {
          this.giveUp = undefined;
        }
        if (fault !== undefined) {
          // Also where it was killed just now, which may be noticed by a failing write first.
          this.ended(server, fault);
        } else if (isGivenUp) {
          await this.end(server);
        }
        resolve();
      };
      server.start().then(() => settle(), (fault: unknown) => settle(fault ?? "no reason given"));
    });
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
