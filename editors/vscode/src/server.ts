/**
 * Where the server is, and how it is started so that nothing of a workspace runs.
 *
 * Knows no editor: what it needs to know of one is passed in.
 */
import { access, constants, readFile, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join, relative, sep } from "node:path";

export interface Surroundings {
  /** The setting `foretype.server.command`; empty where it is not set. */
  readonly configured: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** The folders that are open. Nothing in them is run. */
  readonly workspaces: readonly string[];
  /** The Python extension's interpreter; asked for last, and in a trusted workspace only. */
  readonly interpreter: () => Promise<string | undefined>;
  readonly platform: NodeJS.Platform;
}

export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** A folder outside every workspace, so that no module of one is found beside the program. */
  readonly folder: string;
}

/** How to start the server; undefined where there is none. */
export async function findServer(around: Surroundings): Promise<Start | undefined> {
  const start = (command: string, args: readonly string[]): Start => ({
    command,
    args,
    environment: isolated(around.environment, around.workspaces),
    folder: homedir(),
  });
  const named = async (words: readonly string[]): Promise<Start | undefined> => {
    const [first, ...rest] = words;
    if (first === undefined || first === "") {
      return undefined;
    }
    const command = expandHome(first);
    const found = !isAbsolute(command)
      ? await onPath(command, around)
      : (await isProgram(command)) ? command : undefined;
    const args = rest.includes("--stdio") ? rest : [...rest, "--stdio"];
    return found === undefined ? undefined : start(found, args);
  };
  if (around.configured.length > 0) {
    return await named(around.configured);
  }
  const places = [
    await writtenBySetup(around),
    ["foretype"],
    // Where pipx and `pip install --user` put it; a desktop's PATH may lack that.
    [join(homedir(), ".local", "bin", "foretype")],
  ];
  for (const place of places) {
    const found = await named(place);
    if (found !== undefined) {
      return found;
    }
  }
  const python = await around.interpreter();
  if (python !== undefined && isAbsolute(python) && !(await isInside(python, around.workspaces))) {
    // -I: neither PYTHONPATH nor the current folder is searched for modules.
    return start(python, ["-I", "-m", "foretype", "--stdio"]);
  }
  return undefined;
}

/** What `foretype setup vscode` wrote down: the installation that it was run from. */
async function writtenBySetup(around: Surroundings): Promise<readonly string[]> {
  for (const folder of configFolders(around)) {
    try {
      const text = await readFile(join(folder, "server.json"), "utf8");
      const { command } = JSON.parse(text) as { command?: unknown };
      if (Array.isArray(command) && command.every((word) => typeof word === "string")) {
        return command;
      }
    } catch {
      // Most often there is no such file.
    }
  }
  return [];
}

/**
 * Where the server's own configuration may be, as its library `platformdirs` works it out. A
 * terminal may have an `XDG_CONFIG_HOME` that an editor on the desktop does not have, and the
 * other way round, so both places are looked at.
 */
export function configFolders(around: Pick<Surroundings, "environment" | "platform">): string[] {
  const { XDG_CONFIG_HOME, LOCALAPPDATA } = around.environment;
  if (around.platform === "win32") {
    return [join(LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "foretype")];
  }
  const usual = around.platform === "darwin" ? ["Library", "Application Support"] : [".config"];
  const named = XDG_CONFIG_HOME !== undefined && isAbsolute(XDG_CONFIG_HOME) ? [XDG_CONFIG_HOME] : [];
  return [...named, join(homedir(), ...usual)].map((folder) => join(folder, "foretype"));
}

/**
 * A program on the PATH. Relative entries and those inside a workspace, such as an activated
 * virtual environment's, are passed over.
 */
async function onPath(name: string, around: Surroundings): Promise<string | undefined> {
  const windows = around.platform === "win32";
  const path = around.environment.PATH ?? around.environment.Path ?? "";
  const endings = windows ? [".exe"] : [""];
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder) || (await isInside(folder, around.workspaces))) {
      continue;
    }
    for (const ending of endings) {
      const candidate = join(folder, name.endsWith(ending) ? name : name + ending);
      if ((await isProgram(candidate)) && !(await isInside(candidate, around.workspaces))) {
        return candidate;
      }
    }
  }
  return undefined;
}

/**
 * The environment without the places of a workspace from which Python would take modules. What is
 * taken out is set to nothing, because the client library puts back what is missing.
 */
function isolated(environment: NodeJS.ProcessEnv, workspaces: readonly string[]): NodeJS.ProcessEnv {
  const kept = (environment.PYTHONPATH ?? "")
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !workspaces.some((one) => contains(one, folder)));
  return {
    ...environment,
    PYTHONPATH: kept.join(delimiter),
    PYTHONHOME: "",
    PYTHONSTARTUP: "",
    PYTHONINSPECT: "",
    PYTHONSAFEPATH: "1",
  };
}

function expandHome(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Whether a path lies in one of the folders, by its name or by where its links lead. */
async function isInside(path: string, folders: readonly string[]): Promise<boolean> {
  const places = [path, await resolved(path)];
  for (const folder of folders) {
    const roots = [folder, await resolved(folder)];
    if (places.some((place) => roots.some((root) => contains(root, place)))) {
      return true;
    }
  }
  return false;
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(".." + sep) && !isAbsolute(way));
}
