// Bundles the extension into one file, which is all that the package holds of code.
import { build } from "esbuild";
import { writeFile } from "node:fs/promises";

const { metafile } = await build({
  entryPoints: ["src/extension.ts"],
  outfile: "out/extension.js",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  minify: true,
  sourcemap: false,
  legalComments: "eof",
  metafile: true,
});
// What is bundled: for the notices and the bill of materials.
await writeFile("out/meta.json", JSON.stringify(metafile));
