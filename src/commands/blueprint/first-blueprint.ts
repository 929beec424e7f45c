// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that

/** What `init` writes. It runs anywhere as it is, so that the first `overmind apply` shows something. */
export const firstBlueprint = `#:schema ./overmind.schema.json
# A team of agents. It runs as it is:
#   overmind plan             what it would do, and in which order
#   overmind apply --wait     does it
#   overmind ps --tree        who did what; overmind logs test is what that one printed
# Editors help with the keys once this has been run: overmind schema blueprint > overmind.schema.json

[blueprint]
description = "My first team"
max_parallel = 4              # at most four at once
# on_failure = "continue"     # a failure ends only what depends on it; otherwise it ends all
# keep_services = false       # services end with the last task; otherwise with: overmind down NAME

# Set with: overmind apply -p who=you
[params.who]
default = "world"

# A reference is a variable of the shell: keep it between double quotes.
[agents.build]
command = 'echo "building for \${params.who}"; echo one; echo two'

# What waits for the same one runs side by side, once that has completed.
[agents.lint]
depends_on = ["build"]
command = "echo linting"
retry = 1                     # when it fails it is tried once more
# when = 'params.who == "me"' # otherwise it is skipped

# test-1 and test-2: one for each combination of values.
[agents.test]
depends_on = ["build"]
matrix = { size = ["small", "large"] }
command = 'echo "testing \${matrix.size}"'

# pack-1, pack-2 and so on: one for each line that build printed. Its whole result is \${agents.build.result}.
[agents.pack]
depends_on = ["build", "test"]
foreach = "\${agents.build.lines}"
max_parallel = 2
command = 'echo "packing \${item}"'
verify = ["true"]             # it has completed only when this passes, too

# An agent instead of a command; what it answers in the end is its result. Also: overmind agents-available
# [agents.review]
# depends_on = ["test"]
# provider = "claude"
# prompt = "What do you make of this? \${agents.test.result}"

# A service is kept up. Others wait until it is ready, and read \${agents.server.port}.
# [agents.server]
# type = "service"
# command = "node server.mjs" # it has its port as PORT
# ready = { http = "http://127.0.0.1:\${port}/", timeout = 20 }

# Runs at the end, whatever happened.
[agents.report]
finally = true
command = 'echo "exit codes of the tests: \${agents.test.exit_code}"'
`;
