// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { until } from "../../support/until.ts";
import { linesIn, PipelineHome } from "./pipeline-home.ts";

const home = new PipelineHome();
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
afterAll(() => home.dispose());

/** Answers with the status that stands in the file `status`; writes down how it was started and each time it was asked. */
const serverScript = `
const { appendFileSync, readFileSync } = require("node:fs");
appendFileSync("starts", [process.env.PORT, process.env.OWN, process.argv[2]].join(" ") + "\\n");
require("node:http").createServer((request, response) => {
  appendFileSync("asked", request.url + " " + request.headers.connection + "\\n");
  response.writeHead(Number(readFileSync("status", "utf8")), { location: "/elsewhere" }).end("hello from " + process.env.PORT);
}).listen(Number(process.env.PORT), "127.0.0.1");
`;

const web = `[agents.web]
type = "service"
argv = ["${process.execPath}", "server.cjs", "\${port}"]
env = { OWN = "\${port}" }
`;
const client = `[agents.client]
command = "echo client of \${agents.web.port} >> marks"
depends_on = ["web"]
`;

function withServer(text: string, status = 200): string {
  const directory = home.written(text);
  writeFileSync(join(directory, "server.cjs"), serverScript);
  writeFileSync(join(directory, "status"), String(status));
  return directory;
}

/** Somebody else's server, which answers 200. */
async function foreignServer(port = 0): Promise<number> {
  const server = createServer((_request, response) => response.end("not yours"));
  servers.push(server);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const health = (timeout = 60) => `ready = { http = "http://127.0.0.1:\${port}/health", timeout = ${timeout} }\n`;
const isReady = (directory: string, name: string) =>
  until("ready", async () => (await home.ok(directory, "logs", name)).includes("is ready"));

describe("a service with a port of its own", () => {
  it("gets it as PORT and wherever ${port} stands, is ready once it answers there, and others may ask for it", async () => {
    const directory = withServer(`[blueprint]\nname = "own"\n${web}${health()}${client}`, 503);
    const id = await home.apply(directory);
    await until("three answers that are none", () => linesIn(directory, "asked").length >= 3);
    expect(linesIn(directory)).toEqual([]);
    // A redirect is no answer either.
    writeFileSync(join(directory, "status"), "302");
    const asked = linesIn(directory, "asked").length;
    await until("three more", () => linesIn(directory, "asked").length >= asked + 3);
    expect(linesIn(directory)).toEqual([]);
    writeFileSync(join(directory, "status"), "204");
    await until("the client", () => linesIn(directory).length === 1);
    const port = /^client of (\d+)$/.exec(linesIn(directory)[0] ?? "")?.[1];
    expect(linesIn(directory, "starts")).toEqual([`${port} ${port} ${port}`]);
    // It follows no redirect, and keeps no connection open that a server would wait for.
    expect(new Set(linesIn(directory, "asked"))).toEqual(new Set(["/health close"]));
    await home.ok(directory, "down", "own");
    expect(await home.info(id)).toMatchObject({ status: "stopped" });
  });

  it("keeps it when its process starts again, and when the file changed what runs", async () => {
    const directory = withServer(`[blueprint]\nname = "kept"\n${web}backoff = 0\n${health()}`);
    const id = await home.apply(directory);
    await isReady(directory, id);
    const [agent] = await home.agents(id);
    if (agent?.os_pid == null) throw new Error("the service does not run");
    process.kill(agent.os_pid, "SIGKILL");
    await until("a second start", () => linesIn(directory, "starts").length === 2);
    home.rewrite(directory, `[blueprint]\nname = "kept"\n${web}backoff = 0\nlabels = { new = "yes" }\n${health()}`);
    expect(await home.ok(directory, "apply")).toContain("web");
    await until("a third start", () => linesIn(directory, "starts").length === 3);
    expect(new Set(linesIn(directory, "starts")).size).toBe(1);
    await home.ok(directory, "kill", id);
  });

  it("has one for each replica, no two the same, which others see as a list", async () => {
    const directory = withServer(`[blueprint]\nname = "many"\n${web}replicas = 4\n${health()}${client}`);
    const id = await home.apply(directory);
    await until("the client", () => linesIn(directory).length === 1);
    const ports = linesIn(directory, "starts").map((line) => Number(line.split(" ")[0]));
    expect(new Set(ports).size).toBe(4);
    const seen = JSON.parse((linesIn(directory)[0] ?? "").replace("client of ", "")) as number[];
    expect(seen.toSorted()).toEqual(ports.toSorted());
    await home.ok(directory, "kill", id);
  });

  it("becomes ready under the daemon that comes after a killed one, and is not started twice", async () => {
    const directory = withServer(`[blueprint]\nname = "survives"\n${web}${health()}${client}`, 500);
    const id = await home.apply(directory);
    await until("an answer that is none", () => linesIn(directory, "asked").length >= 1);
    await home.killDaemon();
    writeFileSync(join(directory, "status"), "200");
    await home.ok(directory, "ps");
    await until("the client", () => linesIn(directory).length === 1);
    const [start = ""] = linesIn(directory, "starts");
    expect(linesIn(directory, "starts")).toHaveLength(1);
    expect(linesIn(directory)).toEqual([`client of ${start.split(" ")[0]}`]);
    await home.ok(directory, "kill", id);
  });

  it("gets another one when it runs again and somebody else has taken it", async () => {
    const directory = withServer(`[blueprint]\nname = "taken"\n${web}${health()}`);
    await home.apply(directory);
    await isReady(directory, "taken");
    await home.ok(directory, "stop", "taken");
    const port = Number(linesIn(directory, "starts")[0]?.split(" ")[0]);
    await foreignServer(port);
    await home.ok(directory, "retry", "taken");
    await until("a second start", () => linesIn(directory, "starts").length === 2);
    expect(Number(linesIn(directory, "starts")[1]?.split(" ")[0])).not.toBe(port);
    await home.ok(directory, "kill", "taken");
  });
});

describe("readiness by http", () => {
  it("fails the agent that does not answer well in time", async () => {
    const directory = withServer(`[blueprint]\nname = "unwell"\n${web}${health(1)}${client}`, 500);
    expect(await home.run(["apply", "--wait"], { cwd: directory })).toMatchObject({ code: 1 });
    const log = await home.ok(directory, "logs", "unwell");
    expect(log).toContain("agent 'web' was not ready within 1 s");
    expect(log).toContain("pipeline failed at agent 'web'");
    expect(linesIn(directory)).toEqual([]);
  });

  it("does not take another one's answer for that of an agent that does not run", async () => {
    const port = await foreignServer();
    const text = `[agents.web]\ntype = "service"\ncommand = "exit 1"\nmax_restarts = 0\nbackoff = "10m"
ready = { http = "http://127.0.0.1:${port}/", timeout = 2 }\n${client}`;
    const directory = home.written(text.replace("agents.web.port", "run.id"));
    expect(await home.run(["apply", "--wait"], { cwd: directory })).toMatchObject({ code: 1 });
    expect(linesIn(directory)).toEqual([]);
  });

  it("says what is wrong with an address that only the run can know", async () => {
    const text = '[params.where]\n[agents.a]\ncommand = "exec sleep 60"\nready = { http = "${params.where}" }';
    const directory = home.written(text);
    const { code } = await home.run(["apply", "--wait", "--name", "nowhere", "-p", "where=file:///etc"], { cwd: directory });
    expect(code).toBe(1);
    const log = await home.ok(directory, "logs", "nowhere");
    expect(log).toContain("agent 'a' cannot be asked whether it is ready: file:///etc is no URL");
  });
});
