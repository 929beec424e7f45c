// How fast words go between a person and an agent, and what many talking agents cost the daemon.
import { resolve } from "node:path";
import { BenchHome } from "./home.mjs";
import { hasProc, memoryOf, processorMs } from "./processes.mjs";
import { pause } from "./timing.mjs";

export const name = "sessions";

const talker = resolve(import.meta.dirname, "talker.pl");
const sessionCount = 50;
const eventsPerSecond = 100;
// Retention, pools and the engine's own heap find their size first.
const warmUpMs = 5000;

const epochMs = () => performance.timeOrigin + performance.now();

export async function run({ isQuick }) {
  const home = new BenchHome();
  await home.start();
  const wire = await home.wire();
  const latencies = await measureLatencies(wire, isQuick ? 100 : 400);
  const crowd = hasProc ? await measureCrowd(home, wire, isQuick ? [10] : [10, 30, 60]) : [];
  await home.dispose();
  return [...latencies, ...crowd];
}

async function measureLatencies(wire, rounds) {
  const { id } = await startSession(wire);
  await wire.request("send", { id, message: "hello", wait: true });
  const heard = [];
  wire.stream("subscribe", { id }, (event) => {
    if (event.type === "text" && event.delta) heard.push(epochMs() - Number(event.text) * 1000);
  });
  await wire.request("send", { id, message: `stream ${rounds} 23`, wait: true });
  const sent = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = epochMs();
    const { text } = await wire.request("send", { id, message: "now", wait: true });
    sent.push(Number(text) * 1000 - before);
    await pause(round % 7);
  }
  const inbox = await measureInbox(wire, id, Math.ceil(rounds / 4));
  await wire.request("kill", { id });
  return [
    {
      id: "event_latency",
      title: "agent's stdout to a subscriber",
      unit: "ms",
      samples: heard.slice(0, rounds),
      target: { of: "value", atMost: 15 },
    },
    { id: "send_latency", title: "send to the agent's stdin", unit: "ms", samples: sent, target: { of: "value", atMost: 10 } },
    ...inbox,
  ];
}

/** From an agent's question to whoever follows the inbox, and from a person's answer back to the agent. */
async function measureInbox(wire, id, rounds) {
  let hear = () => {};
  wire.stream("events", { follow: true, mission: id, type: "mission.asked" }, (event) => hear(event));
  const asked = [];
  const answered = [];
  for (let round = 0; round < rounds; round += 1) {
    const question = new Promise((resolve) => {
      hear = resolve;
    });
    const turn = wire.request("send", { id, message: "ask", wait: true });
    const { data } = await question;
    asked.push(epochMs() - Number(data.what) * 1000);
    const before = epochMs();
    await wire.request("answer", { id, decision: "allow" });
    answered.push(Number((await turn).text) * 1000 - before);
  }
  return [
    { id: "ask_latency", title: "agent's question to who follows the inbox", unit: "ms", samples: asked },
    { id: "answer_latency", title: "answer to the agent's stdin", unit: "ms", samples: answered },
  ];
}

/** @param moments seconds at which its memory is read, the last one ends the measuring */
async function measureCrowd(home, wire, moments) {
  const seconds = moments.at(-1);
  const ids = await Promise.all(Array.from({ length: sessionCount }, async () => (await startSession(wire)).id));
  const delays = [];
  wire.stream("subscribe", { id: ids[0] }, (event) => {
    if (event.type === "text" && event.delta) delays.push(epochMs() - Number(event.text) * 1000);
  });
  const count = eventsPerSecond * (seconds + warmUpMs / 1000 + 10);
  for (const id of ids) wire.request("send", { id, message: `stream ${count} ${1000 / eventsPerSecond}` }).catch(() => {});
  await pause(warmUpMs);
  delays.length = 0;
  const pid = await home.daemonPid();
  const before = memoryOf(pid).rss;
  const usedBefore = processorMs(pid);
  const startedAt = performance.now();
  const memory = [];
  for (const moment of moments) {
    await pause(startedAt + moment * 1000 - performance.now());
    memory.push(memoryOf(pid).rss);
  }
  const usedMs = processorMs(pid) - usedBefore;
  const tookMs = performance.now() - startedAt;
  const title = `${sessionCount} sessions of ${eventsPerSecond} events/s: daemon's CPU`;
  return [
    { id: "sessions_cpu", title, unit: "%", samples: [(100 * usedMs) / tookMs], target: { of: "value", atMost: 50 } },
    {
      id: "sessions_latency",
      title: "... agent's stdout to a subscriber",
      unit: "ms",
      samples: delays,
      target: { of: "value", atMost: 15 },
    },
    ...moments.map((moment, place) => ({
      id: `sessions_rss_${moment}`,
      title: `... its memory after ${moment} s`,
      unit: "kB",
      samples: [memory[place]],
    })),
    {
      id: "sessions_growth",
      title: `... growth of its memory in ${seconds} s`,
      unit: "kB",
      samples: [memory.at(-1) - before],
      target: { of: "value", atMost: 30_000 },
    },
  ];
}

const startSession = (wire) =>
  wire.request("run", { provider: "acp", type: "session", argv: ["perl", talker], cwd: "/", env: { PATH: process.env.PATH } });
