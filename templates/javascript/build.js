// Makes sample-check.wasm of component.js and what it imports.
import { readFile, writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";

// componentize-js takes one source: the check, then what joins it to the contract.
const check = (await readFile("check.js", "utf8")).replaceAll(/^export /gm, "");
const component = (await readFile("component.js", "utf8")).replace(/^import .* from "\.\/check\.js";$/m, "");
const made = await componentize(check + component, { witPath: "wit", worldName: "sample-check" });
await writeFile("sample-check.wasm", made.component);
