/** Whatever ends a server, and whenever: one runs while one is wanted, unless they end again and again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ENDS_WITHIN_MS, Keeper, MAX_ENDS, type Server } from "../src/keeper";

/** A server whose start is settled by the test. */
class Scripted implements Server {
  state: "new" | "starting" | "running" | "ended" = "new";
  private settle: { resolve: () => void; reject: (fault: Error) => void } | undefined;

  start(): Promise<void> {
    assert.equal(this.state, "new", "each is started once");
    this.state = "starting";
    return new Promise((resolve, reject) => { this.settle = { resolve, reject }; });
  }

  async stop(): Promise<void> {
    assert.equal(this.state, "running", "only what runs can be stopped");
    this.state = "ended";
    await Promise.resolve();
  }

  comesUp(): void {
    if (this.state === "starting") {
      this.state = "running";
      this.settle?.resolve();
    }
  }

  /** As when its process is killed. */
  dies(keeper: Keeper<Scripted>): void {
    const wasStarting = this.state === "starting";
    this.state = "ended";
    keeper.ended(this);
    if (wasStarting) {
      this.settle?.reject(new Error("closed"));
    }
  }
}

class Desk {
  readonly made: Scripted[] = [];
  readonly told: string[] = [];
  now = 0;
  readonly keeper = new Keeper<Scripted>({
    make: () => {
      const server = new Scripted();
      this.made.push(server);
      return Promise.resolve(server);
    },
    onStarted: () => { this.told.push("started"); return Promise.resolve(); },
    kill: (server) => { server.dies(this.keeper); },
    onStuck: () => { this.told.push("stuck"); },
    onEnded: (isGivenUp) => { this.told.push(isGivenUp ? "given up" : "ended"); },
  }, () => this.now);

  get last(): Scripted {
    return this.made.at(-1) ?? assert.fail("none was made");
  }

  alive(): Scripted[] {
    return this.made.filter((one) => one.state === "starting" || one.state === "running");
  }
}

/** The surroundings of servers of which none gets stuck, and none ends by itself. */
const UNTROUBLED = {
  onStarted: () => Promise.resolve(),
  kill: () => undefined,
  onStuck: () => assert.fail(),
  onEnded: () => assert.fail(),
};

