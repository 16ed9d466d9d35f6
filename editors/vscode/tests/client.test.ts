/** The real language client with real processes, which are killed: another one is always started. */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import type { Extension, LogOutputChannel } from "vscode";
import { type LanguageClient, State } from "vscode-languageclient/node";
import { kill, makeClient } from "../src/client";
import { Keeper } from "../src/keeper";

/** A server that knows two requests, and takes its time. */
const SERVER = `
process.stdin.on("data", (data) => {
  for (const [, id] of String(data).matchAll(/"id":(\\d+),"method":"(?:initialize|shutdown)"/g)) {
    const answer = JSON.stringify({ jsonrpc: "2.0", id: Number(id), result: { capabilities: {} } });
    setTimeout(() => process.stdout.write("Content-Length: " + answer.length + "\\r\\n\\r\\n" + answer), 20);
  }
});
process.stdin.on("end", () => process.exit());
`;

const log = new Proxy({}, {
  get: () => () => ({ dispose: () => undefined }),
}) as unknown as LogOutputChannel;
const extension = { packageJSON: { contributes: { configuration: [] } } } as unknown as Extension<unknown>;

/** Keeps such servers running, of whose processes all are known. */
class Running {
  /** What the next one runs. */
  program = SERVER;
  readonly clients: LanguageClient[] = [];
  readonly ended: boolean[] = [];
  readonly keeper: Keeper<LanguageClient> = new Keeper<LanguageClient>({
    make: () => {
      const start = {
        command: process.execPath, args: ["-e", this.program], environment: process.env, folder: tmpdir(),
      };
      const client = makeClient(start, {
        extension, log, key: {}, isOn: () => true, onStatus: () => undefined,
        onNextEdit: () => undefined, onAccepted: () => undefined,
        onEnded: (one) => { this.keeper.ended(one); },
      });
      this.clients.push(client);
      return Promise.resolve(client);
    },
    onStarted: () => Promise.resolve(),
    kill: (client) => void kill(client),
    onStuck: (fault) => assert.fail(String(fault)),
    onEnded: (isGivenUp) => { this.ended.push(isGivenUp); },
  });

  /** Kills the server that was started last, once it has a process. */
  async kill(): Promise<void> {
    const client = this.clients.at(-1);
    await until(() => client?.serverProcess !== undefined);
    client?.serverProcess?.kill("SIGKILL");
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a server that is killed while it is written to has a successor", async () => {
  const running = new Running();
  await running.keeper.start();
  for (let n = 1; n <= 3; n++) {
    const client = running.keeper.current;
    await running.kill();
    for (let written = 0; written < 5; written++) {
      client?.sendNotification("test/nothing", {}).catch(() => undefined);
    }
    await until(() => running.clients.length > n && running.keeper.current?.isRunning() === true);
  }
  assert.deepEqual(running.ended, [false, false, false]);
  await running.keeper.stop();
});

test("a server that is killed while it starts has a successor", async () => {
  const running = new Running();
  void running.keeper.start();
  for (let n = 1; n <= 3; n++) {
    await until(() => running.clients.length === n);
    await running.kill();
  }
  await until(() => running.keeper.current?.isRunning() === true);
  assert.deepEqual([running.clients.length, running.ended], [4, [false, false, false]]);
  await running.keeper.stop();
});

test("a server that never comes up does not stand in the way of a restart, nor of a stop", async () => {
  const running = new Running();
  running.program = "process.stdin.resume()";
  for (let n = 1; n <= 2; n++) {
    void running.keeper.restart();
    await until(() => running.clients.at(n - 1)?.serverProcess !== undefined);
  }
  running.program = SERVER;
  await running.keeper.restart();
  assert.deepEqual([running.clients.length, running.keeper.current?.isRunning()], [3, true]);
  await running.keeper.stop();
  running.program = "process.stdin.resume()";
  void running.keeper.start();
  await until(() => running.clients.at(3)?.serverProcess !== undefined);
  await running.keeper.stop();
  assert.deepEqual([running.clients.length, running.keeper.current, running.ended], [4, undefined, []]);
});

test("a restart before there is a process waits for none that never comes up", async () => {
  const running = new Running();
  running.program = "process.stdin.resume()";
  void running.keeper.start();
  while (running.clients.length === 0) {
    await Promise.resolve();
  }
  const stuck = running.clients[0];
  assert.equal(stuck?.serverProcess, undefined);
  running.program = SERVER;
  await running.keeper.restart();
  assert.equal(running.keeper.current?.isRunning(), true);
  // Its process is ended once it is there.
  await until(() => stuck?.state !== State.Starting);
  await running.keeper.stop();
});
