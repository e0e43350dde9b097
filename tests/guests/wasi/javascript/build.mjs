// Builds speaks.js as a component: node build.mjs FOLDER WIT OUTPUT, where componentize-js is installed in FOLDER.
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [folder, wit, output] = process.argv.slice(2);
const library = `${folder}/node_modules/@bytecodealliance/componentize-js/src/componentize.js`;
const { componentize } = await import(pathToFileURL(library));
const source = await readFile(new URL("speaks.js", import.meta.url), "utf8");
const { component } = await componentize(source, { witPath: wit, worldName: "base" });
await writeFile(output, component);
