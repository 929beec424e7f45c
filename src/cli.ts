// The command line's composition root.
import { main } from "./cli/main.ts";

// Ends at once: what was written is out, and no connection or timer should hold the shell.
void main(process.argv.slice(2)).then((code) => process.exit(code));
