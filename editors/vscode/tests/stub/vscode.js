/** As much of VS Code as the language client needs to start a server and to notice its end. */
/* global module */
class EventEmitter {
  listeners = new Set();
  event = (listener, self) => {
    const bound = listener.bind(self);
    this.listeners.add(bound);
    return { dispose: () => this.listeners.delete(bound) };
  };
  fire(value) {
    this.listeners.forEach((listener) => listener(value));
  }
  dispose() {
    this.listeners.clear();
  }
}

const disposable = () => ({ dispose: () => undefined });
const known = {
  version: "1.139.1",
  EventEmitter,
  env: { appName: "stub", language: "en" },
  Uri: { parse: (text) => ({ toString: () => text }) },
  workspace: {
    textDocuments: [],
    notebookDocuments: [],
    workspaceFolders: undefined,
    isTrusted: true,
    getConfiguration: () => ({ get: (_name, otherwise) => otherwise, inspect: () => undefined }),
  },
  window: { activeTextEditor: undefined, visibleTextEditors: [], tabGroups: { all: [] } },
};

/** A part with what is given; what else is asked for is a class, or gives what can be disposed of. */
function part(given = {}) {
  return new Proxy(class {}, {
    get: (target, name) =>
      name in given ? given[name]
      : typeof name === "symbol" || name in target ? target[name]
      : /^(on|create|register)/.test(name) ? disposable
      : part(),
  });
}

const plain = new Set(["version", "EventEmitter", "env", "Uri"]);
module.exports = Object.create(new Proxy({}, {
  get: (_target, name) => (plain.has(name) ? known[name] : typeof name === "symbol" ? undefined : part(known[name])),
}));
