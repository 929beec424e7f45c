const line = `--flag "double" 'single' $(echo no) \`ticks\` %PATH% \\n \u{1F600}\u{1F468}\u200D\u{1F469} \u00e9\n`;

/** A megabyte of what is mangled where somebody passes it through a shell, an argument or a wrong encoding. */
export const longPrompt = `-${line.repeat(Math.ceil(1_048_576 / Buffer.byteLength(line)))}end`;
