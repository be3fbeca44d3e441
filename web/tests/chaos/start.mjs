// Runs people.ts with the sources of the pages, as they are.
import { fileURLToPath } from "node:url";

import { runnerImport } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));
const { module } = await runnerImport(`${here}people.ts`, {
  root: fileURLToPath(new URL("../..", import.meta.url)),
  configFile: false,
  logLevel: "error",
});
await module.main();
process.exit(0);
