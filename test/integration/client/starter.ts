// Connects with autostart, prints the daemon's pid.
import { homePaths } from "../../../src/base/paths.ts";
import { OvermindClient } from "../../../src/client/overmind-client.ts";

const client = await OvermindClient.open({
  paths: homePaths(),
  autostart: true,
  ...(process.argv[2] ? { entry: process.argv[2] } : {}),
});
console.log(await client.request("pid"));
client.close();
