// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { describe, expect, it } from "vitest";
import { agentsWithPort } from "../../../src/blueprint/port-use.ts";
import { parseBlueprint } from "../../../src/blueprint/read-blueprint.ts";
import { resolveWork } from "../../../src/blueprint/resolve.ts";
import { mistakes } from "./blueprints.ts";

const withPort = (text: string) => [...agentsWithPort(parseBlueprint(text))];
const web = '[agents.web]\ntype = "service"\n';

describe("an agent gets a port", () => {
  it.each([
    ["for its command, as a service", `${web}command = "serve \${port}"`],
    ["for its command, with ready", '[agents.web]\ncommand = "serve ${port}"\nready = { log = "up" }'],
    ["for a word", `${web}argv = ["serve", "--port=\${port}"]`],
    ["for a variable", `${web}command = "serve"\nenv = { LISTEN = "127.0.0.1:\${port}" }`],
    ["for the address that is asked", `${web}command = "serve"\nready = { http = "http://127.0.0.1:\${port}/" }`],
    ["for another one", `${web}command = "serve"\n[agents.a]\ncommand = "get \${agents.web.port}"\ndepends_on = ["web"]`],
    [
      "for the condition of another one",
      `${web}command = "serve"\n[agents.a]\ncommand = "x"\nwhen = "agents.web.port > 0"\ndepends_on = ["web"]`,
    ],
    [
      "for the list of another one",
      `${web}command = "serve"\nreplicas = 2\n[agents.a]\ncommand = "get \${item}"\nforeach = "\${agents.web.port}"\ndepends_on = ["web"]`,
    ],
  ])("%s", (_why, text) => {
    expect(withPort(text)).toEqual(["web"]);
  });

  it.each([
    ["nobody asks for one", `${web}command = "serve $PORT"\nready = { http = "http://127.0.0.1:80/" }`],
    ["the shell has a variable of that name", '[agents.a]\ncommand = "port=3; serve ${port}"'],
    ["its own data looks like one", '[agents.a]\ncommand = "x"\nforeach = [{ of = "port", agent = "a", field = "port" }]'],
  ])("not where %s", (_why, text) => {
    expect(withPort(text)).toEqual([]);
  });
});

describe("${port}", () => {
  it("becomes a variable in a command and stands whole elsewhere", () => {
    const agent = parseBlueprint(`${web}command = "serve \${port}"\nenv = { AT = ":\${port}" }`).agents.get("web");
    if (agent === undefined) throw new Error("no agent");
    const work = resolveWork(agent, { params: {}, env: {}, blueprintDir: "", runId: "", agents: new Map(), port: 4242 });
    expect(work).toEqual({ command: "serve ${OVERMIND_REF_1}", env: { AT: ":4242", OVERMIND_REF_1: "4242" } });
  });

  it("of another agent needs that agent to have started, and no more", () => {
    const head = `${web}command = "serve"\n[agents.a]\ncommand = "get \${agents.web.port}"\n`;
    expect(mistakes(`${head}depends_on = { web = "started" }`)).toEqual([]);
    expect(mistakes(head)).toEqual([expect.stringContaining("does not depend on `web`: add it to `depends_on`")]);
    expect(mistakes('[agents.web]\ncommand = "get ${agents.web.port}"')).toEqual([
      expect.stringContaining("its own port is `${port}`"),
    ]);
    expect(mistakes('[agents.a]\ncommand = "get ${agents.wbe.port}"\n[agents.web]\ncommand = "x"')).toEqual([
      expect.stringContaining("there is no agent `wbe`: did you mean `web`?"),
    ]);
  });
});

describe("ready.http", () => {
  it.each(["ftp://x/", "localhost:80", "/health", "http://", "127.0.0.1:${port}/health"])("refuses %s", (url) => {
    expect(mistakes(`${web}command = "x"\nready = { http = "${url}" }`)).toEqual([
      '4:11: agents.web.ready.http takes a URL such as "http://127.0.0.1:${port}/health"',
    ]);
  });

  it.each(["http://[::1]:80/", "https://localhost/", "http://127.0.0.1:${port}/x", "${env.WHERE}"])("takes %s", (url) => {
    expect(mistakes(`${web}command = "x"\nready = { http = "${url}" }`)).toEqual([]);
  });
});
