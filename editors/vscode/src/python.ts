/** The interpreter that the Python extension has chosen. */
import * as vscode from "vscode";

interface PythonApi {
  readonly environments?: { getActiveEnvironmentPath(): { readonly path: string } };
}

/** Its path; undefined where there is none, and in a workspace that is not trusted. */
export async function pythonInterpreter(): Promise<string | undefined> {
  if (!vscode.workspace.isTrusted) {
    return undefined;
  }
  const python = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (python === undefined) {
    return undefined;
  }
  const api = python.isActive ? python.exports : await python.activate();
  return api.environments?.getActiveEnvironmentPath().path;
}
