import { read } from "roundsman:check/files@0.1.0";
import { run as runCommand } from "roundsman:check/commands@0.1.0";
import { DESCRIPTOR, problems, run } from "./check.js";

const text = (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

const host = {
  read: (path) => text(passedOn(path, () => read(path))),
  run(argv) {
    const ended = passedOn(argv.join(" "), () => runCommand(argv, undefined));
    if (ended.ending.tag !== "code" || ended.ending.val !== 0) {
      throw new Error(`${argv.join(" ")}: ${ended.ending.tag} ${ended.ending.val}: ${text(ended.standardError).trim()}`);
    }
    return text(ended.standardOutput);
  },
};

// An error of the host, with what it was about: the host then says what to grant.
class HostError extends Error {
  constructor(about, error) {
    super(`${about}: ${error.tag}`);
    this.error = error;
  }
}

function passedOn(about, call) {
  try {
    return call();
  } catch (error) {
    throw error.payload === undefined ? error : new HostError(about, error.payload);
  }
}

function failure(error) {
  const other = { tag: "other", val: { code: "", message: "", extra: [] } };
  const cause = error instanceof HostError ? { tag: "host", val: error.error } : other;
  return { message: error.message, cause, extra: [] };
}

export const guest = {
  describe: () => JSON.stringify(DESCRIPTOR),
  validate(config) {
    const found = problems(JSON.parse(config));
    return JSON.stringify(found.length === 0 ? {} : { problems: found });
  },
  run(config) {
    try {
      return run(host, JSON.parse(config));
    } catch (error) {
      // What a function throws is the error of its result.
      throw failure(error);
    }
  },
};
