// Sessions of each user, as `who` lists them. `host` has what a check may ask for, so that tests have one of their own.

export const WHO = ["/usr/bin/who"];
export const UPTIME = "/proc/uptime";

export const DESCRIPTOR = {
  name: "sample_check",
  version: "0.1.0",
  summary: "sessions of each user",
  options: [{ key: "ignore", type: "texts", help: "Users that are not counted.", default: [] }],
  metrics: [
    { name: "sessions", help: "sessions of the user", labels: ["user"] },
    { name: "up", help: "since the host was started", unit: "seconds" },
  ],
  needs: [
    { capability: "commands", argv: WHO, reason: "lists the sessions" },
    { capability: "files", pattern: UPTIME, reason: "when the host was started" },
  ],
};

// Lists what is wrong with options.
export function problems(options) {
  const wrong = Object.keys(options).filter((key) => key !== "ignore");
  const found = wrong.map((key) => ({ key, message: "there is no such option" }));
  const { ignore = [] } = options;
  const isList = Array.isArray(ignore) && ignore.every((user) => typeof user === "string");
  return isList ? found : [...found, { key: "ignore", message: "a list of texts is wanted" }];
}

function metric(name, value, unit, labels) {
  return { name, value, unit: { tag: unit }, kind: "gauge", labels, extra: [] };
}

// What does not parse is an error, never a number.
function decimal(text, where) {
  if (!/^[0-9]+(\.[0-9]+)?$/.test(text)) throw new Error(`${where}: "${text}" is not a number`);
  return Number(text);
}

export function run(host, options) {
  const up = decimal(host.read(UPTIME).split(" ")[0], UPTIME);
  const sessions = new Map();
  for (const line of host.run(WHO).split("\n")) {
    const user = line.split(/\s+/)[0];
    if (user !== "" && !(options.ignore ?? []).includes(user)) sessions.set(user, (sessions.get(user) ?? 0) + 1);
  }
  const metrics = [...sessions].map(([user, count]) => metric("sessions", count, "number", [["user", user]]));
  metrics.push(metric("up", up, "seconds", []));
  return { status: "ok", summary: `${sessions.size} users are logged in`, details: [], subchecks: [], metrics, extra: [] };
}
