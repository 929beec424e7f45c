import type { RealKind } from "./real-home.ts";

export interface AgentSettings {
  readonly env: Readonly<Record<string, string>>;
  /** Below the agent's HOME. */
  readonly files: Readonly<Record<string, string>>;
  /** Flags of `overmind run`. */
  readonly flags: readonly string[];
}

/** What makes an agent talk to the model at `url` and to nobody else. */
export function settingsOf(kind: RealKind, url: string, key: string): AgentSettings {
  return settings[kind](url, key);
}

const settings: Readonly<Record<RealKind, (url: string, key: string) => AgentSettings>> = {
  claude: (url, key) => ({
    env: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: key,
      DISABLE_TELEMETRY: "1",
      DISABLE_ERROR_REPORTING: "1",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_MAX_RETRIES: "1",
    },
    files: {},
    flags: ["--model", "claude-opus-5-5"],
  }),
  codex: (url, key) => ({
    env: { LAB_KEY: key },
    files: { ".codex/config.toml": codexConfig(url) },
    flags: ["--model", "gpt-5.1-codex"],
  }),
  gemini: (url, key) => ({
    env: { GEMINI_API_KEY: key, GOOGLE_GEMINI_BASE_URL: url, GEMINI_CLI_TRUST_WORKSPACE: "true" },
    files: { ".gemini/settings.json": JSON.stringify(geminiSettings) },
    flags: ["--model", "gemini-2.5-pro"],
  }),
  opencode: (url, key) => ({
    env: {
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
      // Reading all models there are is a third of its start. From its working directory.
      OPENCODE_MODELS_PATH: "../models.json",
      // Optimizing code that runs once is a fifth of what is left.
      BUN_JSC_useDFGJIT: "0",
      LAB_KEY: key,
    },
    files: {
      "models.json": "{}",
      ".config/opencode/opencode.json": JSON.stringify(opencodeConfig(url)),
      // What it would otherwise install there from the network, at each start.
      ".config/opencode/node_modules/.installed": "",
      ".config/opencode/package-lock.json": JSON.stringify({
        packages: { "": { dependencies: { "@opencode-ai/plugin": "*" } } },
      }),
    },
    flags: ["--model", "lab/lab-model"],
  }),
};

const codexConfig = (url: string): string => `
model_provider = "lab"
check_for_update_on_startup = false

[model_providers.lab]
name = "lab"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "LAB_KEY"
request_max_retries = 1
stream_max_retries = 1

[analytics]
enabled = false

[feedback]
enabled = false
`;

const geminiSettings = {
  privacy: { usageStatisticsEnabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false, maxAttempts: 1 },
  telemetry: { enabled: false },
  security: { auth: { selectedType: "gemini-api-key" } },
};

const opencodeConfig = (url: string) => ({
  provider: {
    lab: {
      npm: "@ai-sdk/openai-compatible",
      // It reads the key from its environment.
      options: { baseURL: `${url}/v1`, apiKey: "{env:LAB_KEY}" },
      models: { "lab-model": { limit: { context: 200_000, output: 8_000 } } },
    },
  },
});
