import { createConnection, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHome } from "../../support/home.ts";
import { residentBytes } from "../../support/processes.ts";
import { ask, askRaw } from "../../support/wire.ts";

const home = startHome();
let pid = 0;
beforeAll(async () => {
  await home.run(["start"]);
  pid = (await home.daemonPid()) ?? 0;
});
afterAll(() => home.dispose());

async function harmsNobody(): Promise<void> {
  expect(await ask(home.socket, "ping")).toEqual({ ok: "pong" });
  expect(await home.daemonPid()).toBe(pid);
}

describe("garbage on the socket", () => {
  it.each([
    ["10 MB without a newline", Buffer.alloc(10_000_000, "x"), "frame_too_large"],
    ["a frame above 8 MiB", Buffer.from(`{"cmd":"ping","args":{"x":"${"y".repeat(9_000_000)}"}}\n`), "frame_too_large"],
    ["binary", Buffer.from([0, 255, 254, 1, 2, 3, 10]), "invalid_json"],
    ["text that is no JSON", Buffer.from("GET / HTTP/1.1\n"), "invalid_json"],
    ["an array", Buffer.from("[1,2]\n"), "invalid_request"],
    ["a request without cmd", Buffer.from("{}\n"), "invalid_request"],
    ["an unknown command", Buffer.from('{"cmd":"frobnicate"}\n'), "unknown_command"],
    ["a command named like a part of every object", Buffer.from('{"cmd":"__proto__"}\n'), "unknown_command"],
    ["invalid UTF-8 inside a string", Buffer.from('{"cmd":"\xff"}\n', "latin1"), "invalid_json"],
  ])("gets an error reply and harms nobody else: %s", async (_what, bytes, code) => {
    const reply = JSON.parse((await askRaw(home.socket, bytes)).split("\n")[0] ?? "");
    expect(reply).toMatchObject({ code, error: expect.any(String) });
    await harmsNobody();
  });

  it("that nests 100,000 deep harms nobody else", async () => {
    const reply = await askRaw(home.socket, `{"cmd":"ping","args":${"[".repeat(100_000)}${"]".repeat(100_000)}}\n`);
    expect(JSON.parse(reply)).toSatisfy((answer: object) => "ok" in answer || "error" in answer);
    await harmsNobody();
  });

  it("that is half a frame and then silence or a hang-up harms nobody else", async () => {
    const half = createConnection(home.socket);
    half.write('{"cmd":"pi');
    await harmsNobody();
    half.destroy();
    await harmsNobody();
  });

  it("may be 1,000 idle connections", async () => {
    const sockets: Socket[] = [];
    await Promise.all(
      Array.from(
        { length: 1000 },
        () =>
          new Promise<void>((resolve, reject) => {
            const socket = createConnection(home.socket, resolve);
            socket.on("error", reject);
            sockets.push(socket);
          }),
      ),
    );
    await harmsNobody();
    for (const socket of sockets) socket.destroy();
    await harmsNobody();
    expect(residentBytes(pid) / 2 ** 20).toBeLessThan(300);
  });

  it("in the arguments of a known command names the field", async () => {
    expect(await ask(home.socket, "run", { command: 7 })).toMatchObject({
      code: "invalid_argument",
      error: expect.stringContaining("command"),
    });
    expect(await ask(home.socket, "run", { command: "true", restart: "sometimes" })).toMatchObject({
      error: "invalid_restart_policy",
      code: "invalid_restart_policy",
    });
    expect(await ask(home.socket, "run", { command: "true", type: "poem" })).toMatchObject({
      error: "invalid_type",
      code: "invalid_type",
    });
    expect(await ask(home.socket, "run", {})).toMatchObject({ error: "empty_command", code: "empty_command" });
    expect(await ask(home.socket, "run", { argv: ["echo", "x".repeat(131_072)] })).toMatchObject({ code: "invalid_argument" });
    expect(await ask(home.socket, "info", { id: "zzzzzzzz" })).toMatchObject({ error: "not_found", code: "not_found" });
    await harmsNobody();
  });
});
