import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { defineConfig } from "vitest/config";

/** Writes NAME.gz and NAME.br beside what is text: the server sends those. */
const packed = {
  name: "packed",
  closeBundle(): void {
    const folder = "dist/assets";
    for (const name of readdirSync(folder)) {
      if (!/\.(js|css)$/u.test(name)) continue;
      const plain = readFileSync(join(folder, name));
      writeFileSync(join(folder, `${name}.gz`), gzipSync(plain, { level: 9 }));
      writeFileSync(join(folder, `${name}.br`), brotliCompressSync(plain));
    }
  },
};

const FIRST = /vite\/preload-helper|\/src\/(frame\/line|offline\/backoff|player\/begun)\.ts/u;
const WATCHING = /\/src\/player\/(address|positions|preferences|renewal|ladder)\.ts/u;
const SHARED = /\/(src|node_modules\/(lit|@lit|idb))/u;

export default defineConfig({
  base: "/static/",
  build: {
    outDir: "dist",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    // An inlined module preload polyfill or asset would meet the page's CSP.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      input: {
        boot: "src/boot.ts",
        team: "styles/team.css",
        hall: "styles/hall.css",
        worker: "src/table/worker.ts",
        offline: "src/offline/worker.ts",
      },
      // What nearly every page needs comes in one piece instead of twenty.
      output: {
        advancedChunks: {
          groups: [
            // Apart: the first script of a page is to be light on a slow line.
            { name: "first", test: FIRST, priority: 2 },
            // A film begins without the frame of its page, and that without a film.
            { name: "watching", test: WATCHING, minShareCount: 2, priority: 2 },
            { name: "shared", test: SHARED, minShareCount: 3, priority: 1 },
          ],
        },
      },
    },
  },
  plugins: [packed],
  test: {
    environment: "node",
    include: ["tests/**/*.test.ts"],
    testTimeout: 30_000,
  },
});
