// What stays beside the short missions: sessions that are talked with, somebody who prints without end, readers of
// every kind, groups, pipelines, and a person at a shell.
import { spawn } from "node:child_process";
import { createConnection } from "node:net";
import { resolve } from "node:path";
import { overmindPath } from "../bench/home.mjs";
import { pause, runCommand } from "../bench/timing.mjs";
import { checkEnd, pool } from "./kinds.mjs";

const team = resolve(import.meta.dirname, "team.toml");
// 40 kB a second: its output meets the limit within minutes.
const talkative = '$|=1; while (1) { print "tick ", time, " ", "x" x 180, "\\n"; select undef, undef, undef, 0.005 }';

/** Everything runs until `end`; what goes wrong is noted in the load. */
export class Company {
  #home;
  #wire;
  #load;
  #isEnding = false;
  #running = [];
  #undo = [];

  constructor(home, wire, load) {
    this.#home = home;
    this.#wire = wire;
    this.#load = load;
  }

  async begin() {
    await this.#wire.request("pool", { action: "set", name: pool.name, slots: pool.slots });
    await this.#wire.request("run", { argv: ["perl", "-e", talkative], name: "talkative", cwd: "/" });
    this.#wire.stream("logs", { id: "talkative", follow: true, tail: 0 }, () => {});
    this.#repeat("session", 1, () => this.#talkFor(3_600_000 * 24, 5000, "steady"));
    for (const [name, minutes] of [
      ["first", 6],
      ["second", 8],
      ["third", 10],
    ])
      this.#repeat("session", 1, () => this.#talkFor(minutes * 60_000, 1000, name));
    this.#repeat("reader", 0, () => this.#readSlowly());
    this.#repeat("follower", 0, () => this.#followFor(120_000));
    this.#repeat("group", 4, () => this.#crashInGroup(), 20_000);
    this.#repeat("pipeline", 5, () => this.#applyTeam(), 20_000);
    this.#repeat("person", 1, () => this.#typeCommands(), 2000);
  }

  /** Stops what does not end by itself and waits for the rest. */
  async end() {
    this.#isEnding = true;
    for (const undo of this.#undo) undo();
    await Promise.all(this.#running);
    await this.#wire.request("stop", { id: "talkative" });
  }

  #repeat(name, count, work, gapMs = 100) {
    const rounds = async () => {
      while (!this.#isEnding) {
        await this.#load.watch(name, count, work);
        await this.#rest(gapMs);
      }
    };
    this.#running.push(rounds());
  }

  /** Waits, but not when all is to end. */
  async #rest(ms) {
    const until = performance.now() + ms;
    while (!this.#isEnding && performance.now() < until) await pause(Math.min(200, until - performance.now()));
  }

  /** A session that gets a message now and then, and is stopped after a while. */
  async #talkFor(ms, gapMs, name) {
    const { id } = await this.#wire.request("run", { type: "session", command: "cat", name: `${name}-talk`, cwd: "/" });
    this.#wire.stream("subscribe", { id }, () => {});
    const until = performance.now() + ms;
    let wrong = null;
    for (let count = 0; !this.#isEnding && performance.now() < until; count += 1) {
      const message = `message ${count} of ${name}`;
      const { text } = await this.#wire.request("send", { id, message, wait: true, timeout: 60_000 });
      if (text.trim() !== message) wrong ??= `${id} answered ${JSON.stringify(text)} to '${message}'`;
      await this.#rest(gapMs);
    }
    await this.#wire.request("stop", { id });
    return wrong ?? checkEnd(this.#wire, id, { status: "stopped", reason: "stopped", exit_code: null });
  }

  /** Asks for everything and reads nothing: the daemon has to cut it off, or to wait, and nobody else may notice. */
  async #readSlowly() {
    const socket = createConnection(this.#home.socket);
    this.#undo.push(() => socket.destroy());
    socket.on("error", () => {});
    const isClosed = new Promise((done) => socket.once("close", done));
    socket.write(`${JSON.stringify({ id: 1, cmd: "logs", args: { id: "talkative", follow: true } })}\n`);
    socket.pause();
    await Promise.race([isClosed, this.#rest(60_000)]);
    socket.resume();
    await Promise.race([isClosed, this.#rest(1000)]);
    socket.destroy();
    await isClosed;
    this.#undo.pop();
  }

  async #followFor(ms) {
    const argv = ["logs", "-f", "-n", "10", "--no-autostart", "talkative"];
    const child = spawn(overmindPath, argv, { env: this.#home.env, stdio: "ignore" });
    const isGone = new Promise((done) => child.once("exit", done));
    await Promise.race([isGone, this.#rest(ms)]);
    if (child.exitCode !== null) return `logs -f ended with ${child.exitCode} while its mission ran`;
    child.kill("SIGINT");
    await isGone;
    return null;
  }

  /** Two members that crash once together with a third that does not. */
  async #crashInGroup() {
    const { id } = await this.#wire.request("group", { name: "cluster", strategy: "one_for_all" });
    const member = (command) => this.#wire.request("run", { command, parent: id, backoff: 50, cwd: "/" });
    const members = [await member("sleep 300"), await member("sleep 300")];
    await member('test "$OVERMIND_ATTEMPT" -ge 2 && sleep 300; sleep 0.3; exit 1');
    await this.#rest(3000);
    const { attempt } = await this.#wire.request("info", { id: members[0].id });
    await this.#wire.request("stop", { id, cascade: true });
    const wrong = await checkEnd(this.#wire, id, { status: "stopped", reason: "stopped", exit_code: null });
    return wrong ?? (attempt === 2 || this.#isEnding ? null : `a member of ${id} is at attempt ${attempt} after one crash`);
  }

  async #applyTeam() {
    const { id } = await this.#wire.request("apply", { path: team, env: { PATH: process.env.PATH } });
    return checkEnd(this.#wire, id, { status: "stopped", reason: "completed", exit_code: 0 });
  }

  /** Commands as a person types them. The mission is removed before it can be pruned. */
  async #typeCommands() {
    const { id } = await this.#wire.request("run", { command: "echo typed", cwd: "/" });
    const commands = [
      ["wait", id],
      ["info", id],
      ["logs", id],
      ["why", id],
      ["rm", id],
      ["ps"],
      ["ps", "-a", "--json"],
      ["ps", "--tree"],
      ["status"],
      ["top", "--once"],
      ["events", "--mission", id],
      ["usage"],
      ["inbox"],
      ["pool", "ls"],
      ["hooks"],
      ["prune", "--older-than", "10m", "--status", "killed"],
    ];
    for (const command of commands) {
      if (this.#isEnding) break;
      const { code, stderr } = await runCommand([overmindPath, ...command, "--no-autostart"], { env: this.#home.env, cwd: "/" });
      if (code !== 0) this.#load.note("person", `overmind ${command.join(" ")} ended with ${code}: ${stderr.trim()}`);
      await this.#rest(1000);
    }
    return null;
  }
}
