/** Where the server is looked for, in folders of the test's own, and what it is started with. */
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { configFolders, findServer, type Surroundings } from "../src/server";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "foretype-test-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function program(...path: string[]): Promise<string> {
  const file = join(folder, ...path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, "#!/bin/sh\n");
  await chmod(file, 0o755);
  return file;
}

function around(changes: Partial<Surroundings>): Surroundings {
  return {
    configured: [],
    environment: { XDG_CONFIG_HOME: join(folder, "config"), PATH: "" },
    workspaces: [join(folder, "work")],
    interpreter: () => Promise.resolve(undefined),
    platform: "linux",
    ...changes,
  };
}

const pathOf = (...folders: string[]) => ({
  XDG_CONFIG_HOME: join(folder, "config"),
  PATH: folders.join(":"),
});

test("the configuration is where platformdirs has it, on each system", () => {
  const home = homedir();
  const folders = (platform: NodeJS.Platform, environment: NodeJS.ProcessEnv) =>
    configFolders({ platform, environment });
  assert.deepEqual(folders("linux", {}), [join(home, ".config", "foretype")]);
  assert.deepEqual(folders("linux", { XDG_CONFIG_HOME: "/xdg" }), [
    "/xdg/foretype",
    join(home, ".config", "foretype"),
  ]);
  assert.deepEqual(folders("linux", { XDG_CONFIG_HOME: "relative" }), [
    join(home, ".config", "foretype"),
  ]);
  const ofTheMac = join(home, "Library", "Application Support", "foretype");
  assert.deepEqual(folders("darwin", {}), [ofTheMac]);
  assert.deepEqual(folders("darwin", { XDG_CONFIG_HOME: "/xdg" }), ["/xdg/foretype", ofTheMac]);
  // XDG says nothing on Windows, where AppData holds two places.
  const windows = { LOCALAPPDATA: "/c/Local", APPDATA: "/c/Roaming", XDG_CONFIG_HOME: "/xdg" };
  assert.deepEqual(folders("win32", windows), [join("/c/Local", "foretype")]);
  assert.deepEqual(folders("win32", {}), [join(home, "AppData", "Local", "foretype")]);
});

test("the user's own command comes first, and nothing else where it is not there", async () => {
  const mine = await program("mine");
  const other = await program("bin", "foretype");
  const environment = pathOf(join(other, ".."));
  const found = await findServer(around({ configured: [mine, "--verbose"], environment }));
  assert.deepEqual([found?.command, found?.args], [mine, ["--verbose", "--stdio"]]);
  const gone = await findServer(around({ configured: [`${mine}-gone`], environment }));
  assert.equal(gone, undefined);
});

test("what setup wrote down comes before the path; a broken note is passed over", async () => {
  const noted = await program("noted");
  const onPath = await program("bin", "foretype");
  const environment = pathOf(join(onPath, ".."));
  const note = join(folder, "config", "foretype", "server.json");
  await mkdir(join(note, ".."), { recursive: true });
  await writeFile(note, JSON.stringify({ command: [noted, "--stdio"] }));
  assert.equal((await findServer(around({ environment })))?.command, noted);
  for (const broken of ["{", "[]", '{"command": "foretype"}', '{"command": ["/gone"]}']) {
    await writeFile(note, broken);
    assert.equal((await findServer(around({ environment })))?.command, onPath);
  }
});

test("nothing of a workspace is started, by whatever way it is on the path", async () => {
  const evil = await program("work", ".venv", "bin", "foretype");
  const linked = join(folder, "linked");
  await symlink(join(evil, ".."), linked);
  const good = await program("good", "foretype");
  const environment = pathOf(join(evil, ".."), linked, "work/.venv/bin", ".", "", join(good, ".."));
  assert.equal((await findServer(around({ environment })))?.command, good);
  const interpreter = () => Promise.resolve(join(folder, "work", ".venv", "bin", "python"));
  const found = await findServer(around({ environment: pathOf(join(evil, "..")), interpreter }));
  assert.ok(found === undefined || found.command === join(homedir(), ".local/bin/foretype"));
});

test("the server's Python takes no modules from a workspace", async () => {
  const good = await program("good", "foretype");
  const paths = [join(folder, "work", "lib"), "relative", "/usr/lib/mine"];
  const environment = { ...pathOf(join(good, "..")), PYTHONPATH: paths.join(":"), PYTHONHOME: "/x" };
  const found = await findServer(around({ environment }));
  assert.equal(found?.environment.PYTHONPATH, "/usr/lib/mine");
  assert.equal(found.environment.PYTHONHOME, "");
  assert.equal(found.environment.PYTHONSAFEPATH, "1");
  assert.equal(found.folder, homedir());
});
