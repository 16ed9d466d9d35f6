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
await writeFile(`${out}/NOTICES.txt`, await notices());

let packed = 0;
for (const name of await readdir(out)) packed += gzipSync(await readFile(`${out}/${name}`)).length;
const main = (await stat(`${out}/main.js`)).size;
console.log(`${out}: ${(packed / 1e6).toFixed(2)} MB packed, main.js ${(main / 1e6).toFixed(2)} MB`);
if (packed > MAX_PACKED_BYTES) throw new Error(`the page is over ${MAX_PACKED_BYTES} bytes packed`);

// The licenses of Monaco and of the packages inside it, as they stand in each package's folder.
async function notices() {
  const { dependencies = {} } = JSON.parse(await readFile(`${monaco}/package.json`, "utf8"));
  const parts = [
    "This page holds Monaco, the editor of VS Code, and what Monaco is made of.",
    "Its icons (codicon.ttf) are Visual Studio Code's Codicons, by Microsoft: CC BY 4.0,\nhttps://creativecommons.org/licenses/by/4.0/",
  ];
  for (const name of ["monaco-editor", ...Object.keys(dependencies)]) {
    const folder = `node_modules/${name}`;
    const terms = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice|thirdparty)/i.test(file)).sort();
    if (!terms.length) throw new Error(`${name} has no license beside it`);
    for (const file of terms) parts.push(`${name}: ${file}\n\n${(await readFile(`${folder}/${file}`, "utf8")).trim()}`);
  }
  return `${parts.join("\n\n----\n\n")}\n`;
}
