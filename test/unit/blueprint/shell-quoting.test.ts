// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of blueprints look like that
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verbatimParts } from "../../../src/blueprint/shell-quoting.ts";
import { mistakes } from "./blueprints.ts";

const reference = "${agents.a.result}";
const using = (line: string, more = "") =>
  mistakes(`[agents.a]\ncommand = "true"\n[agents.b]\ndepends_on = ["a"]\n${more}command = '''\n${line}'''\n`);

describe("a reference that the shell would not expand", () => {
  it("is refused between single quotes, with the place and what to write instead", () => {
    expect(using(`echo "${reference}"\necho 'said: ${reference}'`)).toEqual([
      `7:13: agents.b.command: \`${reference}\` stands between single quotes, where the shell expands nothing: put it between double quotes, or close the single ones around it, as in '"${reference}"'`,
    ]);
  });

  it("is refused in a here-document whose end word is quoted", () => {
    for (const word of ["'EOF'", '"EOF"', "\\EOF"])
      expect(using(`cat <<${word}\n${reference}\nEOF\n`)).toEqual([
        expect.stringContaining("7:1: agents.b.command: `${agents.a.result}` stands in a here-document whose end word is quoted"),
      ]);
  });

  it.each([
    ["a word of its own", "replicas = 2\n", "awk '{print ${index}}'"],
    ["in a command within a command", "", `echo "$(printf '%s' '${reference}')"`],
    ["behind a comment with an apostrophe", "", `true # don't\necho '${reference}'`],
    ["between double quotes and single ones", "", `echo "it's" '${reference}'`],
    ["in the program of another language", "", `python3 -c 'print("${reference}")'`],
    ["with a root that is misspelt", "", "echo '${agent.a.result}'"],
  ])("is refused: %s", (_what, more, line) => {
    expect(using(line, more)).toHaveLength(1);
  });

  it("is refused in `verify` and in `ready.command`, too", () => {
    const line = `'echo \\'${reference}\\''`.replaceAll("'", '"').replaceAll('\\"', "'");
    expect(
      mistakes(
        `[agents.a]\ncommand = "true"\n[agents.b]\ncommand = "true"\ndepends_on = ["a"]\nverify = [${line}]\nready = { command = ${line} }\n`,
      ),
    ).toEqual([expect.stringContaining("agents.b.verify[0]: "), expect.stringContaining("agents.b.ready.command: ")]);
  });
});

describe("a reference that a shell expands", () => {
  it.each([
    ["between double quotes", `echo "${reference}" "it's ${reference}"`],
    ["with nothing around it, between quoted words", `echo 'a'${reference}'b' \\'${reference}`],
    ["with the quotes closed around it", `awk '{print "'"${reference}"'"}'`],
    ["in a here-document with a plain end word", `cat <<EOF\nit's ${reference}\nEOF\necho "${reference}"`],
    ["behind a here-document with a quoted one", `cat <<-'EOF'\n\tit's\n\tEOF\necho ${reference}`],
    ["in a script for another shell", `sh -c 'echo "${reference}"'; find . -exec bash -ec 'echo ${reference}' \\;`],
    ["in a script on another shell's input", `bash <<'EOF'\necho "${reference}"\nEOF\necho 'echo ${reference}' | sh`],
    ["in a trap", `trap 'echo "${reference}"' EXIT`],
    ["in a pattern of a case within a command", `echo "$(case x in x) echo 'y';; esac)" "${reference}" ''`],
    ["behind a sum", `echo $((1 << 2)) "${reference}" '' $(( (3) ))`],
    ["behind a here-string", `cat <<<'EOF'\necho ${reference}`],
    ["in a default between double quotes", `echo "\${x:-it's}" "${reference}"`],
  ])("holds %s", (_what, line) => {
    expect(using(line)).toEqual([]);
  });

  it("holds behind a backslash that stands for itself, and is left alone behind one that does not", () => {
    const both = mistakes(`[agents.b]\ncommand = '''\necho "\\\\\${agents.none.result}" "\\\${agents.nobody.result}"'''\n`);
    expect(both).toEqual([expect.stringContaining("3:9: agents.b uses `${agents.none.result}`")]);
  });
});

describe("a reference without its braces", () => {
  it("is refused where it would lead to something, as the shell reads its first word alone", () => {
    expect(using('echo "$agents.a.result"')).toEqual([
      "6:7: agents.b: `$agents.a.result` lacks its braces, so that the shell reads the word before the dot alone: write `${agents.a.result}`",
    ]);
    expect(using("echo $matrix.os", 'matrix = { os = ["a"] }\n')).toEqual([expect.stringContaining("write `${matrix.os}`")]);
  });

  it.each(["echo $matrix.os", "cat $params.json $agents.txt", "echo '$agents.a.result' \\$agents.a.result", "echo $item.txt"])(
    "is the shell's own business otherwise: %s",
    (line) => {
      expect(using(line)).toEqual([]);
    },
  );
});

describe("what looks like a reference between single quotes", () => {
  it("may be of another language", () => {
    expect(using("node -e 'console.log(`${process.pid} ${x.y}`)'")).toEqual([]);
  });
});

describe("the parts of a shell line", () => {
  it("are those in which sh expands nothing", () => {
    const pieces = fc.constantFrom("'", '"', "\\", "a", " ", "$(echo ", ")", "`echo `", "${x:-", "}", "@", "@", "@");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (words) => {
        const line = `echo ${words.join("")}`;
        const marks = [...line.matchAll(/@/g)].map(({ index }) => index);
        const literal = (index: number) => verbatimParts(line).some(({ from, to }) => from <= index && index < to);
        const filled = marks.reduceRight((text, index, at) => `${text.slice(0, index)}\${M${at}}${text.slice(index + 1)}`, line);
        const env = { PATH: process.env["PATH"], ...Object.fromEntries(marks.map((_, at) => [`M${at}`, `<${at}>`])) };
        const printed = shell(filled, env);
        // Lines that sh does not take, and marks behind a backslash or within what is not printed, say nothing.
        if (printed === null) return;
        for (const [at, index] of marks.entries()) {
          if (printed.includes(`<${at}>`)) expect([line, at, literal(index)]).toEqual([line, at, false]);
          else if (printed.includes(`\${M${at}}`) && line[index - 1] !== "\\")
            expect([line, at, literal(index)]).toEqual([line, at, true]);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function shell(line: string, env: NodeJS.ProcessEnv): string | null {
  try {
    return execFileSync("sh", ["-c", line], { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return null;
  }
}
