import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startHome } from "../../support/home.ts";
import { processesWith } from "../../support/processes.ts";
import { until } from "../../support/until.ts";
import { ctrlB, ctrlC, ctrlD, onTerminal } from "./on-terminal.ts";

const home = startHome();
afterAll(() => home.dispose());

const tmux = (line: string) => home.shell(`tmux -S '${join(home.home, "tmux.sock")}' ${line}`);
const clients = async () => (await tmux("list-clients -F x")).stdout.length / 2;
// Echoes in its own words, so that what was typed is told from what answered.
const echo = 'echo ready; while read -r line; do echo "heard <$line>"; done';

describe("attach on a mission with a terminal", () => {
  it("joins it, and Ctrl-b d leaves it running", async () => {
    const id = await home.start("--tty", echo);
    const person = onTerminal(home, `attach ${id}`);
    await person.says("ready");
    person.child.stdin?.write("good day\r");
    await person.says("heard <good day>");
    person.child.stdin?.write(`${ctrlB}d`);
    await person.says("code:0");
    expect(person.stdout).toContain("it goes on");
    await home.printed(id, "heard <good day>");
    expect(await home.info(id)).toMatchObject({ status: "running", attempt: 1 });
    await home.run(["kill", id]);
  });

  it("ends when the mission does, and says how, with code 0", async () => {
    const id = await home.start("--tty", "echo ready; read -r line; exit 5");
    const person = onTerminal(home, `attach ${id}`);
    await person.says("ready");
    person.child.stdin?.write("\r");
    await person.says("code:0");
    expect(person.stdout).toContain(`Mission ${id} finished: crashed (exit code 5)`);
  });

  it("follows a mission that starts again", async () => {
    const id = await home.start(
      "--tty",
      "--restart",
      "on-failure",
      "--backoff",
      "50",
      "--",
      "sh",
      "-c",
      'echo "run $OVERMIND_ATTEMPT"; read -r line; exit 5',
    );
    const person = onTerminal(home, `attach ${id}`);
    await person.says("run 1");
    person.child.stdin?.write("\r");
    await person.says("run 2");
    await home.run(["stop", id]);
    await person.says("code:0");
    expect(person.stdout).toContain(`Mission ${id} finished: stopped`);
  });

  it("takes the size of who attaches, and gives it back to who leaves last", async () => {
    const id = await home.start("--tty", "trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done");
    const size = async () => (await tmux(`display-message -p -t =${id}-1: '#{window_width}x#{window_height}'`)).stdout.trim();
    await home.printed(id, "ready");
    expect(await size()).toBe("120x40");
    const one = onTerminal(home, `attach ${id}`, { columns: 97, rows: 31 });
    await until("the first size", async () => (await size()) === "97x31");
    await home.printed(id, "31 97");
    const two = onTerminal(home, `attach ${id}`, { columns: 80, rows: 24 });
    await until("the second size", async () => (await size()) === "80x24");
    expect(await clients()).toBe(2);
    two.child.stdin?.write(`${ctrlB}d`);
    await two.says("code:0");
    await until("one client", async () => (await clients()) === 1);
    // The terminal of the other is closed under it.
    one.child.kill("SIGKILL");
    await until("the first size again", async () => (await size()) === "120x40");
    expect((await home.info(id)).status).toBe("running");
    await home.run(["kill", id]);
  });

  it("lets two see and type the same, and detach lets go of both from outside", async () => {
    const id = await home.start("--tty", echo);
    const [one, two] = [onTerminal(home, `attach ${id}`), onTerminal(home, `attach ${id}`)];
    await one.says("ready");
    await two.says("ready");
    await until("two clients", async () => (await clients()) === 2);
    two.child.stdin?.write("from two\r");
    await one.says("heard <from two>");
    const detached = await home.run(["detach", id]);
    expect([detached.code, detached.stdout]).toEqual([0, `Detached ${id}\n`]);
    await one.says("code:0");
    await two.says("code:0");
    expect((await home.info(id)).status).toBe("running");
    expect((await home.run(["detach", id])).code).toBe(0);
    await home.run(["kill", id]);
  });

  it("works from within a person's own tmux, which it never touches", async () => {
    const id = await home.start("--tty", echo);
    const own = join(home.home, "own.sock");
    const person = onTerminal(home, `attach ${id}`, { env: { TMUX: `${own},1,0`, TMUX_PANE: "%1" } });
    await person.says("ready");
    await home.run(["detach", id]);
    await person.says("code:0");
    await home.run(["kill", id]);
  });

  it.each(["", "dumb", "no-such-terminal-type"])("works where TERM is '%s'", async (TERM) => {
    const id = await home.start("--tty", echo);
    const person = onTerminal(home, `attach ${id}`, { env: { TERM } });
    await person.says("ready");
    person.child.stdin?.write(`${ctrlB}d`);
    await person.says("code:0");
    await home.run(["kill", id]);
  });

  it("is refused on a terminal of a mission, its own or another's", async () => {
    const path = `${join(import.meta.dirname, "../../../bin")}:${process.env["PATH"]}`;
    const inner = await home.start(
      "--tty",
      "--name",
      "mirror",
      "--env",
      `PATH=${path}`,
      "overmind attach mirror; echo left:$?; read -r line",
    );
    expect(await home.printed(inner, "left:")).toMatch(/this terminal is itself a mission's[\s\S]*left:1/);
    await home.run(["kill", inner]);
  });

  it("is refused without a terminal, for what has none, and for what has ended", async () => {
    const id = await home.start("--tty", echo);
    const task = await home.start("sleep 1000");
    const ended = await home.start("--tty", "true");
    await home.wait(ended);
    const refusals = await Promise.all(
      [
        ["attach", id],
        ["attach", task],
        ["attach", ended],
        ["detach", task],
        ["detach", ended],
        ["screen", ended],
        ["screen", task],
      ].map((args) => home.run(args)),
    );
    expect(refusals.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(refusals.map(({ stderr }) => /\((\w+)\)/.exec(stderr)?.[1])).toEqual([
      "invalid_argument",
      "not_session",
      "not_running",
      "invalid_argument",
      "not_running",
      "not_running",
      "invalid_argument",
    ]);
    expect(refusals[3]?.stderr).toMatch(/^Error: nobody can be attached to /);
    expect(refusals[4]?.stderr).toMatch(/ has ended: nobody is attached to it any more/);
    expect(refusals[0]?.stderr).toContain("attach needs a terminal");
    await home.run(["kill", id, task]);
  });
});

describe("screen", () => {
  it("waits for a mission that starts", async () => {
    await home.run(["start"]);
    const { id } = await home.ask("run", { command: "sleep 60", cwd: "/", tty: true, tty_size: "80x24" });
    expect(await home.ask("screen", { id })).toMatchObject({ columns: 80, rows: 24 });
    await home.run(["kill", id]);
  });

  it("prints what the terminal shows, also while somebody is attached", async () => {
    const id = await home.start(
      "--tty",
      "--tty-size",
      "50x12",
      "printf '\\033[2J\\033[3;5H\\033[1;32mhällo\\033[0m'; read -r line",
    );
    await until("the text", async () => (await home.run(["screen", id])).stdout.includes("hällo"));
    const shown = await home.run(["screen", id]);
    expect(shown.stdout).toBe("\n\n    hällo\n");
    const { columns, rows, cursor, text } = JSON.parse((await home.run(["screen", "--json", id])).stdout);
    const whole = shown.stdout + "\n".repeat(9);
    expect({ columns, rows, cursor, text }).toEqual({ columns: 50, rows: 12, cursor: { column: 9, row: 2 }, text: whole });
    const person = onTerminal(home, `attach ${id}`, { columns: 90, rows: 30 });
    await person.says("llo");
    expect((await home.run(["screen", id])).stdout).toContain("hällo");
    await home.run(["kill", id]);
    await person.says("code:0");
  });
});

describe("send", () => {
  it("types a text literally and Enter, and never says more than unconfirmed", async () => {
    const id = await home.start("--tty", echo);
    await home.printed(id, "ready");
    for (const text of ["plain", "C-c $(id) #{pane_id} ;", "-n 日本 'q'", ""]) {
      const sent = await home.run(["send", "--json", id, "--", text]);
      expect([sent.code, JSON.parse(sent.stdout).delivery]).toEqual([3, "unconfirmed"]);
      await home.printed(id, `heard <${text}>`);
    }
    await home.run(["kill", id]);
  });

  it("keeps texts that are sent at once apart, each with its own Enter", async () => {
    const id = await home.start("--tty", echo);
    await home.printed(id, "ready");
    const texts = ["first of three", "second of three", "third of three"];
    await Promise.all(texts.map((text) => home.run(["send", id, text])));
    for (const text of texts) await home.printed(id, `heard <${text}>`);
    await home.run(["kill", id]);
  });

  it("to a program that ends at the first key is no failure", async () => {
    const id = await home.start("--tty", "stty raw; echo ready; head -c 1 >/dev/null");
    await home.printed(id, "ready");
    expect((await home.run(["send", id, "q"])).code).toBe(3);
    await home.wait(id);
    expect((await home.run(["send", id, "q"])).stderr).toContain("not_running");
  });

  it("refuses to wait for an answer", async () => {
    const id = await home.start("--tty", echo);
    const sent = await home.run(["send", "--wait", id, "hello"]);
    expect(sent.code).toBe(1);
    expect(sent.stderr).toMatch(/^Error: wait: what a terminal shows has no end/);
    await home.run(["kill", id]);
  });
});

describe("attach on a session of a command", () => {
  it("shows the last lines and what follows, sends what is typed, and Ctrl-D leaves", async () => {
    const id = await home.start("--type", "session", `seq 30; ${echo}`);
    await home.printed(id, "ready");
    const person = onTerminal(home, `attach ${id}`);
    await person.says("ready");
    expect(person.stdout).toMatch(/^12\r\n13\r\n/);
    person.child.stdin?.write("good day\r");
    await person.says("heard <good day>");
    person.child.stdin?.write(ctrlD);
    await person.says("code:0");
    expect((await home.info(id)).status).toBe("running");
    await home.run(["kill", id]);
  });

  it("is left with Ctrl-C too, and ends with the mission", async () => {
    const id = await home.start("--type", "session", echo);
    const [one, two] = [onTerminal(home, `attach ${id}`), onTerminal(home, `attach ${id}`)];
    await one.says("ready");
    await two.says("ready");
    one.child.stdin?.write(ctrlC);
    await one.says("code:0");
    expect((await home.info(id)).status).toBe("running");
    await home.run(["stop", id]);
    await two.says("code:0");
    expect(two.stdout).toContain(`Mission ${id} finished: stopped`);
  });

  it("takes its lines from a pipe too", async () => {
    const id = await home.start("--type", "session", echo);
    await home.printed(id, "ready");
    const piped = await home.run(["attach", id], { input: "one\ntwo\n" });
    expect(piped.code).toBe(0);
    await home.printed(id, "heard <two>");
    await home.run(["kill", id]);
  });
});

it("leaves no process of a client behind", async () => {
  await until("no client", () => !processesWith(home.home).some(({ command }) => command.includes("attach-session")));
});
