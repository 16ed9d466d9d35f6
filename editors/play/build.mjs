// Builds the page of `foretype play` into one folder: Monaco's core with a dozen languages, ours
// beside it, and the licenses of both. Nothing is loaded from elsewhere when the page runs.
import { build } from "esbuild";
import { cp, mkdir, readFile, rm, stat, writeFile, readdir } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const MAX_PACKED_BYTES = 4_000_000;
const out = process.argv[2] ?? "../../server/foretype/cli/play/page";
const monaco = "node_modules/monaco-editor";

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({
  entryPoints: { main: "src/main.ts", worker: `${monaco}/esm/vs/editor/editor.worker.js` },
  outdir: out,
  bundle: true,
  format: "iife",
  target: "es2022",
  minify: true,
  loader: { ".ttf": "file" },
  assetNames: "[name]",
  legalComments: "none",
  logLevel: "warning",
});
for (const name of ["index.html", "page.css"]) await cp(`src/${name}`, `${out}/${name}`);
const notices = await Promise.all(
  ["LICENSE", "ThirdPartyNotices.txt"].map((name) => readFile(`${monaco}/${name}`, "utf8")),
);
await writeFile(`${out}/NOTICES.txt`, ["This page holds Monaco, the editor of VS Code.", ...notices].join("\n\n"));

let packed = 0;
for (const name of await readdir(out)) packed += gzipSync(await readFile(`${out}/${name}`)).length;
const main = (await stat(`${out}/main.js`)).size;
console.log(`${out}: ${(packed / 1e6).toFixed(2)} MB packed, main.js ${(main / 1e6).toFixed(2)} MB`);
if (packed > MAX_PACKED_BYTES) throw new Error(`the page is over ${MAX_PACKED_BYTES} bytes packed`);
