// `node code-cache.cjs PROGRAM [WORD...]` runs the program once with these words, and writes what V8 compiled for it
// meanwhile to PROGRAM.cache, where bin/with-code-cache.js looks for it. All functions would be five times as much for the
// command line, which each command would have to read: 3 ms more of 20.
const { renameSync, writeFileSync } = require("node:fs");
const { runWithCodeCache } = require("../bin/with-code-cache.js");

const [program] = process.argv.splice(2, 1);
let script;
process.once("exit", () => {
  process.umask(0o022);
  // Whole or not at all: who starts meanwhile reads no half.
  writeFileSync(`${program}.cache.new`, script.createCachedData());
  renameSync(`${program}.cache.new`, `${program}.cache`);
  process.exitCode = 0;
});
script = runWithCodeCache(program);
