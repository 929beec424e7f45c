// Filled in by the build from package.json, so that no bundle has to look for the file.
declare const __OVERMIND_VERSION__: string | undefined;

/** This package's version. */
export const version: string = typeof __OVERMIND_VERSION__ === "string" ? __OVERMIND_VERSION__ : "0.0.0-source";

/** The version of the wire protocol; raised when an old client could misread a reply. */
export const protocolVersion = 1;