/** Lets all that is due happen. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

async function up(): Promise<Desk> {
  const desk = new Desk();
  void desk.keeper.start();
  await settled();
  desk.last.comesUp();
  await settled();
  return desk;
}

test("another is started where one has ended, running or starting", async () => {
  const desk = await up();
  desk.last.dies(desk.keeper);
  await settled();
  assert.equal(desk.last.state, "starting");
  desk.last.dies(desk.keeper);
  await settled();
  desk.last.comesUp();
  await settled();
  assert.equal(desk.keeper.current, desk.last);
  assert.deepEqual(desk.told, ["started", "ended", "ended", "started"]);
});

test("given up where they end again and again, and started when asked to", async () => {
  const desk = await up();
  for (let n = 0; n < MAX_ENDS; n++) {
    desk.last.comesUp();
    await settled();
    desk.last.dies(desk.keeper);
    await settled();
  }
  assert.equal(desk.told.at(-1), "given up");
  assert.deepEqual([desk.made.length, desk.alive()], [MAX_ENDS, []]);
  void desk.keeper.restart();
  await settled();
  desk.last.dies(desk.keeper);
  await settled();
  assert.equal(desk.alive().length, 1);
});

test("not given up where they end now and then", async () => {
  const desk = await up();
  for (let n = 0; n < 3 * MAX_ENDS; n++) {
    desk.now += ENDS_WITHIN_MS / (MAX_ENDS - 1);
    desk.last.comesUp();
    await settled();
    desk.last.dies(desk.keeper);
    await settled();
  }
  assert.ok(!desk.told.includes("given up"));
});

test("none is started where it was stopped on purpose", async () => {
  const desk = await up();
  const first = desk.last;
  first.dies(desk.keeper);
  void desk.keeper.stop();
  await settled();
  assert.deepEqual(desk.alive(), []);
  desk.keeper.ended(first);
  await settled();
  assert.equal(desk.made.length, 1);
});

test("one that does not come up is given up for a new one, or for none", async () => {
  const desk = new Desk();
  void desk.keeper.start();
  await settled();
  const stuck = desk.last;
  void desk.keeper.restart();
  await settled();
  assert.deepEqual([stuck.state, desk.made.length, desk.last.state], ["ended", 2, "starting"]);
  desk.last.comesUp();
  await settled();
  assert.deepEqual([desk.keeper.current, desk.told], [desk.last, ["started"]]);
  void desk.keeper.restart();
  await settled();
  void desk.keeper.stop();
  await settled();
  assert.deepEqual([desk.made.length, desk.alive()], [3, []]);
});

test("what is asked for while one is made takes its place", async () => {
  const made: (() => void)[] = [];
  const started: number[] = [];
  const keeper = new Keeper<Server>({
    make: () => new Promise((resolve) => {
      const number = made.length + 1;
      const server = { start: () => { started.push(number); return new Promise<void>(() => undefined); },
        stop: () => Promise.resolve() };
      made.push(() => { resolve(server); });
    }),
    ...UNTROUBLED,
  });
  void keeper.start();
  await settled();
  void keeper.restart();
  void keeper.restart();
  made[0]?.();
  await settled();
  made[1]?.();
  await settled();
  assert.deepEqual([made.length, started], [2, [2]]);
  await keeper.stop();
  void keeper.start();
  await settled();
  const stopped = keeper.stop();
  made[2]?.();
  await stopped;
  assert.deepEqual([started, keeper.current], [[2], undefined]);
});

test("one that comes up after it was given up is stopped", async () => {
  const told: string[] = [];
  let comeUp = (): void => undefined;
  const keeper = new Keeper<Server>({
    make: () => {
      told.push("made");
      return Promise.resolve({
        start: () => new Promise((resolve) => { comeUp = resolve; }),
        stop: () => { told.push("stopped"); return Promise.resolve(); },
      });
    },
    ...UNTROUBLED,
  });
  void keeper.start();
  await settled();
  void keeper.restart();
  comeUp();
  await settled();
  assert.deepEqual(told, ["made", "stopped", "made"]);
});

test("one that cannot be started is tried some times, and told of", async () => {
  const told: string[] = [];
  const keeper = new Keeper<Server>({
    make: () => Promise.resolve({
      start: () => Promise.reject(new Error("no such program")), stop: () => Promise.resolve(),
    }),
    onStarted: () => Promise.resolve(),
    kill: () => { told.push("killed"); },
    onStuck: () => { told.push("stuck"); },
    onEnded: (isGivenUp, fault) => { told.push(`${isGivenUp ? "given up" : "ended"}: ${String(fault)}`); },
  });
  await keeper.start();
  await settled();
  assert.deepEqual([told.length, keeper.current], [MAX_ENDS, undefined]);
  assert.equal(told.at(-1), "given up: Error: no such program");
});

test("in whatever order it all happens, one runs in the end", async () => {
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let run = 0; run < 300; run++) {
    const desk = await up();
    const wish = { isWanted: true };
    for (let step = 0; step < 12; step++) {
      desk.now += ENDS_WITHIN_MS;
      const acts: (() => void)[] = [
        () => { desk.last.comesUp(); },
        () => { desk.alive()[0]?.dies(desk.keeper); },
        () => { wish.isWanted = false; void desk.keeper.stop(); },
        () => { wish.isWanted = true; void desk.keeper.restart(); },
      ];
      acts[random(acts.length)]?.();
      if (random(2) === 0) {
        await settled();
      }
      assert.ok(desk.alive().length <= 1, "never two at once");
    }
    for (let n = 0; n < 12; n++) {
      await settled();
      desk.last.comesUp();
    }
    await settled();
    assert.deepEqual(desk.alive().map((one) => one.state), wish.isWanted ? ["running"] : []);
    assert.equal(desk.keeper.current, desk.alive()[0]);
  }
});
