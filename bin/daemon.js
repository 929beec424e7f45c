"use strict";

// What `overmind` starts as its daemon; nobody needs to call it by hand (see: overmind daemon).
const { join } = require("node:path");
const { runWithCodeCache } = require("./with-code-cache.js");

runWithCodeCache(join(__dirname, "..", "dist", "daemon.cjs"));
