// `node code-cache.cjs PROGRAM FILE` does once with the command line what most commands begin with, and writes what V8
// compiled for it to FILE; bin/overmind reads it, wrapped the same way. All functions would be five times as much, which
// each command would have to read: 3 ms more of 20.
const { readFileSync, writeFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { dirname } = require("node:path");
const { Script } = require("node:vm");

const [program, file] = process.argv.splice(2);
// It finds no daemon, and starts none.
process.argv.push("--no-autostart", "ps");
const source = `(function(require,module,exports,__filename,__dirname){${readFileSync(program, "utf8")}\n})`;
const script = new Script(source, { filename: program });
process.once("exit", () => {
  writeFileSync(file, script.createCachedData());
  process.exitCode = 0;
});
script.runInThisContext()(createRequire(program), module, exports, program, dirname(program));
